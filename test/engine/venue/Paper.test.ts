import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Money } from "../../../src/domain/Money.ts"
import type { Intent, IntentId, OrderId } from "../../../src/domain/Order.ts"
import type { Price } from "../../../src/domain/Price.ts"
import type { Size } from "../../../src/domain/Size.ts"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { noBound } from "../../../src/engine/EventId.ts"
import { unstamped } from "../../../src/engine/MarketEvent.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { StateManager } from "../../../src/engine/StateManager.ts"
import { Venue } from "../../../src/engine/Venue.ts"
import type { VenueUpdate } from "../../../src/engine/Venue.ts"
import * as Paper from "../../../src/engine/venue/Paper.ts"
import { Workers } from "../../../src/engine/Workers.ts"
import { Settings } from "../../../src/Settings.ts"
import { markets, tokens } from "../../arbitrary/Events.ts"

const layer = Paper.layer.pipe(
  Layer.provideMerge(StateManager.layer),
  Layer.provideMerge(Dispatcher.layer),
  Layer.provideMerge(Layer.mergeAll(Workers.layer, Settings.layerDefault)),
  Layer.provideMerge(EventClock.layer({ instance: 0, after: noBound }))
)

const market = markets[0]
const assetId = tokens[0] as Intent["assetId"]
const cents = (n: number) => (n * 10_000) as Price
const shares = (n: number) => (n * 1_000_000) as Size
const head = { id: unstamped, time: 0, receivedAt: 0, source: "clob" }

const book = (
  bids: ReadonlyArray<readonly [number, number]>,
  asks: ReadonlyArray<readonly [number, number]>
): MarketEvent => ({
  ...head,
  _tag: "OrderBookSnapshot",
  market: market?.conditionId as Intent["market"],
  assetId,
  bids: bids.map(([price, size]) => ({ price: cents(price), size: shares(size) })),
  asks: asks.map(([price, size]) => ({ price: cents(price), size: shares(size) }))
})

const trade = (side: "buy" | "sell", price: number, size: number): MarketEvent => ({
  ...head,
  _tag: "Trade",
  market: market?.conditionId as Intent["market"],
  assetId,
  side,
  price: cents(price),
  size: shares(size)
})

let count = 0
const intentOf = (more: Partial<Intent>): Intent => ({
  intentId: (++count).toString(16).padStart(64, "0") as IntentId,
  orderId: `0x${"0".repeat(64)}` as OrderId,
  policyId: "p",
  firingId: "f",
  market: market?.conditionId as Intent["market"],
  assetId,
  side: "buy",
  price: cents(50),
  size: shares(10),
  timeInForce: "GTC",
  postOnly: false,
  createdAt: 0,
  validUntil: Number.MAX_SAFE_INTEGER,
  ...more
})

/** A paper venue with a market, and what it tells. */
const scene = Effect.gen(function*() {
  const dispatcher = yield* Dispatcher
  const venue = yield* Venue
  const told: Array<VenueUpdate> = []
  yield* Effect.forkScoped(Stream.runForEach(venue.updates, (update) => Effect.sync(() => void told.push(update))), {
    startImmediately: true
  })
  const happen = (...events: ReadonlyArray<MarketEvent>) =>
    Effect.andThen(
      Effect.sync(() => dispatcher.publish({ events, arrivedAt: 0 })),
      TestClock.adjust("1 millis")
    )
  yield* happen({ ...head, _tag: "MarketMetadata", market: market as NonNullable<typeof market> })
  const place = Effect.fnUntraced(function*(more: Partial<Intent>) {
    const intent = intentOf(more)
    const placing = yield* Effect.forkChild(venue.place(intent), { startImmediately: true })
    yield* TestClock.adjust("50 millis")
    yield* Fiber.join(placing)
    yield* TestClock.adjust("1 millis")
    return intent
  })
  const news = (): ReadonlyArray<ReadonlyArray<unknown>> =>
    told.splice(0).map(({ fill, status }) => [status, fill?.size, fill?.price, fill?.fee])
  return { happen, place, news, venue }
})

const run = <A, E>(body: Effect.Effect<A, E, Effect.Services<typeof scene> | EventClock>) =>
  body.pipe(Effect.scoped, Effect.provide(layer))

