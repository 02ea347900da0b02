/**
 * Policy files read, validated and compiled: all of them or none. Every error says file, line and column, what was expected and
 * what was found, all errors at once.
 */
import { Effect, FileSystem, Path, Result, Schema } from "effect"
import * as Compile from "./Compile.ts"
import type { CompiledPolicy, CompileOptions } from "./Compile.ts"
import { judgePolicies } from "./Judge.ts"
import { maxProblems, parse, PolicyProblem, type Source, withinReason } from "./PolicyText.ts"
import { hashesOf } from "./Revision.ts"

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

/** Reads the policies of a folder (flat), in the order of file names. A folder that does not exist holds none. */
export const loadFolder = Effect.fnUntraced(function*(folder: string, options: CompileOptions) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* files.exists(folder))) return []
  const names = (yield* files.readDirectory(folder)).filter(isPolicyFile).sort()
  const sources: Array<Source> = []
  const problems: Array<PolicyProblem> = []
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
  const compiled = compileAll(sources, options)
  const all = [...problems, ...(Result.isFailure(compiled) ? compiled.failure : [])]
  if (all.length > 0 || Result.isFailure(compiled)) return yield* new PolicyLoadError({ problems: all })
  return compiled.success
})

/** Compiles the policies of some texts, or says everything that is wrong with any of them. */
export const compileAll = (
  sources: ReadonlyArray<Source>,
  options: CompileOptions
): Result.Result<ReadonlyArray<CompiledPolicy>, ReadonlyArray<PolicyProblem>> => {
  const problems: Array<PolicyProblem> = []
  const policies: Array<CompiledPolicy> = []
  const seen = new Map<string, string>()
  for (const source of sources) {
    const parsed = parse(source)
    if (Result.isFailure(parsed)) {
      problems.push(...parsed.failure)
      continue
    }
    const { place, value } = parsed.success
    const found: Array<Compile.Problem> = []
    const decoded = judgePolicies(value)
    if (Result.isFailure(decoded)) found.push(...decoded.failure)
    else {
      for (const [at, policy] of decoded.success.policies.entries()) {
        const before = seen.get(policy.id)
        if (before !== undefined) {
          found.push({
            path: ["policies", at, "id"],
            message: `expected an id of its own, found ${JSON.stringify(policy.id)}, which ${before} has too`
          })
          continue
        }
        seen.set(policy.id, source.file)
        const compiled = Compile.compile(policy, hashesOf(policy), options)
        if (Result.isSuccess(compiled)) policies.push(compiled.success)
        else {
          for (const problem of withinReason(compiled.failure)) {
            found.push({ ...problem, path: ["policies", at, ...problem.path] })
          }
        }
        if (found.length > maxProblems) break
      }
    }
    for (const problem of withinReason(found)) problems.push(place(problem))
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(policies)
}
