/** What the archive answers is what a plain fold over the events says, on every kind of database. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import type { SqlClient } from "effect/sql"
import type { AssetId } from "../../src/domain/Asset.ts"
import type { ConditionId } from "../../src/domain/Market.ts"
import * as Micro from "../../src/domain/Micro.ts"
import * as OrderBook from "../../src/domain/OrderBook.ts"
import { Price } from "../../src/domain/Price.ts"
import { Size } from "../../src/domain/Size.ts"
import { epoch } from "../../src/engine/EventId.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Export } from "../../src/engine/Export.ts"
import type { EventId, MarketEvent, Trade } from "../../src/engine/MarketEvent.ts"
import { Queries } from "../../src/engine/Queries.ts"
import * as State from "../../src/engine/State.ts"
import * as ExportPostgres from "../../src/storage/postgres/ExportPostgres.ts"
import * as QueriesPostgres from "../../src/storage/postgres/QueriesPostgres.ts"
import { scrambled } from "./scrambled.ts"

const assets = ["1001", "1002"] as unknown as ReadonlyArray<AssetId>
const market = `0x${"5e".repeat(32)}` as ConditionId
const start = Date.UTC(2026, 9, 1)
const count = 1_500

/** Books, changes, trades and prices of two assets, ten a second, with a gap now and then. */
const log = (): ReadonlyArray<MarketEvent> => {
  const random = scrambled(11)
  return Array.from({ length: count }, (_, index): MarketEvent => {
    const receivedAt = start + index * 100
    const id = ((receivedAt - epoch) * 8192 + index % 3) as EventId
    // The venue's time is a little behind, by more or less.
    const head = { id, receivedAt, time: receivedAt - random(40), source: "clob" }
    const assetId = assets[random(2)] as AssetId
    const price = Price.make((1 + random(98)) * 10_000)
    const size = Size.make(random(50_000) * 10_000)
    const kind = random(20)
    if (index === 0 || kind === 0) {
      const bids = [{ price: Price.make(400_000), size: Size.make(1_000_000) }]
      return {
        _tag: "OrderBookSnapshot",
        ...head,
        market,
        assetId: index === 0 ? assets[0] as AssetId : assetId,
        bids,
        asks: [{ price: Price.make(600_000), size: Size.make(2_000_000) }],
        tickSize: 10_000
      }
    }
    if (kind === 1) return { _tag: "FeedStatus", ...head, feed: "clob", kind: "gap", detail: `hole ${index}` }
    if (kind < 5) return { _tag: "PriceUpdate", ...head, assetId, price: Micro.format(price), bid: Micro.format(price) }
    if (kind < 8) return { _tag: "Trade", ...head, market, assetId, side: "sell", price, size, tradeId: `t${id}` }
    return {
      _tag: "OrderBookDelta",
      ...head,
      market,
      assetId,
      changes: [{ side: kind < 14 ? "buy" : "sell", price, size }]
    }
  })
}

/** The book of an asset after every event up to a time. */
const bookAt = (events: ReadonlyArray<MarketEvent>, assetId: AssetId, at: number) => {
  const state = State.empty()
  // Only what the feed says: what came after a gap is applied too, and the book said to be unusable.
  const before = events.filter((event) => event.receivedAt <= at)
  const last = before.findLastIndex((event) => event._tag === "OrderBookSnapshot" && event.assetId === assetId)
  if (last < 0) return undefined
  for (const event of before.slice(last)) if (event._tag !== "FeedStatus") State.apply(state, event)
  const book = state.books.get(assetId)?.book
  const levels = (side: "buy" | "sell") =>
    book === undefined
      ? []
      : OrderBook.levels(book, side).map(({ price, size }) => [Micro.format(price), Micro.format(size)] as const)
  return {
    usable: !before.slice(last).some(({ _tag }) => _tag === "FeedStatus"),
    bids: levels("buy"),
    asks: levels("sell")
  }
}

