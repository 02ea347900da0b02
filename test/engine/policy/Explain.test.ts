import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { Market } from "../../../src/domain/Market.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import { explain } from "../../../src/engine/policy/Explain.ts"
import { fitInto, mostBytes } from "../../../src/engine/policy/ExplainCut.ts"
import { textOfExplanation } from "../../../src/engine/policy/ExplainText.ts"
import { Explanation, type Part } from "../../../src/engine/policy/Explanation.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import { logOf as writtenLogOf } from "../../../src/engine/policy/WrittenEvents.ts"
import * as WrittenMarkets from "../../../src/engine/policy/WrittenMarkets.ts"
import { markets, tokens } from "../../arbitrary/Events.ts"
import { Model } from "./Model.ts"
import { compiledOf, eventsOf, policyOf, Seed } from "./ModelPolicies.ts"

const decode = Schema.decodeUnknownSync(Explanation)

/** Explains, and checks that nothing is lost on the way through JSON. */
const explained = (
  evaluator: Evaluator,
  event: MarketEvent,
  wish: Parameters<typeof explain>[2] = { policyId: "x" }
): Explanation => {
  const explanation = explain(evaluator, event, wish)
  if (explanation === undefined) throw new Error("no such policy")
  assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(explanation))), explanation)
  return explanation
}

const truthOf = (truth: boolean | undefined): Part["truth"] =>
  truth === undefined ? "unknown" : truth ? "true" : "false"

/** What a part says going by its own parts. */
const kleene = ({ kind, parts, truth }: Part): Part["truth"] => {
  if (parts === undefined) return truth
  const truths = parts.map(kleene)
  if (kind === "not") return truths[0] === "unknown" ? "unknown" : truths[0] === "true" ? "false" : "true"
  const decisive = kind === "any" ? "true" : "false"
  if (truths.includes(decisive)) return decisive
  return truths.includes("unknown") ? "unknown" : kind === "any" ? "false" : "true"
}

const leavesOf = (part: Part): ReadonlyArray<Part> => part.parts === undefined ? [part] : part.parts.flatMap(leavesOf)

const options = { defaultSlippage: undefined, validFor: 2_000 }

const policiesOf = (text: string) => {
  const compiled = Load.compileAll([{ file: "explain.yaml", text }], options)
  if (Result.isFailure(compiled)) throw new Error(compiled.failure.map(String).join("\n"))
  return compiled.success
}

const notify = `actions: [{ type: notification, channel: console, template: "x" }]`
const policyWith = (rest: string) => policiesOf(`policies: [{ id: x, ${rest}, ${notify} }]`)
const evaluatorOf = (rest: string, runaway = 1_000_000) => new Evaluator(policyWith(rest), runaway)

let ids = 1
const head = (at: number, source: string) => ({ id: ids++ as MarketEvent["id"], time: at, receivedAt: at, source })
const btc = AssetId.make("BTC")
const eth = AssetId.make("ETH")
const price = (at: number, value: string, assetId = btc): MarketEvent => ({
  ...head(at, "polybolt"),
  _tag: "PriceUpdate",
  assetId,
  price: value as Decimal
})
const tick = (at: number): MarketEvent => ({ ...head(at, "clock"), _tag: "Tick", kind: "clock", name: "second" })
const gap = (at: number, assetId = btc): MarketEvent => ({
  ...head(at, "polybolt"),
  _tag: "FeedStatus",
  feed: "polybolt",
  kind: "gap",
  assetId
})

/** Feeds events and explains after the last; the number of firings beside it. */
const after = (evaluator: Evaluator, events: ReadonlyArray<MarketEvent>) => {
  let firings = 0
  for (const event of events) firings += evaluator.take(event).length
  return { firings, explanation: explained(evaluator, events.at(-1) as MarketEvent) }
}

