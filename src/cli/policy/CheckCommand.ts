/** `policy check`: loads policy files as `run` would, and says everything that is wrong with any of them. */
import { Console, Effect, Option, Result } from "effect"
import { Command } from "effect/cli"
import * as Load from "../../engine/policy/Load.ts"
import * as LoadTests from "../../engine/policy/LoadTests.ts"
import * as Exit from "../Exit.ts"
import { compileOptions, configFlag, readSettings } from "../SettingsFile.ts"
import * as PolicyFiles from "./PolicyFiles.ts"

/** Checks files. */
export const checkCommand = Command.make(
  "check",
  { paths: PolicyFiles.paths, config: configFlag },
  Effect.fn(function*(given) {
    const settings = yield* readSettings(Option.getOrUndefined(given.config))
    const options = yield* compileOptions(settings, { isWhole: Option.isSome(given.config) })
    const found = yield* PolicyFiles.find(given.paths)
    const compiled = Load.compileAll(found.policies, options)
    const problems = [...found.problems, ...(Result.isFailure(compiled) ? compiled.failure : [])]
    let tests = 0
    for (const source of [...found.policies, ...found.tests]) {
      const sources = yield* PolicyFiles.policiesFor(source)
      const policies = Load.compileAll(sources, options)
      if (Result.isFailure(policies)) problems.push(...policies.failure)
      const read = LoadTests.testsOf(source, Result.isSuccess(policies) ? policies.success : Load.idsIn(sources))
      if (Result.isFailure(read)) problems.push(...read.failure)
      else tests += read.success.length
    }
    const lines = [...new Set(problems.map(String))]
    if (lines.length > 0) return yield* new Exit.Failed({ code: Exit.badData, message: lines.join("\n") })
    const policies = Result.isSuccess(compiled) ? compiled.success.length : 0
    yield* Console.log(
      `${found.policies.length + found.tests.length} files are good: ${policies} policies, ${tests} tests`
    )
  })
).pipe(
  Command.withShortDescription("Say everything that is wrong with policy files"),
  Command.withDescription(
    "Loads policy files as run does and prints every error of all of them with file, line and column, what was expected and what was " +
      "found. Ends with 65 when there is one."
  ),
  Command.withExamples([{ command: "policy check policies", description: "A whole folder" }])
)
