/** `policy test`: runs the tests that stand in policy files and beside them. Its last line and its exit code are a contract. */
import { Console, Effect, FileSystem, Option, Path, Result } from "effect"
import { Command } from "effect/cli"
import { basename } from "node:path"
import { gunzipSync } from "node:zlib"
import { parseJson } from "../../client/ParseJson.ts"
import * as Load from "../../engine/policy/Load.ts"
import * as LoadTests from "../../engine/policy/LoadTests.ts"
import { playPrices } from "../../engine/policy/PlayPrices.ts"
import { play } from "../../engine/policy/PlayRecording.ts"
import * as PolicyTests from "../../engine/policy/PolicyTests.ts"
import type { PolicyProblem, Source } from "../../engine/policy/PolicyText.ts"
import * as Exit from "../Exit.ts"
import { compileOptions, configFlag, readSettings } from "../SettingsFile.ts"
import * as PolicyFiles from "./PolicyFiles.ts"

const largestRecording = 1024 * 1024 * 1024

/** The text of a file, gzipped or not. */
const readText = Effect.fnUntraced(function*(file: string) {
  const bytes = yield* (yield* FileSystem.FileSystem).readFile(file)
  return yield* Effect.try({
    try: () =>
      (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: largestRecording }) : bytes)
        .toString(),
    catch: (cause) => new Exit.Failed({ code: Exit.badData, message: String(cause) })
  })
})

const sidecar = Effect.fnUntraced(function*(file: string) {
  const text = yield* Effect.option((yield* FileSystem.FileSystem).readFileString(file))
  return Option.isNone(text) ? undefined : parseJson(text.value)
})

/** Reads and plays a recording with what stands beside it. */
const readRecording = Effect.fnUntraced(function*(file: string) {
  if (/\.csv(?:\.gz)?$/.test(file)) {
    return yield* readText(file).pipe(
      Effect.map((text) => playPrices(text, basename(file))),
      Effect.catch((error) => Effect.succeed(Result.fail(`${file} cannot be played: ${error.message}`)))
    )
  }
  const base = file.replace(/\.jsonl(?:\.gz)?$/, "")
  return yield* readText(file).pipe(
    Effect.flatMap((text) =>
      Effect.map(
        Effect.all({ markets: sidecar(`${base}.markets.json`), expected: sidecar(`${base}.expected.json`) }),
        (sidecars) => play(text, sidecars)
      )
    ),
    Effect.catch((error) => Effect.succeed(Result.fail(`${file} cannot be played: ${error.message}`)))
  )
})

/** Runs tests. */
export const testCommand = Command.make(
  "test",
  { paths: PolicyFiles.paths, config: configFlag },
  Effect.fn(function*(given) {
    const settings = yield* readSettings(Option.getOrUndefined(given.config))
    const options = yield* compileOptions(settings, { isWhole: Option.isSome(given.config), unset: "unset" })
    const path = yield* Path.Path
    const found = yield* PolicyFiles.find(given.paths)
    let passed = 0
    let failed = 0

    const refuse = Effect.fnUntraced(function*(problems: ReadonlyArray<PolicyProblem>) {
      failed++
      for (const problem of problems) yield* Console.log(String(problem))
    })

    const runFile = Effect.fnUntraced(function*(source: Source) {
      const sources = yield* PolicyFiles.policiesFor(source)
      const compile = () => Load.compileAll(sources, options)
      const policies = compile()
      if (Result.isFailure(policies)) return yield* refuse(policies.failure)
      const tests = LoadTests.testsOf(source, policies.success)
      if (Result.isFailure(tests)) return yield* refuse(tests.failure)
      for (const { column, file, line, test } of tests.success) {
        const recording = "recording" in test
          ? yield* readRecording(path.resolve(path.dirname(file), test.recording))
          : Result.fail("no recording")
        const fresh = compile()
        const { lines } = PolicyTests.run(test, Result.isSuccess(fresh) ? fresh.success : [], {
          runaway: settings.limits.runaway,
          primaries: settings.prices.primary,
          recording: () => recording
        })
        if (lines.length === 0) passed++
        else failed++
        yield* Console.log(
          lines.length === 0
            ? `ok    ${file}: ${test.name}`
            : [`FAIL  ${file}:${line}:${column}: ${test.name}`, ...lines.map((text) => `        ${text}`)].join("\n")
        )
      }
    })

    for (const problem of found.problems) yield* refuse([problem])
    for (const source of [...found.policies, ...found.tests]) yield* runFile(source)
    if (passed + failed === 0) yield* Console.log("no test was found")
    yield* Console.log(`${passed} passed, ${failed} failed`)
    if (failed > 0 || passed === 0) return yield* new Exit.Failed({ code: 1, message: "" })
  })
).pipe(
  Command.withShortDescription("Run the tests in policy files and beside them"),
  Command.withDescription(
    "Runs the tests under tests: in policy files and in *.test.yaml files beside them, on written events and on recordings of the " +
      "market channel. Each lists every firing it expects; a failure shows what was expected and what came. Ends with \"N passed, N failed\", " +
      "and with 1 when a test failed, a file does not load, or there was no test."
  ),
  Command.withExamples([
    { command: "policy test policies", description: "All tests of a folder" },
    { command: "policy test policies/price-alert.yaml", description: "Those in a file, and in price-alert.test.yaml" }
  ])
)
