/** `policy list`: the policies of a folder, and what the journal of a data folder knows of their firings. Looks only, also while an engine runs. */
import { Clock, Console, Effect, Option, Result } from "effect"
import { Command, Flag } from "effect/cli"
import process from "node:process"
import * as Load from "../../engine/policy/Load.ts"
import * as Exit from "../Exit.ts"
import { compileOptions, configFlag, readSettings } from "../SettingsFile.ts"
import * as Table from "../Table.ts"
import { fail } from "../Venue.ts"
import * as Control from "./Control.ts"
import * as ListRows from "./ListRows.ts"
import * as PolicyFiles from "./PolicyFiles.ts"

/** Lists policies. */
export const listCommand = Command.make(
  "list",
  {
    policies: Flag.String("policies").pipe(
      Flag.withDescription("Folder of policy files"),
      Flag.withDefault("policies")
    ),
    data: Flag.String("data").pipe(
      Flag.withDescription("Data folder whose journal tells of firings"),
      Flag.withDefault("data")
    ),
    config: configFlag,
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*(given) {
    const print = (rows: ReadonlyArray<ListRows.Row>) => {
      const width = process.stdout.columns ?? 120
      return Console.log(given.json ? JSON.stringify(rows) : Table.table(ListRows.shown(rows, width), width))
    }
    const live = yield* Control.askIfThere(given.data, (api) => api.policies.list())
    if (live !== undefined) return yield* print(live.map(ListRows.rowOf))
    const options = yield* compileOptions(yield* readSettings(Option.getOrUndefined(given.config)), {
      isWhole: false,
      unset: "unset"
    })
    const found = yield* PolicyFiles.find([given.policies])
    const App = yield* Effect.promise(() => import("../../App.ts"))
    const compiled = Load.compileAll(found.policies, options)
    const problems = [...found.problems, ...(Result.isFailure(compiled) ? compiled.failure : [])]
    if (problems.length > 0 || Result.isFailure(compiled)) {
      return yield* fail(Exit.badData, problems.map(String).join("\n"))
    }
    const records = yield* App.journalOf(given.data).pipe(
      Effect.catch((error) => fail(Exit.unavailable, error.message))
    )
    yield* print(ListRows.rowsOf(compiled.success, records, yield* Clock.currentTimeMillis))
  })
).pipe(
  Command.withShortDescription("List policies with their last firing, cooldown left and counts"),
  Command.withDescription(
    "Lists the policies of a folder with what the journal of the data folder knows of them: who turned which off and why, when each fired last, what is left " +
      "of its cooldown, how often it fired today (UTC) and in all. Of an engine that runs on the data folder it lists the policies in force."
  ),
  Command.withExamples([{ command: "policy list --json" }])
)
