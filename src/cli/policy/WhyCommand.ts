/** `policy why`, also `policy explain`: why a policy of a running engine is silent, and why a firing of any run happened. */
import { Clock, Console, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { textOfExplanation } from "../../engine/policy/ExplainText.ts"
import type { Explanation } from "../../engine/policy/Explanation.ts"
import { timeOf, usage } from "../archive/Asking.ts"
import * as Database from "../Database.ts"
import * as Exit from "../Exit.ts"
import { configFlag } from "../SettingsFile.ts"
import { fail } from "../Venue.ts"
import * as Control from "./Control.ts"
import * as Kept from "./Kept.ts"
import { explainAt } from "./Then.ts"

/** A firing that is not older than this, by event time, is what happened at a time, ms. */
const justBefore = 1_000

/** What the journal of a data folder has, which is only read. */
const recordsOf = Effect.fnUntraced(function*(folder: string) {
  const App = yield* Effect.promise(() => import("../../App.ts"))
  return yield* App.journalOf(folder).pipe(Effect.catch((error) => fail(Exit.unavailable, error.message)))
})

const why = (name: string) =>
  Command.make(
    name,
    {
      id: Argument.String("id").pipe(Argument.withDescription("The policy's id"), Argument.optional),
      asset: Flag.String("asset").pipe(
        Flag.withDescription("Token id, slug:Outcome or symbol; the one nearest to firing unless given"),
        Flag.optional
      ),
      firing: Flag.String("firing").pipe(
        Flag.withDescription("Why this firing happened, by its id or the beginning of it"),
        Flag.optional
      ),
      at: Flag.String("at").pipe(
        Flag.withDescription(
          "Why it fired or was silent at this time (UTC), or this long ago, from journal and archive"
        ),
        Flag.optional
      ),
      policies: Flag.String("policies").pipe(
        Flag.withDescription("Folder of policy files, for --at"),
        Flag.withDefault("policies")
      ),
      config: configFlag,
      data: Control.data,
      database: Database.flag,
      json: Control.json
    },
    Effect.fn(function*(given) {
      const print = (explanation: Explanation) =>
        Console.log(given.json ? JSON.stringify(explanation) : textOfExplanation(explanation))
      const id = Option.getOrUndefined(given.id)
      if (Option.isSome(given.firing)) {
        const found = Kept.firingOf(yield* recordsOf(given.data), given.firing.value, id)
        if (Result.isFailure(found)) return yield* usage(`${found.failure} (in ${given.data})`)
        const explanation = Kept.explanationIn(found.success)
        if (explanation === undefined) {
          return yield* fail(1, `no explanation was kept with firing ${given.firing.value}`)
        }
        return yield* print(explanation)
      }
      if (id === undefined) return yield* usage("expected the id of a policy, or --firing")
      const asset = Option.getOrUndefined(given.asset)
      if (Option.isSome(given.at)) {
        const at = yield* timeOf(given.at.value)
        if (at > (yield* Clock.currentTimeMillis)) {
          return yield* usage(`expected a time that is over, found ${given.at.value}, which is in the future`)
        }
        const records = yield* recordsOf(given.data)
        const kept = Kept.lastOf(records, { policyId: id, asset, from: at - justBefore, until: at })
        return yield* print(kept ?? (yield* explainAt({ ...given, id, at, records })))
      }
      const query = { asset }
      const live = yield* Control.askIfThere(given.data, (api) => api.policies.why({ params: { id }, query }))
      if (live !== undefined) return yield* print(live)
      const explanation = Kept.lastOf(yield* recordsOf(given.data), {
        policyId: id,
        asset,
        from: -Infinity,
        until: Infinity
      })
      if (explanation === undefined) return yield* Control.absent(given.data)
      yield* Console.error(`no engine runs on ${given.data}; this is its last firing`)
      yield* print(explanation)
    })
  ).pipe(
    Command.withShortDescription("Say why a policy is silent, or why it fired"),
    Command.withDescription(
      "Asks the running engine how the conditions of a policy stand: each with its value, when it was told and by whom, what else stands in the way, and " +
        "what it would take for it to fire. With --at: how it stood then, from journal and archive. With --firing, or when no engine runs: why a firing happened, from the journal."
    ),
    Command.withExamples([
      { command: `policy ${name} my_dip_buy`, description: "Why is it silent?" },
      { command: `policy ${name} my_dip_buy --at 1h`, description: "Why did it fire, or not, an hour ago?" }
    ])
  )

/** Says why. */
export const whyCommand = why("why")

/** The same under its other name. */
export const explainCommand = why("explain")
