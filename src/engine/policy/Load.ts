/**
 * Policy files read, validated and compiled: all of them or none. Every error says file, line and column, what was expected and
 * what was found, all errors at once.
 */
import { Effect, FileSystem, Path, Result, Schema, SchemaIssue } from "effect"
import * as YAML from "yaml"
import * as Compile from "./Compile.ts"
import type { CompiledPolicy, CompileOptions, Problem } from "./Compile.ts"
import { hashOf } from "./Evaluate.ts"
import { nearest } from "./Nearest.ts"
import { CancelAction, maxAge, NotificationAction, PlaceAction, Policy, PolicyFile, SimpleCondition } from "./Policy.ts"

/** One thing wrong with a policy file; line and column count from 1. */
export class PolicyProblem extends Schema.TaggedClass<PolicyProblem>()("PolicyProblem", {
  file: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  message: Schema.String
}) {
  override toString(): string {
    return `${this.file}:${this.line}:${this.column}: ${this.message}`
  }
}

/** The policies cannot be used: everything that is wrong with them. */
export class PolicyLoadError extends Schema.TaggedError<PolicyLoadError>()("PolicyLoadError", {
  problems: Schema.Array(PolicyProblem)
}) {
  override get message(): string {
    return this.problems.map(String).join("\n")
  }
}

/** Largest policy file, bytes. */
const maxBytes = 256 * 1024

const isPolicyFile = (name: string): boolean =>
  /\.(?:ya?ml|json)$/.test(name) && name !== "schema.json" && !name.startsWith(".") &&
  !/\.test\.(?:ya?ml|json)$/.test(name)

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
    if (info.type !== "File") continue
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

/** The text of a policy file. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** Compiles the policies of some texts, or says everything that is wrong with any of them. */
export const compileAll = (
  sources: ReadonlyArray<Source>,
  options: CompileOptions
): Result.Result<ReadonlyArray<CompiledPolicy>, ReadonlyArray<PolicyProblem>> => {
  const problems: Array<PolicyProblem> = []
  const policies: Array<CompiledPolicy> = []
  const seen = new Map<string, string>()
  for (const source of sources) {
    const place = placer(source)
    const parsed = parse(source)
    if (Result.isFailure(parsed)) {
      problems.push(...parsed.failure)
      continue
    }
    const { document, value } = parsed.success
    const decoded = decode(value)
    if (Result.isFailure(decoded)) {
      for (const problem of decoded.failure) problems.push(place(document, problem))
      continue
    }
    for (const [at, policy] of decoded.success.policies.entries()) {
      const before = seen.get(policy.id)
      if (before !== undefined) {
        problems.push(place(document, {
          path: ["policies", at, "id"],
          message: `expected an id of its own, found ${JSON.stringify(policy.id)}, which ${before} has too`
        }))
        continue
      }
      seen.set(policy.id, source.file)
      const compiled = Compile.compile(policy, hashOf([canonical(policy)]), options)
      if (Result.isSuccess(compiled)) policies.push(compiled.success)
      else {
        for (const problem of compiled.failure) {
          problems.push(place(document, { ...problem, path: ["policies", at, ...problem.path] }))
        }
      }
    }
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(policies)
}

const parse = (source: Source) => {
  const counter = new YAML.LineCounter()
  const document = YAML.parseDocument(source.text, { strict: true, lineCounter: counter, prettyErrors: false })
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) {
    return Result.fail(complaints.map((complaint) => {
      const { col, line } = counter.linePos(complaint.pos[0])
      return new PolicyProblem({ file: source.file, line, column: col, message: complaint.message })
    }))
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 })
    return Result.succeed({ document, value })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return Result.fail([new PolicyProblem({ file: source.file, line: 1, column: 1, message })])
  }
}

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()
const decodeFile = Schema.decodeUnknownResult(PolicyFile)

/** The file with the parts that have branches left open: each of those is judged by the branch its keys choose. */
const Shell = Schema.Struct({
  ...PolicyFile.fields,
  policies: Schema.Array(
    Schema.Struct({
      ...Policy.fields,
      conditions: Schema.Unknown,
      rearm: Schema.optionalKey(Schema.Unknown),
      actions: Schema.NonEmptyArray(Schema.Unknown)
    })
  )
})

