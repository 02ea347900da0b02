/** What sentences of the language mean together, as tests that a trader could write. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import * as PolicyTests from "../../../src/engine/policy/PolicyTests.ts"
import { markets } from "../../arbitrary/Events.ts"

const compile = (text: string) =>
  Load.compileAll([{ file: "p.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })

const problems = (text: string): ReadonlyArray<string> => {
  const compiled = compile(text)
  return Result.isFailure(compiled) ? compiled.failure.map(String) : []
}

/** Policies that say which asset they fired for, by id. */
const say = (policies: Readonly<Record<string, string>>): string =>
  Object.entries(policies).map(([id, rest]) =>
    `  - { id: ${id}, ${rest}, actions: [{ type: notification, channel: console, template: "{{ event.asset }}" }] }`
  ).join("\n")

/** Runs policies on written events; `time policy` of each firing. */
const played = (policies: string, events: ReadonlyArray<string>, until = "0s"): ReadonlyArray<string> => {
  const text = `policies:\n${policies}\ntests:\n  - { name: t, events: [${
    [...events, `{ at: ${until} }`].join(", ")
  }], expect: [] }\n`
  const policiesNow = () => Result.getOrThrowWith(compile(text), (found) => new Error(found.map(String).join("\n")))
  const [first] = Result.getOrThrowWith(
    LoadTests.testsOf({ file: "p.yaml", text }, policiesNow()),
    (found) => new Error(found.map(String).join("\n"))
  )
  if (first === undefined) throw new Error("no test")
  return PolicyTests.run(first.test, policiesNow(), { runaway: 1_000, recording: () => Result.fail("none") }).firings
    .map(({ policyId, receivedAt }) => `${receivedAt / 1_000} ${policyId}`)
}

const quote = (at: string, asset: string, bid: number, ask = bid + 0.01) =>
  `{ at: ${at}, asset: "${asset}", bid: ${bid}, ask: ${ask} }`
const position = (at: string, asset: string, average: number) =>
  `{ at: ${at}, asset: "${asset}", position: { size: 50, avg_price: ${average} } }`

