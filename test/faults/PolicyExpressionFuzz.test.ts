/**
 * Expressions and templates as somebody hostile or clumsy writes them, on facts as bad. Whatever comes, the outcome is an error with its place when the
 * file loads, or a value of its kind; nothing is read that the language has no name for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import * as Expression from "../../src/engine/policy/Expression.ts"
import { Facts } from "../../src/engine/policy/Facts.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { isMetric, type Scope, vocabulary } from "../../src/engine/policy/Scope.ts"
import * as Template from "../../src/engine/policy/Template.ts"
import { escapes } from "./policy/Escapes.ts"
import { expressionText, templateText } from "./policy/Grammar.ts"
import { randomOf, timedByMedian, wound } from "./Wounds.ts"

const seed = Number(process.env["FUZZ_SEED"] ?? 7)
const runs = Number(process.env["FUZZ_EXPRESSIONS"] ?? 200_000)

/** What every object has to begin with. */
const inherited = Object.getOwnPropertyNames(Object.prototype)

/** Longest time of one, ms: four times the promise, since other programs are at work beside. */
const longest = 4

const names = new Set(vocabulary.names)

/** The words of policies; asking for more than the language has is noticed. */
const guarded: Expression.Vocabulary<Scope> = {
  names: vocabulary.names,
  variable: (path) => {
    const found = vocabulary.variable(path)
    assert.isTrue(found === undefined || names.has(path), path)
    return found
  },
  lookUp: (name, asset) => {
    const found = vocabulary.lookUp(name, asset)
    assert.isTrue(found === undefined || names.has(name) || (asset === undefined && isMetric(name)), name)
    return found
  }
}

const keys = new Set(["facts", "event", "told", "assetId", "policy", "kept", "results"])

const scopeOf = (events: ReadonlyArray<object>): Scope => {
  const facts = new Facts(new Set())
  const log = events.map((event, index) => ({
    id: index + 1,
    time: 1_790_000_000_000,
    receivedAt: 1_790_000_000_000,
    source: "polybolt",
    assetId: "BTC",
    ...event
  })) as unknown as ReadonlyArray<MarketEvent>
  for (const event of log) facts.take(event)
  const scope = {
    facts,
    event: log.at(-1) as MarketEvent,
    assetId: "BTC" as Scope["assetId"],
    policy: { id: "x", name: "\u202e{{ now }}\u0000" }
  }
  return new Proxy<Scope>(scope, {
    get: (target, key) => {
      assert.isTrue(keys.has(String(key)), `read ${String(key)}`)
      return Reflect.get(target, key)
    }
  })
}

/** Facts as bad as a source may tell them. */
const scopes: ReadonlyArray<Scope> = [
  scopeOf([{ _tag: "Tick" }]),
  scopeOf([{ _tag: "PriceUpdate", price: "0", bid: "0", ask: "0" }]),
  scopeOf([
    { _tag: "MetricUpdate", name: "fear_greed", value: "-1" },
    { _tag: "PriceUpdate", price: "9".repeat(80), bid: `-${"9".repeat(79)}`, ask: `0.${"0".repeat(77)}1` }
  ]),
  scopeOf([{ _tag: "PriceUpdate", price: "-0.5", bid: "1", ask: "1" }])
]

const fits = (kind: Expression.Kind, outcome: Expression.Outcome): boolean =>
  outcome === undefined || kind === "text" || typeof outcome === (kind === "number" ? "bigint" : kind)

/** Whether it compiles; what does not has to say where. */
const compiles = (compiled: Result.Result<unknown, Expression.ExpressionError>, text: string): boolean => {
  if (Result.isSuccess(compiled)) return true
  const { at, message } = compiled.failure
  assert.instanceOf(compiled.failure, Expression.ExpressionError)
  assert.isTrue(Number.isInteger(at) && at >= 0 && at <= text.length && message.length > 0, `${at} ${message}`)
  return false
}

const garbage = /NaN|undefined|\[object|Infinity/

const compileAndRun = (text: string): boolean => {
  const compiled = Expression.compile(text, guarded)
  if (!compiles(compiled, text) || Result.isFailure(compiled)) return false
  for (const scope of scopes) assert.isTrue(fits(compiled.success.kind, compiled.success.run(scope)), text)
  return true
}

const compileAndRender = (text: string): boolean => {
  const compiled = Template.compile(text, guarded)
  if (!compiles(compiled, text) || Result.isFailure(compiled)) return false
  const { render, single } = compiled.success
  for (const scope of scopes) {
    assert.isFalse(!garbage.test(text) && garbage.test(render(scope)), text)
    if (single !== undefined) assert.isTrue(fits(single.kind, single.run(scope)), text)
  }
  return true
}

describe(`expressions of policies, seed ${seed}`, () => {
  for (
    const [what, write, run] of [
      ["expressions", expressionText, compileAndRun],
      ["templates", templateText, compileAndRender]
    ] as const
  ) {
    it(`FUZ-3 SEC-5 ${runs / 2} ${what}, two of three wounded: an error with its place, or a value of its kind`, () => {
      const random = randomOf(seed + what.length)
      let good = 0
      // What runs for the first times is not compiled yet.
      for (let index = 0; index < 3_000; index++) run(wound(write(random), random))
      for (let index = 0; index < runs / 2; index++) {
        const whole = write(random)
        const text = index % 3 === 0 ? whole : wound(whole, random)
        let isGood = false
        timedByMedian(() => void (isGood = run(text)), text, longest)
        if (isGood) good++
      }
      assert.isAbove(good, runs / 20)
      assert.isBelow(good, runs * 0.45)
      assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), inherited)
    })
  }

  it(`SEC-5 SEC-9 ${escapes.length} known escapes are errors wherever they stand`, () => {
    assert.isAtLeast(new Set(escapes).size, 80)
    const place = (condition: string, action: string) =>
      Load.compileAll([{
        file: "x.yaml",
        text: `policies: [{ id: x, conditions: ${condition}, actions: [${action}] }]`
      }], { defaultSlippage: undefined, validFor: 2_000 })
    const tell = (text: string) =>
      `{ type: notification, channel: console, template: ${JSON.stringify(`{{ ${text} }}`)} }`
    const order = (text: string) =>
      `{ type: order, operation: place, order: { asset: "1", side: buy, type: limit, size: 5, price: ${
        JSON.stringify(`{{ ${text} }}`)
      } } }`
    const call = (text: string) =>
      `{ type: webhook, url: "https://example.com/", body: { a: ${JSON.stringify(`{{ ${text} }}`)} } }`
    for (const text of escapes) {
      assert.isFalse(compileAndRun(text), text)
      const loaded = [
        place(`{ expression: ${JSON.stringify(text)} }`, tell("now")),
        place("{ field: tick }", tell(text)),
        place("{ field: tick }", order(text)),
        place("{ field: tick }", call(text))
      ]
      for (const result of loaded) {
        if (Result.isSuccess(result)) assert.fail(`${text} loads`)
        for (const problem of result.failure) assert.match(String(problem), /^x\.yaml:1:\d+: \S/)
      }
    }
    assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), inherited)
  })
})
