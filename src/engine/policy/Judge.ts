/** Validates what a policy file holds: everything that is wrong with it at once, with what was expected and found. */
import { Result, Schema, SchemaIssue } from "effect"
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

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()
const decodeFile = Schema.decodeUnknownResult(PolicyFile)
const decodeTests = Schema.decodeUnknownResult(Schema.Array(PolicyTest))

/** The file with its policies and tests left open. */
const Shell = Schema.Struct({
  ...PolicyFile.fields,
  policies: Schema.Array(Schema.Unknown),
  tests: Schema.optionalKey(Schema.Array(Schema.Unknown))
})

/** A policy with the parts that have branches left open: each of those is judged by the branch its keys choose. */
const PolicyShell = Schema.Struct({
  ...Policy.fields,
  conditions: Schema.Unknown,
  rearm: Schema.optionalKey(Schema.Unknown),
  actions: Schema.NonEmptyArray(Schema.Unknown)
})

/** A file of tests alone. */
const TestShell = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String),
  tests: Schema.Array(Schema.Unknown)
})

type Path = ReadonlyArray<PropertyKey>

/** Gathers what is wrong with parts of a value, up to one more than anybody is told. */
const judgeOf = (value: unknown) => {
  const problems: Array<Problem> = []
  const judge = (schema: Schema.ConstraintDecoder<unknown>, part: unknown, path: Path) => {
    const room = maxProblems + 1 - problems.length
    if (room <= 0) return
    const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(part)
    if (Result.isSuccess(decoded)) return
    for (const issue of formatter(decoded.failure.issue).issues.slice(0, room)) {
      const inner = (issue.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
      problems.push(explain({ path: [...path, ...inner], message: issue.message }, value))
    }
  }
  return { problems, judge }
}

type Judge = ReturnType<typeof judgeOf>["judge"]

const judgeCondition = (judge: Judge, condition: unknown, path: Path): void => {
  for (const key of ["all", "any"]) {
    const parts = get(condition, key)
    if (parts === undefined) continue
    judge(Schema.Struct({ [key]: Schema.NonEmptyArray(Schema.Unknown), max_age: maxAge }), condition, path)
    for (const [at, part] of listOf(parts).entries()) judgeCondition(judge, part, [...path, key, at])
    return
  }
  const negated = get(condition, "not")
  if (negated !== undefined) {
    judge(Schema.Struct({ not: Schema.Unknown }), condition, path)
    return judgeCondition(judge, negated, [...path, "not"])
  }
  const isExpression = get(condition, "expression") !== undefined
  judge(isExpression ? Schema.Struct({ expression: Schema.String }) : SimpleCondition, condition, path)
}

const judgeAction = (judge: Judge, action: unknown, path: Path): void => {
  const branch = get(action, "type") === "order"
    ? get(action, "operation") === "place" ? PlaceAction : CancelAction
    : get(action, "type") === "webhook"
    ? WebhookAction
    : NotificationAction
  judge(branch, action, path)
}

const judgeEach = (judge: Judge, tests: unknown): void => {
  for (const [at, test] of listOf(tests).entries()) {
    judge(get(test, "recording") === undefined ? WrittenTest : RecordedTest, test, ["tests", at])
  }
}

/** The policies of a file, or everything that is wrong with them and with its tests. */
export const judgePolicies = (value: unknown): Result.Result<PolicyFile, ReadonlyArray<Problem>> => {
  const { judge, problems } = judgeOf(value)
  judge(Shell, value, [])
  for (const [at, policy] of listOf(get(value, "policies")).entries()) {
    const path = ["policies", at]
    judge(PolicyShell, policy, path)
    for (const key of ["conditions", "rearm"]) {
      const condition = get(policy, key)
      if (condition !== undefined) judgeCondition(judge, condition, [...path, key])
    }
    for (const [index, action] of listOf(get(policy, "actions")).entries()) {
      judgeAction(judge, action, [...path, "actions", index])
    }
  }
  judgeEach(judge, get(value, "tests"))
  if (problems.length > 0) return Result.fail(problems)
  return Result.mapError(decodeFile(value), (error) => [{ path: [], message: error.message }])
}

/** The tests of a file that holds nothing else, or everything that is wrong with them. */
export const judgeTests = (value: unknown): Result.Result<ReadonlyArray<PolicyTest>, ReadonlyArray<Problem>> => {
  const { judge, problems } = judgeOf(value)
  judge(TestShell, value, [])
  judgeEach(judge, get(value, "tests"))
  if (problems.length > 0) return Result.fail(problems)
  return Result.mapError(decodeTests(get(value, "tests")), (error) => [{ path: [], message: error.message }])
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

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
  "policies",
  "tests",
  "order_id",
  "url",
  "method",
  "headers",
  "body",
  "events",
  "recording",
  "expect",
  "notification",
  "count",
  "at",
  "bid",
  "ask",
  "volume",
  "volume_24h",
  "bid_size",
  "ask_size",
  "trade",
  "metric",
  "feed",
  "venue_mode",
  "position",
  "avg_price",
  "status",
  "order_status",
  "tick_size",
  "liquidity",
  "time_to_end",
  "cron"
]

const explain = (problem: Problem, value: unknown): Problem => {
  const found = problem.path.reduce<unknown>(get, value)
  const key = problem.path[problem.path.length - 1]
  const isAsset = key === "asset" || (typeof key === "number" && problem.path[problem.path.length - 2] === "asset")
  if (typeof found === "number" && isAsset) {
    return { ...problem, message: "expected a token id in quotes: YAML reads it as a number, and rounds long ones" }
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