describe("the language, sentences together", () => {
  it("what expressions say of event and position is of the asset that the condition names", () => {
    const bid = (operator: string, value: string) =>
      `conditions: { field: bid, operator: "${operator}", value: "{{ ${value} }}", asset: "x:Yes" }`
    const others = [
      position("0s", "y:Yes", 0.1),
      quote("1s", "y:Yes", 0.09),
      "{ at: 1s, asset: BTC, price: 9, ask: 9 }"
    ]
    const holding = [position("0s", "x:Yes", 0.6), ...others, quote("2s", "x:Yes", 0.4), position("3s", "y:Yes", 0.2)]
    const policies = say({
      profit: bid(">=", "position.avg_price * 1.05"),
      crossing: bid("crosses_above", "position.avg_price * 1.1"),
      ask: bid("<", "event.ask * 0.5")
    })
    assert.deepStrictEqual(played(policies, holding), [])
    assert.deepStrictEqual(played(policies, [...holding, quote("4s", "x:Yes", 0.7)]), ["4 crossing", "4 profit"])
    assert.deepStrictEqual(played(policies, [...holding, quote("4s", "x:Yes", 0.3, 0.7)]), ["4 ask"])
  })

  it("an expression beside named assets speaks of those, and `rearm` without an asset of the one there is", () => {
    const beside = say({
      x: `conditions: { all: [{ field: bid, operator: ">", value: 0, asset: "x:Yes" }, { expression: "position.size < 100" }] }`
    })
    assert.deepStrictEqual(played(beside, [quote("1s", "y:Yes", 0.9), position("2s", "y:Yes", 0.2)]), [])
    assert.deepStrictEqual(played(beside, [quote("1s", "x:Yes", 0.9)]), ["1 x"], "nothing is held")
    const rearm = say({
      x: `conditions: { field: bid, operator: "<", value: 0.4, asset: "x:Yes" }, rearm: { field: bid, operator: ">", value: 0.5 }`
    })
    const low = quote("1s", "x:Yes", 0.3)
    assert.deepStrictEqual(played(rearm, [quote("0s", "y:Yes", 0.7), low]), ["1 x"])
    const again = quote("3s", "x:Yes", 0.3)
    assert.deepStrictEqual(played(rearm, [low, quote("2s", "y:Yes", 0.7), again]), ["1 x"])
    assert.deepStrictEqual(played(rearm, [low, quote("2s", "x:Yes", 0.7), again]), ["1 x", "3 x"])
  })

  it("POL-4 a series is its current market also in a list, beside an outcome, and when its window moves", () => {
    const of = (more: string) => `conditions: { field: bid, operator: ">", value: 0.6, asset: ${more} }`
    const series = "series:btc-updown-5m:Up"
    const policies = say({
      list: of(`["${series}", "x:Yes"]`),
      outcome: of(`"${series}", outcome: Up`),
      single: of(`"${series}"`)
    })
    const events = [
      quote("0s", series, 0.5),
      quote("10s", "btc-updown-5m-0000000300:Up", 0.7),
      quote("301s", series, 0.5),
      quote("302s", "btc-updown-5m-0000000000:Up", 0.9)
    ]
    assert.deepStrictEqual(played(policies, events), [])
    assert.deepStrictEqual(played(policies, [...events, quote("303s", series, 0.7)]), [
      "303 list",
      "303 outcome",
      "303 single"
    ])
    const window = say({ w: `${of(`"${series}", window: { duration: 60s, aggregation: min }`)}` })
    const rolled = [quote("299500ms", series, 0.1), quote("300s", series, 0.5), quote("310s", series, 0.65)]
    assert.deepStrictEqual(played(window, rolled, "365s"), ["360 w"])
  })

  it("time alone crosses what is left of it, and changes what a window says, each as often as it happens", () => {
    const crossing = `{ field: time_to_end, operator: crosses_below, value: 10, asset: "x:Yes" }`
    const policies = say({
      alone: `conditions: ${crossing}`,
      both: `conditions: { all: [${crossing}, { field: bid, operator: ">", value: 0.1, asset: "x:Yes" }] }`
    })
    const events = [`{ at: 1s, asset: "x:Yes", time_to_end: 20s }`, quote("2s", "x:Yes", 0.4)]
    assert.deepStrictEqual(played(policies, events, "30s"), ["12 alone", "12 both"])
    const changes = say({
      x: `conditions: { field: price, operator: changes, asset: BTC, window: { duration: 10s, aggregation: count } }`
    })
    const four = [0, 1, 2, 3].map((at) => `{ at: ${at}s, asset: BTC, price: ${at} }`)
    assert.deepStrictEqual(played(changes, four, "20s"), ["1 x", "2 x", "3 x", "10 x", "11 x", "12 x"])
  })

  it("POL-4 a crossing begins with a value that still counts", () => {
    const btc = (at: string, value: number) => `{ at: ${at}, asset: BTC, price: ${value} }`
    const leaf = `{ field: price, operator: crosses_above, value: 100, asset: BTC }`
    const policies = say({
      combined: `conditions: { all: [${leaf}] }`,
      ignoring: `on_stale: ignore, conditions: ${leaf}`,
      plain: `conditions: ${leaf}`,
      young: `conditions: { all: [${leaf}], max_age: 1m }`
    })
    assert.deepStrictEqual(played(policies, [btc("0s", 99), btc("2m", 101)]), [
      "120 combined",
      "120 ignoring",
      "120 plain"
    ])
    assert.deepStrictEqual(played(policies, [btc("0s", 99), btc("20m", 101)]), ["1200 ignoring"])
  })

  it("`for` counts as long as what was told still counts, however the condition is written", () => {
    const leaf = `{ field: price, operator: ">", value: 10, asset: BTC }`
    const policies = say({ bare: `for: 10m, conditions: ${leaf}`, inside: `for: 10m, conditions: { all: [${leaf}] }` })
    const btc = (at: string) => `{ at: ${at}, asset: BTC, price: 11 }`
    assert.deepStrictEqual(
      played(policies, [btc("0s"), btc("20m")], "31m"),
      ["600 bare", "600 inside", "1800 bare", "1800 inside"]
    )
  })

  it("`max_age` is how old a value may be, more than usual too", () => {
    const both = (more: string) =>
      `conditions: { all: [{ field: price, operator: ">", value: 0, asset: ETH }, { field: price, operator: ">", value: 0, asset: BTC }]${more} }`
    const policies = say({ long: both(", max_age: 1h"), short: both(", max_age: 1m"), usual: both("") })
    const told = (at: string, asset: string) => `{ at: ${at}, asset: ${asset}, price: 1 }`
    assert.deepStrictEqual(
      played(policies, [
        told("0s", "ETH"),
        told("1m", "BTC"),
        told("2m", "BTC"),
        told("20m", "BTC"),
        told("61m", "BTC")
      ]),
      ["60 long", "60 short", "60 usual", "120 long", "120 usual", "1200 long"]
    )
  })

  it("what is stale is true with `on_stale: fire` as soon as it is, and the last value counts with `ignore` whatever came since", () => {
    const low = `conditions: { field: bid, operator: ">", value: 5, asset: "x:Yes" }`
    const stale = say({ alone: `on_stale: fire, ${low}`, held: `on_stale: fire, for: 5s, ${low}` })
    const gap = `{ at: 2s, asset: "x:Yes", feed: gap }`
    assert.deepStrictEqual(played(stale, [quote("1s", "x:Yes", 0.5), gap], "10s"), ["3 alone", "8 held"])
    assert.deepStrictEqual(played(stale, [quote("1s", "x:Yes", 0.5)], "910s"), ["902 alone", "907 held"])
    const both = (asset: string) =>
      `conditions: { all: [{ field: bid, operator: ">", value: 0, asset: "x:Yes" }, { field: price, operator: ">", value: 0, asset: ${asset} }] }`
    const ignoring = say({ x: `on_stale: ignore, ${both("BTC")}` })
    const btc = (at: string) => `{ at: ${at}, asset: BTC, price: 1 }`
    const trade = `{ at: 4s, asset: "x:Yes", trade: { side: buy, price: 0.5, size: 1 } }`
    assert.deepStrictEqual(
      played(ignoring, [quote("1s", "x:Yes", 0.5), gap, btc("3s"), trade, btc("5s")]),
      ["3 x", "5 x"]
    )
  })

  it("a feed is live once it speaks, and again after a gap when it has told everything", () => {
    const policies = say({
      guarded:
        `conditions: { all: [{ field: price, operator: ">", value: 0, asset: "x:Yes" }, { field: feed, operator: "==", value: live, asset: "x:Yes" }] }`
    })
    const gap = `{ at: 2s, asset: "x:Yes", feed: gap }`
    assert.deepStrictEqual(
      played(policies, [
        quote("1s", "x:Yes", 0.5),
        gap,
        quote("3s", "x:Yes", 0.5),
        `{ at: 4s, asset: "x:Yes", feed: live }`,
        quote("5s", "x:Yes", 0.5)
      ]),
      ["1 guarded", "4 guarded", "5 guarded"]
    )
    const symbol = say({
      guarded:
        `conditions: { all: [{ field: price, operator: ">", value: 0, asset: BTC }, { field: feed, operator: "==", value: live, asset: BTC }] }`
    })
    const btc = (at: string) => `{ at: ${at}, asset: BTC, price: 1 }`
    assert.deepStrictEqual(played(symbol, [btc("1s"), `{ at: 2s, asset: BTC, feed: gap }`, btc("3s")]), [
      "1 guarded",
      "3 guarded"
    ])
  })

  it("POL-8 a limit says when it holds a policy back, each once in its time, also when the next order is too large for it", () => {
    const above = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
    const order =
      `actions: [{ type: order, operation: place, order: { asset: "101", side: buy, type: limit, price: 0.5, size: 60 } }]`
    const reasons = (limits: string, actions: string) => {
      const policies = Result.getOrThrow(compile(`policies: [{ id: x, limits: ${limits}, ${above}, ${actions} }]`))
      const evaluator = new Evaluator(policies, 1_000)
      const [market] = markets
      if (market === undefined) throw new Error("no market")
      const described = { id: 1 as MarketEvent["id"], time: 0, receivedAt: 0, source: "gamma" }
      evaluator.take({ ...described, _tag: "MarketMetadata", market })
      return [0, 1, 2, 3, 20].flatMap((at) => {
        const receivedAt = at * 1_000
        const head = { id: (at + 1) as MarketEvent["id"], time: receivedAt, receivedAt, source: "polybolt" }
        evaluator.take({ ...head, _tag: "PriceUpdate", assetId: "BTC" as AssetId, price: "101" as Decimal })
        return evaluator.takeTurnedOff().map(({ reason }) => `${at} ${/\d+ \w+ per \w+/.exec(reason)?.[0]}`)
      })
    }
    const note = `actions: [{ type: notification, channel: console, template: x }]`
    assert.deepStrictEqual(reasons("{ firings: 2 per 10s }", note), ["1 2 firings per 10s"])
    assert.deepStrictEqual(reasons("{ notional: 50 per 1d }", order), ["1 50 notional per 1d"])
    assert.deepStrictEqual(reasons("{ notional: 20 per 10s }", order), [
      "0 20 notional per 10s",
      "20 20 notional per 10s"
    ])
    assert.deepStrictEqual(
      reasons("{ firings: 1 per 10s, orders: 2 per 1d }", order),
      ["0 1 firings per 10s", "20 1 firings per 10s", "20 2 orders per 1d"]
    )
  })

  it("a market with an outcome is one asset, as its name with the outcome is", () => {
    const ask = (of: string) => `{ field: ask, operator: "<", value: 0.49, ${of} }`
    const policies = say({
      apart: `conditions: { all: [${ask("market: x, outcome: Yes")}, ${ask("market: x, outcome: No")}] }`,
      named: `conditions: { all: [${ask(`asset: "x:Yes"`)}, ${ask(`asset: "x:No"`)}] }`
    })
    assert.deepStrictEqual(played(policies, [quote("1s", "x:Yes", 0.4), quote("2s", "x:No", 0.4)]), [
      "2 apart",
      "2 named"
    ])
  })

  it("what a position has gained follows its price where nobody tells it", () => {
    const loss = (operator: string) =>
      `conditions: { field: unrealized_pnl, operator: ${operator}, value: -5, asset: "x:Yes" }`
    const policies = say({
      crossing: loss("crosses_below"),
      level: loss(`"<"`),
      read: `conditions: { expression: "position.unrealized_pnl < 0 - 5" }`
    })
    const events = [position("0s", "x:Yes", 0.6), quote("1s", "x:Yes", 0.55), quote("2s", "x:Yes", 0.49)]
    assert.deepStrictEqual(played(policies, events), ["2 crossing", "2 level", "2 read"])
  })

  it("what can never be is an error", () => {
    const wrong = (rest: string) => problems(`policies:\n${say({ x: rest })}`)
    for (
      const field of ["venue_mode, operator: \"!=\", value: open", "fear_greed, operator: \"<\", value: 20", "tick"]
    ) {
      assert.lengthOf(wrong(`conditions: { field: ${field} }`), 0)
      assert.lengthOf(wrong(`conditions: { field: ${field}, asset: BTC }`), 1)
    }
    const crossing = `{ field: price, operator: crosses_above, value: 1, asset: BTC }`
    assert.lengthOf(wrong(`for: 5s, conditions: ${crossing}`), 1)
    assert.lengthOf(
      wrong(`for: 5s, conditions: { any: [${crossing}, { field: price, operator: ">", value: 9, asset: BTC }] }`),
      0
    )
    assert.lengthOf(wrong(`conditions: { expression: "now > 5" }`), 1)
    const rearm = `rearm: { field: price, operator: "<", value: 1 }`
    const two = `{ any: [${crossing}, { field: price, operator: ">", value: 9, asset: ETH }] }`
    assert.lengthOf(wrong(`${rearm}, conditions: ${crossing}`), 0)
    assert.lengthOf(wrong(`${rearm}, conditions: ${two}`), 1)
  })
})