const decode = (value: unknown): Result.Result<PolicyFile, ReadonlyArray<Problem>> => {
  const problems: Array<Problem> = []
  const judge = (schema: Schema.ConstraintDecoder<unknown>, part: unknown, path: ReadonlyArray<PropertyKey>) => {
    const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(part)
    if (Result.isSuccess(decoded)) return
    for (const issue of formatter(decoded.failure.issue).issues) {
      const inner = (issue.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
      problems.push(explain({ path: [...path, ...inner], message: issue.message }, value))
    }
  }
  const judgeCondition = (condition: unknown, path: ReadonlyArray<PropertyKey>): void => {
    for (const key of ["all", "any"]) {
      const parts = get(condition, key)
      if (parts === undefined) continue
      judge(Schema.Struct({ [key]: Schema.NonEmptyArray(Schema.Unknown), max_age: maxAge }), condition, path)
      if (Array.isArray(parts)) { for (const [at, part] of parts.entries()) judgeCondition(part, [...path, key, at]) }
      return
    }
    const negated = get(condition, "not")
    if (negated !== undefined) {
      judge(Schema.Struct({ not: Schema.Unknown }), condition, path)
      return judgeCondition(negated, [...path, "not"])
    }
    judge(
      get(condition, "expression") === undefined ? SimpleCondition : Schema.Struct({ expression: Schema.String }),
      condition,
      path
    )
  }
  const judgeAction = (action: unknown, path: ReadonlyArray<PropertyKey>): void => {
    const branch = get(action, "type") === "order"
      ? get(action, "operation") === "place" ? PlaceAction : CancelAction
      : NotificationAction
    judge(branch, action, path)
  }
  judge(Shell, value, [])
  const policies = get(value, "policies")
  for (const [at, policy] of (Array.isArray(policies) ? policies : []).entries()) {
    const conditions = get(policy, "conditions")
    const actions = get(policy, "actions")
    if (conditions !== undefined) judgeCondition(conditions, ["policies", at, "conditions"])
    const rearm = get(policy, "rearm")
    if (rearm !== undefined) judgeCondition(rearm, ["policies", at, "rearm"])
    if (Array.isArray(actions)) {
      for (const [index, action] of actions.entries()) judgeAction(action, ["policies", at, "actions", index])
    }
  }
  if (problems.length > 0) return Result.fail(problems)
  return Result.mapError(decodeFile(value), (error) => [{ path: [], message: error.message }])
}

const get = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined

const knownKeys = [
  "id",
  "name",
  "enabled",
  "priority",
  "cooldown",
  "cooldown_per",
  "for",
  "rearm",
  "on_stale",
  "limits",
  "firings",
  "orders",
  "notional",
  "max_age",
  "window",
  "duration",
  "aggregation",
  "min_samples",
  "conditions",
  "actions",
  "field",
  "operator",
  "value",
  "asset",
  "market",
  "outcome",
  "source",
  "all",
  "any",
  "not",
  "expression",
  "type",
  "channel",
  "template",
  "on_failure",
  "operation",
  "order",
  "side",
  "price",
  "size",
  "amount",
  "close",
  "time_in_force",
  "expires",
  "post_only",
  "round",
  "valid_for",
  "policy",
  "policies"
]

const explain = (problem: Problem, value: unknown): Problem => {
  const found = problem.path.reduce<unknown>(get, value)
  const key = problem.path[problem.path.length - 1]
  if (typeof found === "number" && !Number.isSafeInteger(found) && key === "asset") {
    return { ...problem, message: "expected a token id in quotes: YAML rounds a number of this size" }
  }
  if (/excess|unexpected key/i.test(problem.message) && typeof key === "string") {
    const guess = nearest(key, knownKeys)
    return {
      ...problem,
      isKey: true,
      message: `unknown key ${JSON.stringify(key)}${
        guess === undefined || guess === key ? "" : `; did you mean "${guess}"?`
      }`
    }
  }
  const shown = typeof found === "object" || found === undefined ? "" : `, found ${JSON.stringify(found)}`
  return { ...problem, message: /found /.test(problem.message) ? problem.message : `${problem.message}${shown}` }
}

const placer = (source: Source) => {
  const counter = new YAML.LineCounter()
  YAML.parseDocument(source.text, { lineCounter: counter, prettyErrors: false })
  return (document: YAML.Document, problem: Problem): PolicyProblem => {
    const { col, line } = counter.linePos(offsetOf(document, problem))
    return new PolicyProblem({ file: source.file, line, column: col, message: problem.message })
  }
}

/** Where the value at a path stands in the text; the nearest thing around it when the value is missing. */
const offsetOf = (document: YAML.Document, { isKey, path }: Problem): number => {
  const around: unknown = isKey === true ? document.getIn(path.slice(0, -1), true) : undefined
  if (YAML.isMap(around)) {
    const pair = around.items.find(({ key }) => YAML.isScalar(key) && key.value === path[path.length - 1])
    if (YAML.isNode(pair?.key) && pair.key.range) return pair.key.range[0]
  }
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (YAML.isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** The meaning of a policy as text: keys in order, formatting and comments gone. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner)