describe("Explain", () => {
  it.prop(
    "POL-2 says of every part what the plain model says, and asking changes no decision",
    [Seed],
    ([seed]) => {
      const policy = policyOf(seed)
      const [asked, unasked] = [compiledOf(policy), compiledOf(policy)].map((one) => new Evaluator(one, 1_000_000)) as [
        Evaluator,
        Evaluator
      ]
      const model = new Model(policy)
      for (const event of eventsOf(seed)) {
        const decisions = asked.take(event)
        assert.deepStrictEqual(decisions, unasked.take(event))
        model.take(event)
        for (const assetId of model.isPerAsset ? tokens : [tokens[0]]) {
          const { conditions, truth, verdict } = explained(asked, event, { policyId: "x", assetId })
          const expected = truthOf(model.truth(assetId))
          assert.strictEqual(truth, expected, `${event._tag} ${assetId} ${JSON.stringify(policy)}`)
          assert.strictEqual(conditions === undefined ? "" : kleene(conditions), expected)
          if (verdict === "false" || verdict === "unknown") assert.strictEqual(verdict, expected)
        }
        for (const decision of decisions) {
          const { changes, truth, verdict } = explained(asked, event, { policyId: "x", decision })
          assert.deepStrictEqual([truth, verdict, changes], ["true", "fired", []])
        }
        const { changes, verdict } = explained(asked, event)
        if (verdict !== "fired") assert.isAbove(changes.length, 0)
      }
    },
    { arbitrary: { runs: Number(process.env["EXPLAIN_RUNS"] ?? 300) } }
  )

  const Operators = Schema.Literals(["<", "<=", ">", ">=", "==", "!=", "crosses_above", "crosses_below"])
  const cents = Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 20 }))
  const text = (n: number) => (n / 100).toFixed(2)

  it.prop("the change it names makes the policy fire", [Operators, cents, cents], ([operator, threshold, now]) => {
    const evaluator = evaluatorOf(
      `conditions: { field: price, asset: BTC, operator: "${operator}", value: ${text(threshold)} }`
    )
    const { explanation, firings } = after(evaluator, [price(1_000, text(now))])
    if (firings > 0) return assert.strictEqual(explanation.verdict, "fired")
    const change = explanation.conditions?.change
    assert.strictEqual(explanation.verdict, "false")
    assert.strictEqual(Number(change?.to), threshold / 100)
    assert.strictEqual(Number(change?.away), Math.abs(threshold - now) / 100)
    const beyond =
      { "<": -1, "<=": 0, ">": 1, ">=": 0, "==": 0, "!=": 1, crosses_above: 1, crosses_below: -1 }[operator]
    // A crossing comes from the other side.
    if (operator.startsWith("crosses")) evaluator.take(price(2_000, text(threshold - beyond)))
    assert.strictEqual(evaluator.take(price(3_000, text(threshold + beyond))).length, 1)
  })

  it.prop(
    "a crossing is true on its event alone, and told with the value before, however it is found",
    [Schema.Literals(["crosses_above", "crosses_below"]), cents, Schema.Array(cents), cents],
    ([operator, threshold, prices, reloadAt]) => {
      const leafWith = (value: number) => `{ field: price, asset: BTC, operator: ${operator}, value: ${text(value)} }`
      for (const around of [(leaf: string) => leaf, (leaf: string) => `{ all: [${leaf}] }`]) {
        const conditions = around(leafWith(threshold))
        const evaluator = evaluatorOf(`conditions: ${around(leafWith(threshold + 1))}`)
        for (const [index, one] of prices.entries()) {
          // The conditions are others from here on: the next value only arms them.
          if (index === reloadAt % 4) evaluator.reload(policyWith(`conditions: ${conditions}`))
          const event = price(index * 1_000, text(one))
          const fires = evaluator.take(event).length === 1
          const explanation = explained(evaluator, event)
          const [part] = leavesOf(explanation.conditions as Part)
          assert.deepStrictEqual([explanation.truth, part?.edge?.isNow], [String(fires), fires])
          if (fires) assert.strictEqual(Number(part?.edge?.before), (prices[index - 1] ?? 0) / 100)
        }
      }
    }
  )

  it("says why something is not known", () => {
    const low = `field: price, operator: "<", value: 100, asset: BTC`
    const why = (conditions: string, events: ReadonlyArray<MarketEvent>) => {
      const { conditions: part, verdict } = after(evaluatorOf(`conditions: ${conditions}`), events).explanation
      assert.strictEqual(verdict, "unknown")
      return part === undefined ? [] : leavesOf(part).flatMap(({ unknown }) => unknown?.why ?? [])
    }
    assert.deepStrictEqual(why(`{ ${low} }`, [tick(1_000)]), ["never_told"])
    assert.deepStrictEqual(why(`{ ${low} }`, [price(1_000, "50"), gap(2_000)]), ["gap"])
    assert.deepStrictEqual(why(`{ ${low} }`, [price(1_000, "50"), tick(16 * 60_000)]), ["too_old"])
    assert.deepStrictEqual(why(`{ all: [{ ${low} }], max_age: 5s }`, [price(1_000, "50"), tick(8_000)]), ["too_old"])
    assert.deepStrictEqual(why(`{ ${low}, source: cmc }`, [price(1_000, "50")]), ["never_told"])
    assert.deepStrictEqual(why(`{ ${low.replace("BTC", "\"x:Yes\"")} }`, [tick(1_000)]), ["market_not_known"])
    assert.deepStrictEqual(why(`{ field: price, operator: "<", value: 100 }`, [tick(1_000)]), ["no_asset"])
    const window = (rest: string) => `{ ${low}, window: { duration: 10s, ${rest} } }`
    assert.deepStrictEqual(why(window("aggregation: avg"), [price(1_000, "50"), tick(20_000)]), ["window_empty"])
    assert.deepStrictEqual(why(window("aggregation: avg, min_samples: 3"), [price(1_000, "50")]), ["too_few_samples"])
    assert.deepStrictEqual(why(window("aggregation: zscore"), [price(1_000, "50")]), ["window_undefined"])
    const compared = low.replace("100", `"{{ fear_greed() * 2 }}"`)
    assert.deepStrictEqual(why(`{ ${compared} }`, [price(1_000, "50")]), ["right_side_unknown"])
    assert.deepStrictEqual(why(`{ expression: "price('BTC') < fear_greed()" }`, [price(1_000, "50")]), ["read_unknown"])
  })

  it("says that a market has no such outcome, and which it has, when it is the outcome that is wrong", () => {
    const described: MarketEvent = { ...head(1_000, "gamma"), _tag: "MarketMetadata", market: markets[0] as Market }
    for (const names of [`asset: "market-1:Maybe"`, `market: market-1, outcome: Maybe`]) {
      const evaluator = evaluatorOf(`conditions: { field: price, operator: "<", value: 1, ${names} }`)
      const before = after(evaluator, [tick(500)]).explanation.conditions?.unknown
      assert.notStrictEqual(before?.why, "no_such_outcome")
      assert.deepStrictEqual(after(evaluator, [described]).explanation.conditions?.unknown, {
        why: "no_such_outcome",
        words: "the market market-1 has no outcome Maybe, only Yes and No"
      })
    }
  })

  describe("of a policy of any asset", () => {
    const assets = ["AAA", "BBB", "CCC"].map((name) => AssetId.make(name))
    const told = (values: ReadonlyArray<string>) =>
      values.map((value, index) => price(1_000 + index * 100, value, assets[index] as AssetId))
    const chosen = (rest: string, events: ReadonlyArray<MarketEvent>) => {
      const { explanation } = after(evaluatorOf(rest), [...events, tick(2_000)])
      return [explanation.asset, explanation.assets?.isNearest, textOfExplanation(explanation).includes("the nearest")]
    }
    const below = `conditions: { field: price, operator: "<", value: 10 }`
    const away = Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 99 }))

    it.prop(
      "chooses the one whose number is nearest to what it has to reach",
      [Schema.Tuple([away, away, away])],
      ([values]) => {
        for (const around of ["price", "all"]) {
          const rest = around === "all" ? below.replace("{", "{ all: [{").replace("}", "}] }") : below
          const nearest = assets[values.indexOf(Math.min(...values))]
          assert.deepStrictEqual(chosen(rest, told(values.map(String))), [nearest, true, true])
        }
      }
    )

    it("prefers what fired now, what is true, what is known and what is armed", () => {
      const quiet = `${below}, for: 1m`
      assert.strictEqual(chosen(quiet, told(["11", "9", "10"]))[0], "BBB")
      assert.strictEqual(
        chosen(quiet, [...told(["11", "12"]), gap(1_500, assets[0])])[0],
        "BBB"
      )
      const rearm = `${below}, rearm: { field: price, operator: ">", value: 100 }`
      assert.strictEqual(chosen(rearm, [...told(["9", "12"]), price(1_500, "11", assets[0])])[0], "BBB")
      const evaluator = evaluatorOf(`${below}, cooldown: 1s, cooldown_per: asset`)
      assert.strictEqual(after(evaluator, [...told(["9", "12", "8"])]).explanation.asset, "CCC")
    })

    it("says that it is one of them when there is no distance to tell", () => {
      const silent = `conditions: { field: feed, operator: "==", value: down }`
      const [, isNearest, isSaid] = chosen(silent, told(["11", "12"]))
      assert.deepStrictEqual([isNearest, isSaid], [undefined, false])
    })
  })

  it("says what it found, when it was told and by whom, and what a crossing came from", () => {
    const { conditions } = after(
      evaluatorOf(`conditions: { field: price, operator: crosses_below, value: 80, asset: BTC }, for: 0s`),
      [price(1_000, "81.50"), price(2_000, "79.95")]
    ).explanation
    assert.deepInclude(conditions, {
      truth: "true",
      asset: "BTC",
      found: { value: "79.95", source: "polybolt", at: "1970-01-01T00:00:02.000Z" },
      edge: { before: "81.5", isNow: true },
      written: { field: "price", operator: "crosses_below", value: 80, asset: "BTC" }
    })
  })

  it("names what stands in the way: cooldown, limit, rearm, a hold not full or fired already, and being off", () => {
    const above = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
    const verdict = (rest: string, events: ReadonlyArray<MarketEvent>, runaway = 1_000_000) => {
      const { explanation } = after(evaluatorOf(`${above}${rest}`, runaway), events)
      assert.isAbove(explanation.changes.length, 0)
      return explanation
    }
    const two = [price(1_000, "101"), price(3_000, "102")]
    const paused = verdict(", cooldown: 10s", two)
    assert.deepInclude(paused, {
      verdict: "cooldown",
      cooldown: { length: 10_000, per: "policy", lastFiring: "1970-01-01T00:00:01.000Z", left: 8_000 }
    })
    const limited = verdict(`, limits: { firings: 1 per 1m }`, two)
    assert.strictEqual(limited.verdict, "limit")
    assert.deepStrictEqual(limited.limits, [
      {
        what: "firings",
        used: "1",
        most: "1",
        per: "1m",
        isUsedUp: true,
        wants: "1",
        freesAt: "1970-01-01T00:01:01.000Z"
      }
    ])
    const partly = verdict(`, limits: { firings: 3 per 1m, orders: 9 per 1m }`, [...two, price(4_000, "99")])
    assert.deepStrictEqual(partly.limits.map(({ used, wants }) => [used, wants]), [["2", undefined], ["0", undefined]])
    const unarmed = verdict(`, rearm: { field: price, operator: "<", value: 90, asset: BTC }`, two)
    assert.deepStrictEqual([unarmed.verdict, unarmed.rearm?.isArmed], ["unarmed", false])
    const holding = verdict(", for: 5s", two)
    assert.deepInclude(holding, {
      verdict: "holding",
      hold: { needs: 5_000, since: "1970-01-01T00:00:01.000Z", left: 3_000, hasFired: false }
    })
    assert.strictEqual(verdict(", for: 5s", [...two, tick(6_000), tick(7_000)]).verdict, "held")
    assert.strictEqual(verdict(", enabled: false", two).off?.by, "file")
    const ranAway = verdict("", [...two, price(4_000, "103")], 2)
    assert.deepStrictEqual([ranAway.verdict, ranAway.off?.by], ["off", "engine"])
  })

  it("says of a hold that was full within a cooldown or beyond a limit that it was held back, and not that it fired", () => {
    for (const bound of ["cooldown: 20s", "limits: { firings: 1 per 1m }"]) {
      const evaluator = evaluatorOf(`for: 5s, ${bound}, conditions: { field: price, operator: ">", value: 100 }`)
      const both = [
        price(1_000, "101"),
        price(1_500, "101", eth),
        ...[2, 3, 4, 5, 6, 7, 8].map((at) => tick(at * 1_000))
      ]
      assert.strictEqual(after(evaluator, both).firings, 1)
      const [fired, heldBack] = [btc, eth].map((assetId) =>
        explained(evaluator, both.at(-1) as MarketEvent, { policyId: "x", assetId })
      ) as [Explanation, Explanation]
      assert.deepStrictEqual([fired.verdict, fired.hold?.hasFired, fired.hold?.isHeldBack], ["held", true, undefined])
      assert.deepStrictEqual([heldBack.verdict, heldBack.hold?.hasFired, heldBack.hold?.isHeldBack], [
        "held",
        false,
        true
      ])
      assert.include(textOfExplanation(fired), "has fired for this hold already")
      assert.include(textOfExplanation(heldBack), "was held back when they had held for long enough")
      assert.notInclude(textOfExplanation(heldBack), "has fired for")
    }
  })

  it("says who turned it off and why in one line, and without a colon when no reason was given", () => {
    const offFor = (reason: string) => {
      const evaluator = evaluatorOf(`conditions: { field: price, operator: "<", value: 10, asset: BTC }`)
      const off = {
        policyId: "x",
        isOn: false,
        by: "person",
        actor: "jane",
        reason,
        revision: "",
        receivedAt: 0
      } as const
      evaluator.restore([], [], [off])
      return textOfExplanation(explained(evaluator, tick(1_000))).split("\n")[1]
    }
    assert.strictEqual(offFor(""), "  Turned off by jane at 1970-01-01T00:00:00.000Z")
    assert.strictEqual(offFor("a\nb\u001b[2J"), "  Turned off by jane at 1970-01-01T00:00:00.000Z: a\\u000ab\\u001b[2J")
  })

  it("stays in the room it is given, and says what it left out", () => {
    const leaf = `{ field: price, operator: matches, value: "^x{3}$" }`.replace("price", "feed")
    const nested = (depth: number): string =>
      depth === 0 ? leaf : `{ any: [${Array.from({ length: 3 }, () => nested(depth - 1)).join(", ")}] }`
    const evaluator = evaluatorOf(`name: "${"long ".repeat(400)}", conditions: ${nested(4)}`)
    const { explanation } = after(evaluator, [price(1_000, "50")])
    const cut = fitInto(explanation)
    assert.isAbove(JSON.stringify(explanation).length, mostBytes)
    assert.isAtMost(Buffer.byteLength(JSON.stringify(cut)), mostBytes)
    assert.isTrue(cut.isCut)
    assert.deepStrictEqual([cut.truth, cut.verdict], [explanation.truth, explanation.verdict])
    assert.deepStrictEqual(fitInto(cut), cut)
    assert.isAbove(textOfExplanation(cut).length, 0)
  })
})

