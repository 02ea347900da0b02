import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { judgePolicy, judgeTest } from "../../../src/engine/policy/Judge.ts"

const good = {
  id: "a",
  conditions: { field: "price", operator: ">", value: 1 },
  actions: [{ type: "notification", channel: "console", template: "x" }]
}

const told = (judged: Result.Result<unknown, ReadonlyArray<{ readonly path: unknown; readonly message: string }>>) =>
  Result.isFailure(judged)
    ? judged.failure.map(({ message, path }) => [(path as Array<string>).join("."), message])
    : []

/** What is wrong with the good policy once some of it is something else. */
const policy = (change: Readonly<Record<string, unknown>>) => told(judgePolicy({ ...good, ...change }))

const action = (written: unknown) => policy({ actions: [written] })

const without = <A extends object>(value: A, key: keyof A) => {
  const { [key]: _, ...rest } = value
  return rest
}

/** That each of these problems stands at this place and speaks of these words, and that there are no others. */
const speak = (
  problems: ReadonlyArray<ReadonlyArray<string | undefined>>,
  ...expected: ReadonlyArray<readonly [path: string, ...words: ReadonlyArray<string>]>
) => {
  assert.deepStrictEqual(problems.map(([path]) => path), expected.map(([path]) => path))
  for (const [at, [, ...words]] of expected.entries()) {
    for (const word of words) assert.include(problems[at]?.[1], word)
  }
}

const order = { asset: "1", side: "buy", type: "limit", price: 0.5, size: 10 }

describe("Judge", () => {
  it("a key that is missing is named, wherever it is", () => {
    for (const key of ["id", "conditions", "actions"] as const) {
      speak(told(judgePolicy(without(good, key))), [key, `missing key "${key}"`])
    }
    speak(policy({ conditions: { operator: ">", value: 1 } }), ["conditions.field", "missing key \"field\""])
    speak(policy({ conditions: { ...good.conditions, window: { duration: "5m" } } }), [
      "conditions.window.aggregation",
      "missing key \"aggregation\""
    ])
    speak(action({ type: "notification", channel: "console" }), ["actions.0.template", "missing key \"template\""])
    speak(action({ channel: "console" }), ["actions.0.type", "missing key \"type\""])
    speak(action({ type: "order", operation: "place" }), ["actions.0.order", "missing key \"order\""])
    speak(action({ type: "order", operation: "place", order: without(order, "side") }), [
      "actions.0.order.side",
      "missing key \"side\""
    ])
    speak(told(judgeTest({ name: "t", expect: [] })), ["events", "missing key \"events\""])
    speak(told(judgeTest({ name: "t", recording: "r", expect: [{}] })), ["expect.0.policy", "missing key \"policy\""])
  })

  it("a list that is empty wants something in it", () => {
    speak(policy({ actions: [] }), ["actions", "at least one", "\"actions\""])
    for (const key of ["all", "any"]) {
      speak(policy({ conditions: { [key]: [] } }), [`conditions.${key}`, "at least one", `"${key}"`])
      speak(policy({ rearm: { not: { [key]: [] } } }), [`rearm.not.${key}`, "at least one"])
    }
  })

  it("the type and the operation decide what else an action holds, misspelt or not", () => {
    const all = ["\"notification\"", "\"order\"", "\"webhook\""]
    const operations = ["\"place\"", "\"cancel\"", "\"cancel_all\""]
    const place = { type: "order", operation: "place", order }
    for (const type of ["orders", "ordr", "Order"]) {
      speak(action({ ...place, type }), ["actions.0.type", ...all, `"${type}"`, "did you mean \"order\""])
    }
    speak(action({ ...place, type: "email" }), ["actions.0.type", ...all])
    for (const operation of ["plac", "PLACE"]) {
      speak(action({ ...place, operation }), ["actions.0.operation", ...operations, "did you mean \"place\""])
    }
    speak(action({ ...place, operation: "buy" }), ["actions.0.operation", ...operations, "\"buy\""])
    speak(action({ ...without(place, "operation"), operaton: "place" }), [
      "actions.0.operaton",
      "unknown key \"operaton\"",
      "did you mean \"operation\""
    ])
    speak(
      action({ ...place, operation: "plac", order: { ...order, sid: "buy" }, chanel: "x" }),
      ["actions.0.chanel", "unknown key"],
      ["actions.0.operation"],
      ["actions.0.order.sid", "did you mean \"side\""]
    )
    speak(action({ type: "order", operation: "cancel_al", order }), ["actions.0.order", "unknown key"], [
      "actions.0.operation",
      "did you mean \"cancel_all\""
    ])
  })

  it("the nearest key is one that may stand there", () => {
    speak(policy({ limits: { order: "3 per 1h" } }), ["limits.order", "did you mean \"orders\""])
    speak(policy({ conditions: { ...good.conditions, windw: {} } }), ["conditions.windw", "did you mean \"window\""])
    speak(policy({ conditions: { al: [{ feild: "price" }] } }), ["conditions.al", "did you mean \"all\""], [
      "conditions.al.0.feild",
      "did you mean \"field\""
    ])
    assert.notInclude(String(policy({ conditions: { ...good.conditions, foo: 1 } })), "did you mean")
    assert.notInclude(String(policy({ limits: { cooldown: "3 per 1h" } })), "did you mean")
  })

  it("one of several words is told with the nearest", () => {
    speak(policy({ on_stale: "holt" }), ["on_stale", "\"hold\" | \"ignore\" | \"fire\"", "\"holt\"", "mean \"hold\""])
    const placed = { type: "order", operation: "place", order: { ...order, time_in_force: "gtc" } }
    speak(action(placed), ["actions.0.order.time_in_force", "found \"gtc\"", "mean \"GTC\""])
  })
})
