/** Why a policy was silent at a time that is over, from the archive and the journal of a data folder. */
import { Effect, Option, Stream } from "effect"
import { EventStore } from "../../engine/EventStore.ts"
import type { JournalRecord } from "../../engine/Journal.ts"
import { deedsOf, startedBy } from "../../engine/JournaledDeeds.ts"
import { Evaluator } from "../../engine/policy/Evaluate.ts"
import { explainThen, lookBack } from "../../engine/policy/ExplainThen.ts"
import { timeText } from "../../engine/policy/ExplainWords.ts"
import * as Load from "../../engine/policy/Load.ts"
import { resolveAsset } from "../../engine/policy/Scope.ts"
import { Queries } from "../../engine/Queries.ts"
import { usage } from "../archive/Asking.ts"
import * as ArchiveClient from "../ArchiveClient.ts"
import * as Exit from "../Exit.ts"
import { compileOptions, readSettings } from "../SettingsFile.ts"
import { fail } from "../Venue.ts"

/** Plays what the archive has of the time before, and explains. */
export const explainAt = Effect.fnUntraced(function*(given: {
  readonly id: string
  readonly asset: Option.Option<string>
  readonly at: number
  /** What the journal has. */
  readonly records: ReadonlyArray<JournalRecord>
  readonly policies: string
  readonly config: Option.Option<string>
  readonly data: string
  readonly database: Option.Option<string>
}) {
  const { at, id, records } = given
  const settings = yield* readSettings(Option.getOrUndefined(given.config))
  const policies = yield* Load.loadFolder(
    given.policies,
    yield* compileOptions(settings, { isWhole: false, unset: "unset" })
  ).pipe(
    Effect.catch((error) => fail(Exit.badData, error.message))
  )
  const policy = policies.find((one) => one.id === id)
  if (policy === undefined) return yield* usage(`expected the id of a policy in ${given.policies}, found ${id}`)
  const Paper = yield* Effect.promise(() => import("../../engine/venue/Paper.ts"))
  const App = yield* Effect.promise(() => import("../../App.ts"))
  const deeds = deedsOf(records, at)
  const startedAt = startedBy(records, at) ?? -Infinity
  const from = Math.max(at - lookBack(policy), startedAt)
  const { events, inForce, inForceBefore } = yield* ArchiveClient.withClient(
    given,
    Effect.gen(function*() {
      const store = yield* EventStore
      const queries = yield* Queries
      return {
        events: yield* store.replay.pipe(Stream.takeWhile(({ receivedAt }) => receivedAt <= at), Stream.runCollect),
        inForceBefore: from === startedAt ? undefined : yield* queries.policies(from),
        inForce: yield* queries.policies(at)
      }
    }).pipe(
      Effect.provide([App.archivedSince(from), App.archiveReaders])
    )
  )
  // What runs away does so in the journal.
  const evaluator = new Evaluator([policy], Infinity, {
    wallet: Paper.wallet,
    // What was held before is told anew after a start, and at no other time.
    startsEmpty: from === startedAt,
    primaries: settings.prices.primary
  })
  const asset = Option.getOrUndefined(given.asset)
  const explanation = explainThen(evaluator, events, {
    policyId: id,
    asset,
    at,
    from,
    isStart: from === startedAt,
    deeds,
    holds: deedsOf(records, from - 1).holds,
    wasInForce: inForceBefore === undefined ? undefined : inForceBefore[id] !== undefined
  })
  if (explanation === undefined) {
    return yield* fail(
      1,
      `the archive has nothing from ${timeText(from)} to ${timeText(at)}: no engine may have run then`
    )
  }
  if (asset !== undefined && resolveAsset(evaluator.facts, asset) === undefined) {
    return yield* usage(
      `expected a token id, slug:Outcome of a market that was followed then or a symbol, found ${asset}`
    )
  }
  if (inForce === undefined || inForce[id] === policy.revision) return explanation
  return { ...explanation, inForceThen: inForce[id] === undefined ? {} : { revision: inForce[id] } }
}, Effect.scoped)
