import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { Decision } from "../../../src/engine/policy/Decision.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
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

const evaluatorOf = (conditions: string, more = `actions: ${note}`, runaway = 1_000) => {
  const text = `policies: [{ id: x, conditions: ${conditions}, ${more} }]`
  const compiled = Load.compileAll([{ file: "test.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })
  if (Result.isFailure(compiled)) throw new Error(compiled.failure.map(String).join("\n"))
  return new Evaluator(compiled.success, runaway, "paper")
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
})
