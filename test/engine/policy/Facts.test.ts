import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { Decision } from "../../../src/engine/policy/Decision.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import type { Meant } from "../../../src/engine/policy/Facts.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { markets, tokens } from "../../arbitrary/Events.ts"

let count = 0
const event = (at: number, source: string, body: Record<string, unknown>): MarketEvent =>
  ({ id: ++count, time: at, receivedAt: at, source, ...body }) as unknown as MarketEvent

const [yes, no] = tokens
const [market] = markets
const minutes = 60_000

const described = (at: number, more: Partial<Record<string, unknown>> = {}) =>
  event(at, "gamma", { _tag: "MarketMetadata", market: { ...market, ...more } })
const quote = (at: number, assetId: string | undefined, price: string, source = "clob") =>
  event(at, source, { _tag: "PriceUpdate", assetId, price, bid: price, ask: price })
const trade = (at: number, price: number) =>
  event(at, "clob", {
    _tag: "Trade",
    market: market?.conditionId,
    assetId: yes,
    side: "buy",
    price: price * 1_000_000,
    size: 1_000_000
  })
const tick = (at: number) => event(at, "clock", { _tag: "Tick", kind: "clock", name: "second" })
const feed = (at: number, feed: string, kind: string) => event(at, feed, { _tag: "FeedStatus", feed, kind })

const note = `[{ type: notification, channel: console, template: "{{ event.asset }} {{ event.price }}" }]`