const examples = [...readFileSync("docs/policies.md", "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)]
  .map(([, text = ""], index) => ({ file: `docs/policies.md block ${index + 1}`, text }))
  .filter(({ text }) => /^tests:/m.test(text))

describe("Explain on the examples of the guide", () => {
  it("explains every firing with all of its parts, and every silence with what it would take", () => {
    const silent = new Set<string>()
    const fired = new Set<string>()
    for (const source of examples) {
      const compile = () => Load.compileAll([source], { ...options, env: new Map() })
      const tests = Result.flatMap(compile(), (policies) => LoadTests.testsOf(source, policies))
      if (Result.isFailure(tests)) continue
      for (const { test } of tests.success) {
        if (!("events" in test)) continue
        const policies = Result.getOrThrow(compile())
        const markets = WrittenMarkets.make(test.events, policies)
        const events = writtenLogOf(test.events, markets, Math.max(0, ...test.expect.map(({ at }) => at ?? 0)))
        const evaluator = new Evaluator(policies, 10)
        const described = markets.all().map((market): MarketEvent => ({
          ...head(0, "gamma"),
          _tag: "MarketMetadata",
          market
        }))
        for (const event of described) evaluator.facts.take(event)
        const start = described.at(-1) ?? tick(0)
        const isExplained = (policyId: string, event: MarketEvent) => {
          const explanation = explained(evaluator, event, { policyId })
          const text = textOfExplanation(explanation)
          assert.notInclude(text, "undefined", text)
          if (explanation.verdict === "fired") return
          silent.add(policyId)
          assert.isAbove(explanation.changes.length, 0, text)
          const parts = explanation.conditions === undefined ? [] : leavesOf(explanation.conditions)
          assert.isTrue(
            parts.some(({ change }) => change !== undefined) || !["false", "unknown"].includes(explanation.verdict),
            text
          )
        }
        for (const { id } of policies) isExplained(id, start)
        for (const event of events) {
          for (const decision of evaluator.take(event)) {
            const explanation = explained(evaluator, event, { policyId: decision.policyId, decision })
            const text = textOfExplanation(explanation)
            assert.deepStrictEqual([explanation.verdict, explanation.truth], ["fired", "true"], text)
            assert.deepStrictEqual(fitInto(explanation), explanation, text)
            assert.notInclude(text, "undefined", text)
            for (const part of leavesOf(explanation.conditions as Part)) {
              assert.isTrue(
                part.found !== undefined || part.unknown !== undefined || part.written?.operator === undefined,
                text
              )
            }
            fired.add(decision.policyId)
          }
        }
        for (const { id } of policies) isExplained(id, events.at(-1) ?? start)
      }
    }
    assert.isAtLeast(fired.size, 20)
    assert.isAtLeast(silent.size, 20)
  })
})