describe("Paper", () => {
  it.effect("takes real levels at their prices, pays the market's fee, and rests with the remainder", () =>
    run(Effect.gen(function*() {
      const { happen, news, place } = yield* scene
      yield* happen(book([[48, 100]], [[49, 4], [50, 3], [51, 100]]))
      yield* place({ price: cents(50) })
      const fee = (n: number, p: number) => Math.floor((n * 7 * p * (100 - p) + 5) / 10) * 10
      assert.deepStrictEqual(news(), [
        ["live", shares(4), cents(49), fee(4, 49)],
        ["live", shares(3), cents(50), fee(3, 50)]
      ])
      yield* happen(trade("sell", 50, 2))
      assert.deepStrictEqual(news(), [["live", shares(2), cents(50), 0]])
      yield* happen(trade("sell", 49, 5))
      assert.deepStrictEqual(news(), [["matched", shares(1), cents(50), 0]])
    })))

  it.effect("waits behind what was there first, and moves up when that leaves", () =>
    run(Effect.gen(function*() {
      const { happen, news, place } = yield* scene
      yield* happen(book([[48, 20]], [[60, 5]]))
      yield* place({ price: cents(48) })
      assert.deepStrictEqual(news(), [["live", undefined, undefined, undefined]])
      yield* happen(trade("sell", 48, 15))
      assert.deepStrictEqual(news(), [])
      yield* happen(book([[48, 2]], [[60, 5]]))
      yield* TestClock.adjust("2 seconds")
      yield* happen(trade("sell", 48, 5))
      assert.deepStrictEqual(news(), [["live", shares(3), cents(48), 0]])
    })))

  it.effect("refuses to match on a book that is not to be believed", () =>
    run(Effect.gen(function*() {
      const { happen, news, place } = yield* scene
      yield* place({})
      assert.deepStrictEqual(news().map(([status]) => status), ["rejected"])
      yield* happen(book([[48, 20]], [[49, 5]]), { ...head, _tag: "FeedStatus", feed: "clob", kind: "gap", assetId })
      yield* place({})
      assert.deepStrictEqual(news().map(([status]) => status), ["rejected"])
      yield* happen(book([[48, 20]], [[49, 50]]))
      yield* place({})
      assert.deepStrictEqual(news().map(([status]) => status), ["matched"])
    })))

  it.effect("kills what FOK, FAK and post-only say, cancels and expires", () =>
    run(Effect.gen(function*() {
      const { happen, news, place, venue } = yield* scene
      yield* happen(book([[48, 20]], [[49, 5]]))
      yield* place({ timeInForce: "FOK" })
      assert.deepStrictEqual(news().map(([status]) => status), ["rejected"])
      yield* place({ postOnly: true })
      assert.deepStrictEqual(news().map(([status]) => status), ["rejected"])
      yield* place({ timeInForce: "FAK" })
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["live", shares(5)], [
        "canceled",
        undefined
      ]])
      yield* happen(book([[48, 20]], [[49, 10]]))
      yield* place({ timeInForce: "FAK", amount: 1_000_000 as Money, size: shares(1_000) })
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["matched", 2_040_000]])
      const resting = yield* place({ price: cents(40) })
      yield* venue.cancel([resting.intentId, resting.intentId])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(news().map(([status]) => status), ["live", "canceled"])
      const now = (yield* EventClock).now()
      yield* place({ price: cents(40), timeInForce: "GTD", expiresAt: now + 1_000 })
      yield* TestClock.adjust("2 seconds")
      yield* happen({ ...head, _tag: "Tick", source: "clock", kind: "clock", name: "second" })
      assert.deepStrictEqual(news().map(([status]) => status), ["live", "expired"])
      yield* place({ validUntil: now })
      assert.deepStrictEqual(news().map(([status]) => status), ["expired"])
    })))

  it.effect("gives no share of the book or of a trade to two orders", () =>
    run(Effect.gen(function*() {
      const { happen, news, place } = yield* scene
      yield* happen(book([[40, 20]], [[50, 10]]))
      yield* place({ price: cents(50), timeInForce: "FAK" })
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["matched", shares(10)]])
      yield* place({ price: cents(50), timeInForce: "FAK" })
      assert.deepStrictEqual(news().map(([status]) => status), ["rejected"])
      yield* happen(book([[40, 20]], [[50, 14]]))
      yield* place({ price: cents(50), size: shares(3) })
      yield* place({ price: cents(50), size: shares(30) })
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["matched", shares(3)], [
        "live",
        shares(1)
      ]])
      yield* place({ price: cents(49) })
      yield* place({ price: cents(49) })
      yield* happen(trade("sell", 48, 45))
      assert.deepStrictEqual(news().filter(([, size]) => size !== undefined).map(([, size]) => size), [
        shares(29),
        shares(10),
        shares(6)
      ])
    })))

  it.effect("cancels an order that is still on its way as soon as it is there", () =>
    run(Effect.gen(function*() {
      const { happen, news, venue } = yield* scene
      yield* happen(book([[40, 20]], [[50, 4]]))
      const intent = intentOf({ price: cents(50) })
      const placing = yield* Effect.forkChild(venue.place(intent), { startImmediately: true })
      yield* venue.cancel([intent.intentId])
      yield* TestClock.adjust("50 millis")
      yield* Fiber.join(placing)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["live", shares(4)], [
        "canceled",
        undefined
      ]])
      yield* happen(trade("sell", 40, 100))
      assert.deepStrictEqual(news(), [])
    })))

  it.effect("takes back orders behind what stands there now, and ends those that never rest", () =>
    run(Effect.gen(function*() {
      const { happen, news, venue } = yield* scene
      const kept = intentOf({ price: cents(48) })
      yield* venue.restore([{ intent: kept, filledSize: shares(4) }, {
        intent: intentOf({ timeInForce: "FOK" }),
        filledSize: 0
      }])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(news().map(([status]) => status), ["canceled"])
      yield* happen(trade("sell", 48, 50))
      assert.deepStrictEqual(news(), [])
      yield* happen(book([[48, 20]], [[60, 5]]))
      yield* happen(trade("sell", 48, 21))
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["live", shares(1)]])
      yield* happen(trade("sell", 48, 21))
      assert.deepStrictEqual(news().map(([status, size]) => [status, size]), [["matched", shares(5)]])
    })))
})
