/** Why a policy was silent at a time that is over, from the archive and the journal of a data folder. */
import { Effect, Option, Stream } from "effect"
import { EventStore } from "../../engine/EventStore.ts"
import type { JournalRecord } from "../../engine/Journal.ts"
import { Evaluator } from "../../engine/policy/Evaluate.ts"
import { explainThen, lookBack } from "../../engine/policy/ExplainThen.ts"
import * as Load from "../../engine/policy/Load.ts"
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
  const App = yield* Effect.promise(() => import("../../App.ts"))
  const from = at - lookBack(policy)
  const { events, inForce } = yield* ArchiveClient.withClient(
    given,
    Effect.gen(function*() {
      const store = yield* EventStore
      const queries = yield* Queries
      return {
        events: yield* store.replay.pipe(Stream.takeWhile(({ receivedAt }) => receivedAt <= at), Stream.runCollect),
        inForce: yield* queries.policies(at)
      }
    }).pipe(
      Effect.provide([App.archivedSince(from), App.archiveReaders])
    )
  )
  const evaluator = new Evaluator([policy], settings.limits.runaway, { primaries: settings.prices.primary })
  evaluator.restore(
    records.filter((record) => record._tag === "Firing").filter(({ receivedAt }) => receivedAt < from),
    [],
    records.filter((record) => record._tag === "Switch").filter(({ receivedAt }) => receivedAt < from)
  )
  const explanation = explainThen(evaluator, events, { policyId: id, asset: Option.getOrUndefined(given.asset), at })
  if (explanation === undefined) {
    return yield* fail(1, `the archive has nothing of the time before ${new Date(at).toISOString()}`)
  }
  if (inForce === undefined || inForce[id] === policy.revision) return explanation
  return { ...explanation, inForceThen: inForce[id] === undefined ? {} : { revision: inForce[id] } }
}, Effect.scoped)
