/**
 * Validates what a policy file holds: everything that is wrong with it at once, with what was expected and found. What may be one of several things (a
 * condition, an action, a test) is judged by what its keys say that it is meant to be.
 */
import { Result, Schema } from "effect"
import type { Problem } from "./Compile.ts"
import { nearest } from "./Nearest.ts"
import {
  CancelAction,
  maxAge,
  NotificationAction,
  PlaceAction,
  Policy,
  PolicyFile,
  SimpleCondition,
  WebhookAction
} from "./Policy.ts"
import { PolicyTest, RecordedTest, WrittenTest } from "./PolicyTest.ts"
import { maxProblems } from "./PolicyText.ts"
import { get, problemsBy, within } from "./SchemaProblems.ts"

const decodePolicy = Schema.decodeUnknownResult(Policy)
const decodeTest = Schema.decodeUnknownResult(PolicyTest)

/** The file with its policies and tests left open. */
const FileShell = Schema.Struct({
  ...PolicyFile.fields,
  policies: Schema.Array(Schema.Unknown),
  tests: Schema.optionalKey(Schema.Array(Schema.Unknown))
})

/** A file of tests alone. */
const TestFileShell = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String),
  tests: Schema.Array(Schema.Unknown)
})

/** A policy with the parts that have branches left open. */
const PolicyShell = Schema.Struct({
  ...Policy.fields,
  conditions: Schema.Unknown,
  rearm: Schema.optionalKey(Schema.Unknown),
  actions: Schema.NonEmptyArray(Schema.Unknown)
})

const parts = Schema.NonEmptyArray(Schema.Unknown)

/** Conditions that are not simple, by the key that says so, with what is inside left open. */
const compositions = {
  all: Schema.Struct({ all: parts, max_age: maxAge }),
  any: Schema.Struct({ any: parts, max_age: maxAge }),
  not: Schema.Struct({ not: Schema.Unknown }),
  expression: Schema.Struct({ expression: Schema.String })
}
const compositionKeys = ["all", "any", "not", "expression"] as const

const types = ["notification", "order", "webhook"] as const
const operations = ["place", "cancel", "cancel_all"] as const
const type = Schema.Literals(types)
const operation = Schema.Literals(operations)
const others = [Schema.Record(Schema.String, Schema.Unknown)] as const

/** Actions by their kind, which is told with all that there are where it is wrong. */
const actions = {
  notification: Schema.Struct({ ...NotificationAction.fields, type }),
  webhook: Schema.Struct({ ...WebhookAction.fields, type }),
  place: Schema.Struct({ ...PlaceAction.fields, type, operation }),
  cancel: Schema.Struct({ ...CancelAction.fields, type, operation }),
  /** Nobody knows of what operation, or of what type: nothing else can be said of it. */
  order: Schema.StructWithRest(Schema.Struct({ type, operation }), others),
  unknown: Schema.StructWithRest(Schema.Struct({ type }), others)
}

type Path = ReadonlyArray<PropertyKey>

/** Gathers what is wrong with parts of a value, up to one more than anybody is told. */
const newJudge = () => {
  const problems: Array<Problem> = []
  const judge = (schema: Schema.ConstraintDecoder<unknown>, part: unknown, path: Path) => {
    const room = maxProblems + 1 - problems.length
    if (room <= 0) return
    for (const problem of problemsBy(schema, part, room)) problems.push(within(path, problem))
  }
  return { problems, judge }
}

type Judge = ReturnType<typeof newJudge>["judge"]

const judgeCondition = (judge: Judge, condition: unknown, path: Path): void => {
  const kind = compositionKeys.find((key) => get(condition, key) !== undefined) ??
    (get(condition, "field") === undefined
      ? compositionKeys.find((key) => keyFor(condition, key) !== undefined)
      : undefined)
  judge(kind === undefined ? SimpleCondition : compositions[kind], condition, path)
  const key = kind === undefined || kind === "expression" ? undefined : keyFor(condition, kind)
  if (key === undefined) return
  const inside = get(condition, key)
  if (kind === "not") return judgeCondition(judge, inside, [...path, key])
  for (const [at, part] of listOf(inside).entries()) judgeCondition(judge, part, [...path, key, at])
}

const judgeAction = (judge: Judge, action: unknown, path: Path): void => {
  const type = meant(action, "type", types)
  const operation = meant(action, "operation", operations)
  const kind = type !== "order" ? type : operation === "cancel_all" ? "cancel" : operation
  judge(actions[kind ?? type ?? "unknown"], action, path)
}

/** What a policy file holds. */
export interface Contents {
  readonly policies: ReadonlyArray<unknown>
  readonly tests: ReadonlyArray<unknown>
  /** What is wrong around them. */
  readonly problems: ReadonlyArray<Problem>
}

/** The policies and tests of a file, not judged yet. */
export const contentsOf = (file: unknown): Contents => contentsBy(FileShell, file)

/** The tests of a file that holds nothing else, not judged yet. */
export const testsIn = (file: unknown): Contents => contentsBy(TestFileShell, file)

const contentsBy = (shell: Schema.ConstraintDecoder<unknown>, file: unknown): Contents => ({
  policies: listOf(get(file, "policies")),
  tests: listOf(get(file, "tests")),
  problems: problemsBy(shell, file, maxProblems + 1)
})

/** The id of a policy, also of one that is none otherwise; `undefined` when it cannot be read. */
export const idOf = (written: unknown): string | undefined => {
  const id = get(written, "id")
  return typeof id === "string" ? id : undefined
}

/** A policy, or everything that is wrong with its shape. */
export const judgePolicy = (written: unknown): Result.Result<Policy, ReadonlyArray<Problem>> => {
  const { judge, problems } = newJudge()
  judge(PolicyShell, written, [])
  for (const name of ["conditions", "rearm"]) {
    const key = keyFor(written, name)
    if (key !== undefined) judgeCondition(judge, get(written, key), [key])
  }
  const key = keyFor(written, "actions") ?? "actions"
  for (const [at, action] of listOf(get(written, key)).entries()) judgeAction(judge, action, [key, at])
  if (problems.length > 0) return Result.fail(problems)
  return Result.mapError(decodePolicy(written), (error) => [{ path: [], message: error.message }])
}

/** A test, or everything that is wrong with its shape. */
export const judgeTest = (written: unknown): Result.Result<PolicyTest, ReadonlyArray<Problem>> => {
  const isRecorded = get(written, "events") === undefined && keyFor(written, "recording") !== undefined
  const problems = problemsBy(isRecorded ? RecordedTest : WrittenTest, written, maxProblems + 1)
  if (problems.length > 0) return Result.fail(problems)
  return Result.mapError(decodeTest(written), (error) => [{ path: [], message: error.message }])
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The key of a value that is this one, or that somebody probably meant to be it. */
const keyFor = (value: unknown, key: string): string | undefined => {
  if (get(value, key) !== undefined) return key
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value).find((one) => nearest(one, [key]) !== undefined)
    : undefined
}

/** The one of some names that somebody probably meant under a key. */
const meant = <Name extends string>(value: unknown, key: string, names: ReadonlyArray<Name>): Name | undefined => {
  const written = get(value, keyFor(value, key) ?? key)
  if (typeof written !== "string") return undefined
  return names.find((name) => name === written) ?? names.find((name) => name === nearest(written, names))
}
