/**
 * Policy files read, validated and compiled: all of them or none. Every error says file, line and column, what was expected and
 * what was found, all errors at once.
 */
import { Effect, FileSystem, Path, Result, Schema } from "effect"
import * as Compile from "./Compile.ts"
import type { CompiledPolicy, CompileOptions } from "./Compile.ts"
import { contentsOf, idOf, judgePolicy, judgeTest } from "./Judge.ts"
import type { Policy } from "./Policy.ts"
import { maxProblems, parse, PolicyProblem, type Source, withinReason } from "./PolicyText.ts"
import { hashesOf } from "./Revision.ts"
import { within } from "./SchemaProblems.ts"

/** The policies cannot be used: everything that is wrong with them. */
export class PolicyLoadError extends Schema.TaggedError<PolicyLoadError>()("PolicyLoadError", {
  problems: Schema.Array(PolicyProblem)
}) {
  override get message(): string {
    return this.problems.map(String).join("\n")
  }
}

/** Largest policy file, bytes. */
export const maxBytes = 256 * 1024

/** Whether a file of a folder holds policies, by its name. */
export const isPolicyFile = (name: string): boolean =>
  /\.(?:ya?ml|json)$/.test(name) && name !== "schema.json" && !name.startsWith(".") &&
  !/\.test\.(?:ya?ml|json)$/.test(name)

/** Whether a path is a link, which no policy is. */
export const isLink = (file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => Effect.isSuccess(files.readLink(file)))

/** The texts of a folder's policy files (flat), in the order of their names, and what is wrong with its files. A folder that does not exist holds none. */
export const readFolder = Effect.fnUntraced(function*(folder: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const sources: Array<Source> = []
  const problems: Array<PolicyProblem> = []
  if (!(yield* files.exists(folder))) return { sources, problems }
  const names = (yield* files.readDirectory(folder)).filter(isPolicyFile).sort()
  for (const name of names) {
    const file = path.join(folder, name)
    const info = yield* files.stat(file)
    if (info.type !== "File" || (yield* isLink(file))) continue
    if (info.size > maxBytes) {
      const message = `expected at most ${maxBytes} bytes, found ${info.size}`
      problems.push(new PolicyProblem({ file, line: 1, column: 1, message }))
      continue
    }
    sources.push({ file, text: yield* files.readFileString(file) })
  }
  return { sources, problems }
})

/** Reads the policies of a folder, all of them or none. */
export const loadFolder = Effect.fnUntraced(function*(folder: string, options: CompileOptions) {
  const { problems, sources } = yield* readFolder(folder)
  const compiled = compileAll(sources, options)
  const all = [...problems, ...(Result.isFailure(compiled) ? compiled.failure : [])]
  if (all.length > 0 || Result.isFailure(compiled)) return yield* new PolicyLoadError({ problems: all })
  return compiled.success
})

/** Compiles the policies of some texts, or says everything that is wrong with any of them. */
export const compileAll = (
  sources: ReadonlyArray<Source>,
  options: CompileOptions
): Result.Result<ReadonlyArray<CompiledPolicy>, ReadonlyArray<PolicyProblem>> =>
  Result.map(compileEach(sources, options), (all) => all.map(({ compiled }) => compiled))

/** The same, each beside what was written. */
export const compileEach = (
  sources: ReadonlyArray<Source>,
  options: CompileOptions
): Result.Result<
  ReadonlyArray<{ readonly written: Policy; readonly compiled: CompiledPolicy }>,
  ReadonlyArray<PolicyProblem>
> => {
  const problems: Array<PolicyProblem> = []
  const policies: Array<{ readonly written: Policy; readonly compiled: CompiledPolicy }> = []
  const seen = new Map<string, string>()
  for (const source of sources) {
    const parsed = parse(source)
    if (Result.isFailure(parsed)) {
      problems.push(...parsed.failure)
      continue
    }
    const { place, value } = parsed.success
    const contents = contentsOf(value)
    const found = [...contents.problems, ...repeatedIds(contents.policies, source.file, seen)]
    for (const [at, written] of contents.policies.entries()) {
      if (found.length > maxProblems) break
      const read = readPolicy(written, options)
      if (Result.isSuccess(read)) policies.push(read.success)
      else found.push(...withinReason(read.failure).map((problem) => within(["policies", at], problem)))
    }
    for (const [at, written] of contents.tests.entries()) {
      if (found.length > maxProblems) break
      const test = judgeTest(written)
      if (Result.isFailure(test)) found.push(...test.failure.map((problem) => within(["tests", at], problem)))
    }
    for (const problem of withinReason(found)) problems.push(place(problem))
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(policies)
}

/** The ids of policies, also of those that do not load; `undefined` when some cannot be read. */
export const idsIn = (sources: ReadonlyArray<Source>): ReadonlyArray<{ readonly id: string }> | undefined => {
  const ids: Array<{ readonly id: string }> = []
  for (const source of sources) {
    const parsed = parse(source)
    if (Result.isFailure(parsed)) return undefined
    for (const policy of contentsOf(parsed.success.value).policies) {
      const id = idOf(policy)
      if (id === undefined) return undefined
      ids.push({ id })
    }
  }
  return ids
}

/** A policy as far as it stands by itself: its shape first, and what it means if that is right. */
const readPolicy = (written: unknown, options: CompileOptions) =>
  Result.flatMap(
    judgePolicy(written),
    (policy) =>
      Result.map(Compile.compile(policy, hashesOf(policy), options), (compiled) => ({ written: policy, compiled }))
  )

/** Ids of a file that are there already, in the same or in another file; takes note of the others. */
const repeatedIds = (
  policies: ReadonlyArray<unknown>,
  file: string,
  seen: Map<string, string>
): ReadonlyArray<Compile.Problem> =>
  policies.flatMap((policy, at) => {
    const id = idOf(policy)
    if (id === undefined) return []
    const before = seen.get(id)
    if (before === undefined) {
      seen.set(id, file)
      return []
    }
    const message = `expected an id of its own, found ${JSON.stringify(id)}, which ${before} has too`
    return [{ path: ["policies", at, "id"], message }]
  })