const evaluatorOf = (conditions: string, more = `actions: ${note}`, runaway = 1_000, meant: Meant = {}) => {
  const text = `policies: [{ id: x, conditions: ${conditions}, ${more} }]`
  const compiled = Load.compileAll([{ file: "test.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })
  if (Result.isFailure(compiled)) throw new Error(compiled.failure.map(String).join("\n"))
  return new Evaluator(compiled.success, runaway, { wallet: "paper", ...meant })
}

/** When a policy fired. */
const firings = (evaluator: Evaluator, events: ReadonlyArray<MarketEvent>): ReadonlyArray<Decision> =>
  events.flatMap((event) => evaluator.take(event))
const times = (evaluator: Evaluator, events: ReadonlyArray<MarketEvent>) =>
  firings(evaluator, events).map(({ receivedAt }) => receivedAt)

describe("Facts", () => {
  it("what is told only when it changes does not age, quotes do", () => {
    const position = event(0, "paper", { _tag: "PositionUpdate", wallet: "paper", assetId: yes, size: 100_000_000 })
    const events = [described(0), position, quote(0, no, "0.5"), quote(16 * minutes, yes, "0.7")]
    const held = `{ all: [{ field: position, operator: ">", value: 0 }, { field: price, operator: ">", value: 0.6 }] }`
    assert.deepStrictEqual(times(evaluatorOf(held), events), [16 * minutes])
    const quoted = `{ all: [{ field: price, asset: "${no}", operator: ">", value: 0 },
      { field: price, asset: "${yes}", operator: ">", value: 0.6 }] }`
    assert.deepStrictEqual(times(evaluatorOf(quoted), events), [])
  })

  it("a source of an embedding program counts for a token while the CLOB has not spoken of it", () => {
    const events = [
      described(0),
      quote(1, yes, "0.7", "own"),
      quote(2, yes, "0.4", "own"),
      quote(3, yes, "0.7", "own"),
      quote(4, yes, "0.3"),
      quote(5, yes, "0.8", "own"),
      quote(6, yes, "0.9")
    ]
    const above = `{ field: price, asset: "${yes}", operator: ">", value: 0.6 }`
    assert.deepStrictEqual(times(evaluatorOf(above), events), [1, 3, 6])
  })

  it("a position is closed at its size of long ago", () => {
    const position = event(0, "paper", { _tag: "PositionUpdate", wallet: "paper", assetId: yes, size: 100_000_000 })
    const order = `{ asset: "${yes}", side: sell, type: limit, price: 0.6, close: all }`
    const [decision] = firings(
      evaluatorOf(
        `{ field: price, asset: "${yes}", operator: ">", value: 0.6 }`,
        `actions: [{ type: order, operation: place, order: ${order} }]`
      ),
      [described(0), position, quote(16 * minutes, yes, "0.7")]
    )
    const [action] = decision?.actions ?? []
    assert(action?._tag === "PlaceOrder")
    assert.strictEqual(action.request.size, 100_000_000)
  })

  it("cancelling orders of an asset that is not known cancels nothing", () => {
    for (const asset of ["elsewhere:Yes", "{{ event.outcome }}"]) {
      const [decision] = firings(
        evaluatorOf(
          `{ field: price, asset: BTC, operator: ">", value: 1 }`,
          `actions: [{ type: order, operation: cancel, asset: "${asset}" }]`
        ),
        [quote(1, "BTC", "80000", "polybolt")]
      )
      assert.deepStrictEqual(decision?.actions.map(({ _tag }) => _tag), ["Impossible"])
    }
  })

  it("a date out of range is unknown", () => {
    const [decision] = firings(
      evaluatorOf(
        `{ field: price, asset: BTC, operator: ">", value: 1 }`,
        `actions: [{ type: notification, channel: console, template: "{{ now * 10000 | date }}" }]`
      ),
      [quote(1_790_000_000_000, "BTC", "80000", "polybolt")]
    )
    const [action] = decision?.actions ?? []
    assert(action?._tag === "Notification")
    assert.strictEqual(action.text, "?")
  })

  it("a switch of source invents no crossing, and who names no source hears the best one that is live", () => {
    const crossing = (more: string) =>
      evaluatorOf(`{ field: price, asset: BTC, operator: crosses_above, value: 80000${more} }`)
    const apart = (at: number) => [
      quote(at, "BTC", "79990", "polybolt"),
      quote(at + 1, "BTC", "80010", "cmc")
    ]
    const events = [1, 3, 5].flatMap(apart)
    assert.deepStrictEqual(times(crossing(""), events), [])
    assert.deepStrictEqual(times(crossing(", source: cmc"), events), [])
    const silent = [...events, feed(7, "polybolt", "disconnected")]
    assert.deepStrictEqual(
      times(crossing(""), [...silent, quote(8, "BTC", "80010", "cmc"), quote(9, "BTC", "79990", "cmc")]),
      []
    )
    const later = [quote(8, "BTC", "79990", "cmc"), quote(9, "BTC", "80010", "cmc"), quote(10, "BTC", "79990", "cmc")]
    assert.deepStrictEqual(times(crossing(""), [...silent, ...later]), [9])
    assert.deepStrictEqual(times(crossing(""), [...events, ...later]), [])
    assert.deepStrictEqual(times(crossing(", source: cmc"), [...events, ...later]), [9])
    const old = 16 * minutes
    assert.deepStrictEqual(times(crossing(""), [...apart(1), quote(old, "BTC", "80010", "cmc")]), [])
    assert.deepStrictEqual(
      times(crossing(""), [...apart(1), quote(old, "BTC", "79990", "cmc"), quote(old + 1, "BTC", "80010", "cmc")]),
      [old + 1]
    )
  })

  it("of a symbol counts the first of the wanted sources that is live, and none that is not wanted", () => {
    const above = `{ field: price, asset: BTC, operator: ">", value: 80000 }`
    const events = [
      quote(1, "BTC", "79000", "polybolt"),
      quote(2, "BTC", "81000", "rtds-binance"),
      quote(3, "BTC", "82000", "own"),
      quote(4, "BTC", "79000", "polybolt")
    ]
    const firedWith = (primaries: ReadonlyArray<string>, conditions = above) =>
      times(evaluatorOf(conditions, undefined, undefined, { primaries }), events)
    assert.deepStrictEqual(firedWith(["polybolt", "rtds-binance"]), [])
    assert.deepStrictEqual(firedWith(["rtds-binance", "polybolt"]), [2])
    assert.deepStrictEqual(firedWith(["cmc"]), [3], "a program's own source counts while nobody wanted speaks")
    assert.deepStrictEqual(
      firedWith(["cmc"], above.replace("BTC", "BTC, source: rtds-binance")),
      [2],
      "who names it hears it"
    )
  })

  it("a condition with a source reads that source, and event.price is the price it heard", () => {
    const both = (source: string) =>
      evaluatorOf(`{ all: [{ field: price, asset: BTC, source: ${source}, operator: ">", value: 80000 },
        { field: price, asset: ETH, operator: ">", value: 1 }] }`)
    const events = [
      quote(1, "BTC", "79990", "polybolt"),
      quote(2, "BTC", "80010", "cmc"),
      quote(3, "ETH", "3000", "polybolt")
    ]
    assert.deepStrictEqual(times(both("polybolt"), events), [])
    assert.deepStrictEqual(times(both("cmc"), events), [3])
    const [decision] = firings(
      evaluatorOf(`{ field: price, asset: BTC, source: cmc, operator: ">", value: 80000 }`),
      events
    )
    const [action] = decision?.actions ?? []
    assert(action?._tag === "Notification")
    assert.strictEqual(action.text, "BTC 80010")
  })

  it("POL-4 a gap forgets trades, and a trade after it only arms", () => {
    const events = [described(1), trade(2, 0.4), feed(3, "clob", "disconnected"), tick(4), trade(5, 0.6), trade(6, 0.4)]
    const timed = `{ all: [{ field: tick }, { field: last, asset: "${yes}", operator: "<", value: 0.5 }] }`
    assert.deepStrictEqual(times(evaluatorOf(timed), events), [])
    assert.deepStrictEqual(times(evaluatorOf(timed), [...events, tick(7)]), [7])
    const crossing = `{ field: last, asset: "${yes}", operator: crosses_above, value: 0.5 }`
    assert.deepStrictEqual(times(evaluatorOf(crossing), events), [])
    assert.deepStrictEqual(times(evaluatorOf(crossing), [...events, trade(7, 0.6)]), [7])
  })

  it("news of a market counts for each of its outcomes", () => {
    const more = { volume24h: "100", liquidity: "50" }
    const resolved = event(4, "clob", { _tag: "MarketLifecycle", kind: "resolved", market: market?.conditionId })
    const finer = event(5, "clob", {
      _tag: "MarketLifecycle",
      kind: "tick_size_changed",
      market: market?.conditionId,
      tickSize: 1_000
    })
    const events = [described(1), described(2, more), tick(3), resolved, finer, tick(6)]
    for (
      const [condition, expected] of [
        [`field: status, operator: changes`, [4, 4]],
        [`field: status, asset: "${no}", operator: "==", value: resolved`, [4, 5]],
        [`field: volume_24h, operator: ">", value: 1`, [2, 2]],
        [`field: liquidity, asset: "market-1:No", operator: ">", value: 1`, [2]],
        [`field: tick_size, operator: "<", value: 0.01`, [5, 5]]
      ] as const
    ) assert.deepStrictEqual(times(evaluatorOf(`{ ${condition} }`), events), [...expected], condition)
  })

  it("the clock makes time_to_end true once", () => {
    const end = 100_000
    const events = [described(1, { endTime: end }), quote(2, yes, "0.5"), tick(30_000), tick(50_001), tick(60_000)]
    const soon = (asset: string) => `{ field: time_to_end${asset}, operator: "<", value: 50 }`
    assert.deepStrictEqual(times(evaluatorOf(soon(`, asset: "${yes}"`)), events), [50_001])
    assert.deepStrictEqual(times(evaluatorOf(soon("")), events), [50_001, 50_001])
    assert.deepStrictEqual(times(evaluatorOf(`{ expression: "time_to_end('market-1:Yes') < 50" }`), events), [50_001])
    const both = `{ all: [${soon("")}, { field: price, operator: ">", value: 0.4 }] }`
    assert.deepStrictEqual(times(evaluatorOf(both), [...events, quote(61_000, yes, "0.5")]), [50_001, 61_000])
  })

  it("POL-5 news of a named asset counts for every asset the policy knows", () => {
    const conditions = `{ all: [{ field: price, asset: BTC, operator: crosses_above, value: 80000 },
      { field: price, operator: "<", value: 0.5 }] }`
    const decisions = firings(evaluatorOf(conditions), [
      quote(1, yes, "0.4"),
      quote(2, no, "0.6"),
      quote(3, "BTC", "79990", "polybolt"),
      quote(4, "BTC", "80010", "polybolt"),
      quote(5, yes, "0.41")
    ])
    assert.deepStrictEqual(decisions.map(({ assetId, receivedAt }) => [assetId, receivedAt]), [[yes, 4]])
  })

  it("no crossing is not known of an asset that nothing is known of", () => {
    const conditions = `{ all: [{ field: price, asset: ETH, operator: ">", value: 1 },
      { not: { field: price, asset: BTC, operator: crosses_below, value: 80000 } }] }`
    const events = [
      quote(1, "ETH", "3000", "polybolt"),
      quote(2, "BTC", "81000", "polybolt"),
      quote(3, "BTC", "79000", "polybolt"),
      quote(4, "ETH", "3000", "polybolt")
    ]
    assert.deepStrictEqual(times(evaluatorOf(conditions), events), [2, 4])
  })
})
