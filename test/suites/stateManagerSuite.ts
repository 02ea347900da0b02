/** What every StateManager must do that follows a dispatcher, at once or after a moment. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, type Layer } from "effect"
import type { AssetId } from "../../src/domain/Asset.ts"
import type { ConditionId } from "../../src/domain/Market.ts"
import * as Micro from "../../src/domain/Micro.ts"
import * as OrderBook from "../../src/domain/OrderBook.ts"
import { Price } from "../../src/domain/Price.ts"
import { Size } from "../../src/domain/Size.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { type MarketEvent, unstamped } from "../../src/engine/MarketEvent.ts"
import { StateManager } from "../../src/engine/StateManager.ts"

/** Everything of one asset that can be read. */
export const view = (state: StateManager["Service"], wallet: string, assetId: AssetId) => {
  const entry = state.orderBook(assetId)
  return {
    price: state.price(assetId)?.price,
    book: entry === undefined ? undefined : {
      usable: entry.usable,
      bids: OrderBook.levels(entry.book, "buy"),
      asks: OrderBook.levels(entry.book, "sell")
    },
    position: state.position(wallet, assetId)?.size
  }
}

export const wallet = `0x${"ab".repeat(20)}`
export const asset = (index: number) => String(1_000 + index) as AssetId
const market = (index: number) => `0x${(index >> 1).toString(16).padStart(64, "0")}` as ConditionId
const head = { id: unstamped, time: 0, receivedAt: 0, source: "clob" } as const

/** A snapshot, a change, a price and a position of an asset whose numbers say which round it was. */
export const round = (index: number, turn: number): ReadonlyArray<MarketEvent> => {
  const assetId = asset(index)
  const price = Price.make(100_000 + turn % 50 * 10_000)
  const level = (at: number) => ({ price: Price.make(at), size: Size.make((turn + 1) * 1_000_000) })
  return [
    {
      _tag: "OrderBookSnapshot",
      ...head,
      market: market(index),
      assetId,
      bids: [level(price), level(price - 10_000)],
      asks: [level(price + 10_000)]
    },
    {
      _tag: "OrderBookDelta",
      ...head,
      market: market(index),
      assetId,
      changes: [{ side: "sell", price: Price.make(price + 20_000), size: Size.make(turn + 1) }]
    },
    { _tag: "PriceUpdate", ...head, assetId, price: Micro.format(price + turn) },
    { _tag: "PositionUpdate", ...head, wallet, assetId, size: Size.make(turn * 10) }
  ]
}

/** What `view` has to be after `round(index, turn)`. */
export const expected = (turn: number, usable = true) => {
  const price = 100_000 + turn % 50 * 10_000
  const size = (turn + 1) * 1_000_000
  return {
    price: Micro.format(price + turn),
    book: {
      usable,
      bids: [{ price, size }, { price: price - 10_000, size }],
      asks: [{ price: price + 10_000, size }, { price: price + 20_000, size: turn + 1 }]
    },
    position: turn * 10
  }
}

/** Waits until a reader sees what it should; fails with the difference after `patience` ms. */
export const eventually = (check: () => void, patience = 10_000): Effect.Effect<void> =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    while (true) {
      try {
        return check()
      } catch (error) {
        if ((yield* Clock.currentTimeMillis) - began > patience) throw error
      }
      yield* Effect.sleep("10 millis")
    }
  })

/** The suite on a layer of its own. */
export const stateManagerSuite = <E>(name: string, layer: Layer.Layer<StateManager | Dispatcher, E>) => {
  describe(`StateManager (${name})`, () => {
    it.layer(layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect("the last of everything is what is read, whatever came before", () =>
        Effect.gen(function*() {
          const dispatcher = yield* Dispatcher
          const state = yield* StateManager
          for (let turn = 0; turn < 40; turn++) {
            for (let index = 0; index < 20; index++) {
              dispatcher.publish({ events: round(index, turn), arrivedAt: performance.now() })
            }
            if (turn % 7 === 0) yield* Effect.sleep("5 millis")
          }
          yield* eventually(() => {
            for (let index = 0; index < 20; index++) {
              assert.deepStrictEqual(view(state, wallet, asset(index)), expected(39) as never)
            }
          })
          assert.strictEqual(state.assets().length, 20)
          assert.isUndefined(state.price(asset(99)))
        }), 30_000)

      it.effect("books of a feed with a gap are not usable until they are told again", () =>
        Effect.gen(function*() {
          const dispatcher = yield* Dispatcher
          const state = yield* StateManager
          dispatcher.publish({
            events: [{ _tag: "FeedStatus", ...head, feed: "clob", kind: "gap" }],
            arrivedAt: performance.now()
          })
          yield* eventually(() => {
            for (let index = 0; index < 20; index++) assert.isFalse(state.orderBook(asset(index))?.usable)
          })
          dispatcher.publish({ events: round(3, 41), arrivedAt: performance.now() })
          yield* eventually(() => {
            assert.deepStrictEqual(view(state, wallet, asset(3)), expected(41) as never)
            assert.isFalse(state.orderBook(asset(4))?.usable)
          })
        }), 30_000)
    })
  })
}
