import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import { type MarketEvent, unstamped } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const start = 1_790_000_000_000
const notify = `actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]`

const compile = (text: string) =>
  Load.compileAll([{ file: "test.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })

const evaluatorOf = (text: string) => {
  const compiled = compile(text)
  if (Result.isFailure(compiled)) throw new Error(compiled.failure.map(String).join("\n"))
  return new Evaluator(compiled.success, 1_000_000)
}

/** What is told at a second after the start: the price of a symbol, a metric, or something else. */
type Written = readonly [second: number, asset: string, value: number | "gap" | "resynced"]

const eventOf = ([second, asset, value]: Written, id: number): MarketEvent => {
  const receivedAt = start + second * 1_000
  const head = { id: id as MarketEvent["id"], time: receivedAt, receivedAt, source: "polybolt" }
  if (typeof value === "string") {
    return { _tag: "FeedStatus", ...head, feed: "polybolt", kind: value, assetId: AssetId.make(asset) }
  }
  return /^[a-z]/.test(asset)
    ? { _tag: "MetricUpdate", ...head, name: asset, value: String(value) as Decimal }
    : { _tag: "PriceUpdate", ...head, assetId: AssetId.make(asset), price: String(value) as Decimal }
}

/** The seconds at which a policy fires; the clock ticks once a second, before what is written for it. */
const firedAt = (text: string, written: ReadonlyArray<Written>, until: number, evaluator = evaluatorOf(text)) => {
  let id = 0
  const fired: Array<number> = []
  for (let second = 0; second <= until; second++) {
    const receivedAt = start + second * 1_000
    const tick: MarketEvent = {
      _tag: "Tick",
      id: unstamped,
      time: receivedAt,
      receivedAt,
      source: "clock",
      kind: "clock",
      name: "second"
    }
    const events = [tick, ...written.filter(([at]) => Math.floor(at) === second).map((one) => eventOf(one, 0))]
    for (const event of events) {
      for (const decision of evaluator.take({ ...event, id: ++id as MarketEvent["id"] })) {
        fired.push((decision.receivedAt - start) / 1_000)
      }
    }
  }
  return fired
}

const policy = (rest: string) => `policies: [{ id: x, ${rest}, ${notify} }]`
const above = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`

describe("the policy language", () => {
  it("POL-2 `for` fires once per unbroken hold, at the second when it is full, and again only after a break", () => {
    const prices: ReadonlyArray<Written> = [[1, "BTC", 101], [4, "BTC", 102], [20, "BTC", 99], [21, "BTC", 105]]
    assert.deepStrictEqual(firedAt(policy(`for: 5s, ${above}`), prices, 40), [6, 26])
    // A gap is a break.
    const gapped: ReadonlyArray<Written> = [[1, "BTC", 101], [3, "BTC", "gap"], [4, "BTC", "resynced"], [5, "BTC", 101]]
    assert.deepStrictEqual(firedAt(policy(`for: 5s, ${above}`), gapped, 20), [10])
    // Full at the moment of an event, when one comes then.
    assert.deepStrictEqual(firedAt(policy(`for: 1500ms, ${above}`), [[1, "BTC", 101], [2.5, "BTC", 103]], 5), [2.5])
  })

  it("POL-2 `rearm` has to have been true since the last firing", () => {
    const text = policy(`rearm: { field: price, operator: "<", value: 90, asset: BTC }, ${above}`)
    const prices: ReadonlyArray<Written> = [
      [1, "BTC", 101],
      [2, "BTC", 102],
      [3, "BTC", 95],
      [4, "BTC", 101],
      [5, "BTC", 89],
      [6, "BTC", 99],
      [7, "BTC", 101],
      [8, "BTC", 102]
    ]
    assert.deepStrictEqual(firedAt(text, prices, 10), [1, 7])
    const restarted = evaluatorOf(text)
    restarted.restore([{ policyId: "x", receivedAt: start - 1_000, assetId: AssetId.make("BTC") }])
    assert.deepStrictEqual(firedAt(text, prices, 10, restarted), [7])
  })

  it("POL-2 `rearm` alone never fires", () => {
    const text = policy(
      `rearm: { field: fear_greed, operator: "<", value: 20 }, conditions: { all: [{ field: price, operator: ">", value: 100, asset: BTC }] }`
    )
    const told: ReadonlyArray<Written> = [[1, "BTC", 101], [2, "fear_greed", 10], [3, "fear_greed", 15], [
      4,
      "BTC",
      102
    ]]
    assert.deepStrictEqual(firedAt(text, told, 6), [1, 4])
  })

  it("POL-2 a metric is the same whatever asset the policy speaks of", () => {
    const mixed = (asset: string) =>
      policy(
        `conditions: { all: [{ field: fear_greed, operator: "<", value: 20 }, { field: price, operator: ">", value: 100${asset} }] }`
      )
    const told: ReadonlyArray<Written> = [[1, "BTC", 101], [2, "fear_greed", 30], [3, "fear_greed", 10], [
      4,
      "BTC",
      102
    ]]
    for (const asset of ["", ", asset: BTC"]) assert.deepStrictEqual(firedAt(mixed(asset), told, 6), [3, 4])
  })

  it("POL-2 a window loses its oldest values as time goes by, and fires on the tick that makes it true", () => {
    const average = (rest: string) =>
      policy(
        `conditions: { field: price, operator: ">", value: 100, asset: BTC, window: { duration: 5s, aggregation: avg${rest} } }`
      )
    // 90 leaves (now − 5 s, now] at second 6.
    assert.deepStrictEqual(firedAt(average(""), [[1, "BTC", 90], [4, "BTC", 105]], 12), [6])
    assert.deepStrictEqual(firedAt(average(", min_samples: 2"), [[1, "BTC", 90], [4, "BTC", 105]], 12), [])
    assert.deepStrictEqual(firedAt(average(", min_samples: 2"), [[1, "BTC", 101], [4, "BTC", 105]], 12), [4])
  })

  it("POL-2 an empty window is neither true nor false", () => {
    const text = (condition: string) => policy(`conditions: ${condition}`)
    const count = `{ field: price, operator: ">=", value: 0, asset: BTC, window: { duration: 2s, aggregation: count } }`
    assert.deepStrictEqual(firedAt(text(count), [[1, "BTC", 1]], 6), [1])
    assert.deepStrictEqual(firedAt(text(`{ not: ${count} }`), [[1, "BTC", 1]], 6), [])
  })

  it("POL-2 windows cross, by events and by time", () => {
    const text = policy(
      `conditions: { field: price, operator: crosses_below, value: -3, asset: BTC, window: { duration: 10s, aggregation: change_pct } }`
    )
    assert.deepStrictEqual(firedAt(text, [[1, "BTC", 100], [3, "BTC", 98], [5, "BTC", 96], [6, "BTC", 95]], 8), [5])
    // 99 leaves at second 12, and what is left has fallen by more.
    assert.deepStrictEqual(
      firedAt(text, [[1, "BTC", 97], [2, "BTC", 99], [4, "BTC", 95]], 20),
      [11]
    )
  })

  it("POL-3 limits of firings, orders and pUSD hold, are said once, and count what earlier runs did", () => {
    const limited = (limits: string) => policy(`limits: { ${limits} }, ${above}`)
    const prices = Array.from({ length: 20 }, (_, at): Written => [at + 1, "BTC", 101])
    const evaluator = evaluatorOf(limited("firings: 3 per 10s"))
    assert.deepStrictEqual(firedAt("", prices, 30, evaluator), [1, 2, 3, 11, 12, 13])
    assert.strictEqual(evaluator.takeTurnedOff().length, 2)
    const restarted = evaluatorOf(limited("firings: 3 per 10s"))
    restarted.restore([1, 2].map((second) => ({ policyId: "x", receivedAt: start - 5_000 + second * 1_000 })))
    assert.deepStrictEqual(firedAt("", prices, 12, restarted), [1, 6, 7, 11])
    const order = (limits: string) =>
      `policies: [{ id: x, limits: { ${limits} }, conditions: { field: bid, operator: ">", value: 0, asset: "101" }, actions: [
        { type: order, operation: place, order: { asset: "101", side: buy, type: limit, price: 0.5, size: 100 } }] }]`
    const market: Market = {
      conditionId: `0x${"1".repeat(64)}` as ConditionId,
      slug: "m",
      question: "?",
      outcomes: [{ name: "Yes", assetId: AssetId.make("101") }],
      tickSize: 10_000,
      minimumSize: 5_000_000 as Size,
      negativeRisk: false,
      version: "v1",
      status: "open"
    }
    const quotes = (evaluator: Evaluator) => {
      const head = { time: start, receivedAt: start, id: 1 as MarketEvent["id"], source: "clob" }
      evaluator.take({ _tag: "MarketMetadata", ...head, market })
      return Array.from({ length: 8 }, (_, at) =>
        evaluator.take({
          _tag: "PriceUpdate",
          ...head,
          id: (at + 2) as MarketEvent["id"],
          receivedAt: start + at * 1_000,
          assetId: AssetId.make("101"),
          bid: "0.4" as Decimal,
          ask: "0.41" as Decimal
        }).length).reduce((sum, count) => sum + count, 0)
    }
    assert.strictEqual(quotes(evaluatorOf(order("orders: 2 per 1h"))), 2)
    assert.strictEqual(quotes(evaluatorOf(order("notional: 170 per 1h"))), 3)
    const after = evaluatorOf(order("notional: 170 per 1h"))
    after.restore([], [{ policyId: "x", receivedAt: start - 60_000, notional: 100n * 10n ** 18n }])
    assert.strictEqual(quotes(after), 1)
  })

  it("`max_age` leaves values out that are older, `on_stale` says what gapped ones are", () => {
    const both = (rest: string) =>
      policy(
        `conditions: { all: [{ field: price, operator: ">", value: 100, asset: BTC }, { field: price, operator: ">", value: 10, asset: ETH }]${rest} }`
      )
    const told: ReadonlyArray<Written> = [[1, "ETH", 11], [3, "BTC", 101], [8, "BTC", 102]]
    assert.deepStrictEqual(firedAt(both(""), told, 10), [3, 8])
    assert.deepStrictEqual(firedAt(both(", max_age: 5s"), told, 10), [3])
    const gapped: ReadonlyArray<Written> = [[1, "ETH", 11], [2, "ETH", "gap"], [3, "BTC", 101]]
    const stale = (mode: string) => both("").replace("{ id: x,", `{ id: x, on_stale: ${mode},`)
    assert.deepStrictEqual(firedAt(stale("hold"), gapped, 10), [])
    assert.deepStrictEqual(firedAt(stale("ignore"), gapped, 10), [3])
    const low: ReadonlyArray<Written> = [[1, "ETH", 9], [2, "ETH", "gap"], [3, "BTC", 101]]
    assert.deepStrictEqual(firedAt(stale("ignore"), low, 10), [])
    assert.deepStrictEqual(firedAt(stale("fire"), low, 10), [3])
    const place = `policies: [{ id: x, on_stale: ignore, ${above}, actions: [
      { type: order, operation: place, order: { asset: "101", side: buy, type: limit, price: 0.5, size: 10 } }] }]`
    assert(Result.isFailure(compile(place)))
  })

  it("POL-4 a series is its current market, and a roll-over starts anew", () => {
    const at = Math.floor(start / 1_000)
    const begin = at - at % 300
    const rounds = [begin, begin + 300].map((second, index): Market => ({
      conditionId: `0x${String(index + 1).repeat(64)}` as ConditionId,
      slug: `btc-updown-5m-${second}`,
      question: "?",
      outcomes: [
        { name: "Up", assetId: AssetId.make(`${index + 1}01`) },
        { name: "Down", assetId: AssetId.make(`${index + 1}02`) }
      ],
      tickSize: 10_000,
      minimumSize: 5_000_000 as Size,
      negativeRisk: false,
      version: "v1",
      status: "open",
      endTime: (second + 300) * 1_000
    }))
    const evaluator = evaluatorOf(
      policy(`conditions: { field: bid, operator: crosses_above, value: 0.5, asset: "series:btc-updown-5m:Up" }`)
    )
    let id = 0
    const take = (event: MarketEvent) => evaluator.take({ ...event, id: ++id as MarketEvent["id"] })
    const quote = (second: number, asset: string, bid: string) =>
      take({
        _tag: "PriceUpdate",
        id: unstamped,
        time: second * 1_000,
        receivedAt: second * 1_000,
        source: "clob",
        assetId: AssetId.make(asset),
        bid: bid as Decimal
      }).map(({ assetId }) => String(assetId))
    for (const market of rounds) {
      take({ _tag: "MarketMetadata", id: unstamped, time: 0, receivedAt: begin * 1_000, source: "gamma", market })
    }
    assert.deepStrictEqual(quote(begin + 1, "101", "0.4"), [])
    assert.deepStrictEqual(quote(begin + 2, "201", "0.4"), [])
    assert.deepStrictEqual(quote(begin + 3, "201", "0.6"), [], "not its turn yet")
    assert.deepStrictEqual(quote(begin + 4, "101", "0.6"), ["101"])
    assert.deepStrictEqual(quote(begin + 301, "101", "0.4"), [], "over")
    assert.deepStrictEqual(quote(begin + 302, "201", "0.6"), [], "the first value only arms")
    assert.deepStrictEqual(quote(begin + 303, "101", "0.6"), [])
    assert.deepStrictEqual(quote(begin + 304, "201", "0.4"), [])
    assert.deepStrictEqual(quote(begin + 305, "201", "0.6"), ["201"])
  })
})
