/** The policy files that paths name: files as they are, folders flat. */
import { Effect, FileSystem, Path } from "effect"
import { Argument } from "effect/cli"
import * as Load from "../../engine/policy/Load.ts"
import { isTestFile } from "../../engine/policy/LoadTests.ts"
import { PolicyProblem, type Source } from "../../engine/policy/PolicyText.ts"

/** Files or folders. */
export const paths = Argument.String("path").pipe(
  Argument.withDescription("Policy files, test files, or folders of them"),
  Argument.variadic({ min: 1 })
)

/** What was found. */
export interface Found {
  readonly policies: ReadonlyArray<Source>
  readonly tests: ReadonlyArray<Source>
  /** Files that cannot be read. */
  readonly problems: ReadonlyArray<PolicyProblem>
}

const largestTests = 8 * 1024 * 1024

/** Reads the files; with those of tests that stand beside policies, and the policies that tests stand beside. */
export const find = Effect.fnUntraced(function*(paths: ReadonlyArray<string>) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const problems: Array<PolicyProblem> = []
  const names = new Set<string>()
  const complain = (file: string, message: string) => {
    problems.push(new PolicyProblem({ file, line: 1, column: 1, message }))
  }
  for (const given of paths) {
    const name = path.normalize(given)
    const info = yield* Effect.option(files.stat(name))
    if (info._tag === "None") complain(given, "no such file or folder")
    else if (info.value.type === "Directory") {
      for (const entry of (yield* files.readDirectory(name)).sort()) {
        const isOurs = Load.isPolicyFile(entry) || (isTestFile(entry) && !entry.startsWith("."))
        if (isOurs && !(yield* Load.isLink(path.join(name, entry)))) names.add(path.join(name, entry))
      }
    } else {
      names.add(name)
      const beside = isTestFile(name) ? [] : ["yaml", "yml", "json"].map((end) => `${stemOf(name)}.test.${end}`)
      for (const test of beside) if (yield* files.exists(test)) names.add(test)
    }
  }
  const policies: Array<Source> = []
  const tests: Array<Source> = []
  for (const name of [...names].sort()) {
    const read = yield* readSource(name)
    if (read instanceof PolicyProblem) problems.push(read)
    else if (read !== undefined) (isTestFile(name) ? tests : policies).push(read)
  }
  return { policies, tests, problems } satisfies Found
})

/** Reads a file unless it is too large; `undefined` when it is no file. */
const readSource = Effect.fnUntraced(function*(file: string) {
  const files = yield* FileSystem.FileSystem
  const problem = (message: string) => new PolicyProblem({ file, line: 1, column: 1, message })
  return yield* Effect.gen(function*() {
    const info = yield* files.stat(file)
    if (info.type !== "File") return undefined
    const most = isTestFile(file) ? largestTests : Load.maxBytes
    if (info.size > most) return problem(`expected at most ${most} bytes, found ${info.size}`)
    return { file, text: yield* files.readFileString(file) } satisfies Source
  }).pipe(Effect.catch((error) => Effect.succeed(problem(error.message))))
})

const stemOf = (name: string): string => name.replace(/(?:\.test)?\.(?:ya?ml|json)$/, "")

/** The policies that the tests of a file speak of: its own, those of the file it is named after, or those of its folder. */
export const policiesFor = Effect.fnUntraced(function*(source: Source) {
  if (!isTestFile(source.file)) return [source]
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.dirname(source.file)
  const all = (yield* files.readDirectory(folder)).filter(Load.isPolicyFile).sort().map((name) =>
    path.join(folder, name)
  )
  const named = all.filter((name) => stemOf(name) === stemOf(path.normalize(source.file)))
  const read: Array<Source> = []
  for (const name of named.length > 0 ? named : all) {
    const one = yield* readSource(name)
    if (one !== undefined && !(one instanceof PolicyProblem)) read.push(one)
  }
  return read
})