/** The suite on a layer with an empty, migrated database. */
export const queriesSuite = <E>(name: string, layer: Layer.Layer<EventStore | SqlClient.SqlClient, E>) => {
  const readers = Layer.mergeAll(QueriesPostgres.layer, ExportPostgres.layer).pipe(Layer.provideMerge(layer))
  describe(`Queries (${name})`, () => {
    it.layer(readers, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect("trades, prices, gaps and any book at any time are what the events say", () =>
        Effect.gen(function*() {
          const store = yield* EventStore
          const queries = yield* Queries
          const events = log()
          for (const [tag, batch] of Map.groupBy(events, (event) => event._tag)) yield* store.append(tag, batch)
          const random = scrambled(3)
          let unusable = 0
          for (let round = 0; round < 60; round++) {
            const at = start + random(count * 100)
            const assetId = assets[random(2)] as AssetId
            const then = yield* queries.book(assetId, at)
            const expected = bookAt(events, assetId, at)
            assert.deepStrictEqual(
              then === undefined ? undefined : { usable: then.usable, bids: then.bids, asks: then.asks },
              expected,
              `${assetId} at ${at}`
            )
            if (expected?.usable === false) unusable++
          }
          assert.isAbove(unusable, 0)

          assert.isUndefined(yield* queries.policies(start + 1_000))
          const reloads = [2_000, 3_000].map((after): MarketEvent => ({
            _tag: "PolicyReload",
            id: ((start + after - epoch) * 8192 + 7) as EventId,
            time: start + after,
            receivedAt: start + after,
            source: "engine",
            revisions: { [`r${after}`]: `of ${after}` }
          }))
          yield* store.append("PolicyReload", reloads)
          for (const [after, known] of [[1_999, undefined], [2_000, 2_000], [2_999, 2_000], [9_000, 3_000]] as const) {
            assert.deepStrictEqual(
              yield* queries.policies(start + after),
              known === undefined ? undefined : { [`r${known}`]: `of ${known}` }
            )
          }

          const span = { from: start + 20_000, to: start + 90_000, limit: 10_000 }
          const assetId = assets[0] as AssetId
          const within = events.filter(({ time }) => time >= span.from && time < span.to)
          const traded = within.filter((event): event is Trade => event._tag === "Trade" && event.assetId === assetId)
            .toSorted((a, b) => a.time - b.time || a.id - b.id)
          assert.deepStrictEqual(
            (yield* queries.trades(assetId, span)).map(({ price, size, time }) => [time, price, size]),
            traded.map(({ price, size, time }) => [time, Micro.format(price), Micro.format(size)])
          )
          const newest = yield* queries.trades(assetId, { ...span, limit: 3 })
          assert.deepStrictEqual(newest.map(({ time }) => time), traded.slice(-3).map(({ time }) => time))
          assert.strictEqual(
            (yield* queries.gaps({ ...span, limit: 10_000 })).length,
            within.filter(({ _tag }) => _tag === "FeedStatus").length
          )
          assert.strictEqual(
            (yield* queries.prices(assetId, span)).length,
            within.filter((event) => event._tag === "PriceUpdate" && event.assetId === assetId).length
          )
          const sizes = new Map((yield* queries.sizes).map((size) => [size.table, size]))
          assert.strictEqual(sizes.get("trades")?.rows, events.filter(({ _tag }) => _tag === "Trade").length)
          assert.isAbove(sizes.get("book_deltas")?.bytes ?? 0, 0)
          assert.deepStrictEqual(yield* queries.jobs, [])
        }), 60_000)

      it.effect(
        "an export holds every row of its span once, also when it takes many pages",
        () =>
          Effect.gen(function*() {
            const source = yield* Export
            const store = yield* EventStore
            const later = Date.UTC(2026, 9, 2)
            const many = Array.from({ length: 12_345 }, (_, index): MarketEvent => ({
              _tag: "PriceUpdate",
              id: ((later - epoch + index) * 8192) as EventId,
              time: later + index,
              receivedAt: later + index,
              source: "clob",
              assetId: assets[index % 2] as AssetId,
              price: Micro.format(index % 1_000_000)
            }))
            for (let index = 0; index < many.length; index += 1_000) {
              yield* store.append("PriceUpdate", many.slice(index, index + 1_000))
            }
            const wish = { table: "prices", from: later, to: later + 1_000_000_000 }
            const rows = (yield* Stream.runCollect(source.rows(wish))).flat()
            assert.deepStrictEqual(rows.map((row) => Number(row[1])), many.map(({ id }) => Number(id)))
            const half = yield* Stream.runCollect(source.rows({ ...wish, assetId: assets[1] as AssetId }))
            assert.strictEqual(half.flat().length, many.length >> 1)
            for (const table of source.tables.keys()) {
              yield* Stream.runDrain(source.rows({ table, from: start, to: later + 1_000_000_000 }))
            }
            const minutes = (yield* Stream.runCollect(source.rows({ ...wish, table: "candles_1m" }))).flat()
            assert.strictEqual(minutes.length, 2 * Math.ceil(many.length / 60_000))
          }),
        60_000
      )
    })
  })
}
