/** Candles and volumes are those of a plain model, on every kind of database: with ties in time, with late rows, before and after maintenance. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { AssetId } from "../../src/domain/Asset.ts"
import type { ConditionId } from "../../src/domain/Market.ts"
import * as Micro from "../../src/domain/Micro.ts"
import { Price } from "../../src/domain/Price.ts"
import { Size } from "../../src/domain/Size.ts"
import { epoch } from "../../src/engine/EventId.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Maintenance } from "../../src/engine/Maintenance.ts"
import type { EventId, MarketEvent } from "../../src/engine/MarketEvent.ts"
import { scrambled } from "./scrambled.ts"

const minute = 60_000
const units = { candles_1m: minute, candles_1h: 60 * minute, candles_1d: 1_440 * minute } as const
const market = `0x${"5e".repeat(32)}` as ConditionId
const assets = ["71321045679252212594626385532706912750332728571942532289631379312455583992563", "ETH"] as const

/** `count` prices and trades over the `span` ms before `end`, many of equal times, some prices absent. */
const flow = (seed: number, count: number, end: number, span: number): ReadonlyArray<MarketEvent> => {
  const random = scrambled(seed)
  return Array.from({ length: count }, (_, index): MarketEvent => {
    const time = end - span + Math.floor(random(span) / 500) * 500
    const id = ((end - epoch) * 8192 + seed * 100_000 + index) as EventId
    const assetId = assets[random(2)] as AssetId
    const head = { id, time, receivedAt: end, source: "clob", assetId }
    if (random(4) === 0) {
      return {
        _tag: "Trade",
        ...head,
        market,
        side: "buy",
        price: Price.make(random(1_000_000)),
        size: Size.make(random(1_000_000_000)),
        tradeId: `t${id}`
      }
    }
    return { _tag: "PriceUpdate", ...head, ...(random(9) === 0 ? {} : { price: Micro.format(random(1_000_000)) }) }
  })
}

const priceOf = (event: MarketEvent) =>
  event._tag === "PriceUpdate" && event.price !== undefined ? Micro.parse(event.price) : undefined

/** Candles as they are defined: by bucket and asset, open and close by (time, id). */
const candlesOf = (events: ReadonlyArray<MarketEvent>, unit: number) => {
  const groups = Map.groupBy(
    events.filter((event) => priceOf(event) !== undefined),
    (event) => `${Math.floor(event.time / unit) * unit} ${(event as { readonly assetId: string }).assetId}`
  )
  return [...groups].map(([key, group]) => {
    const ordered = group.toSorted((a, b) => a.time - b.time || a.id - b.id).map((event) => priceOf(event) as number)
    const texts = [ordered[0], Math.max(...ordered), Math.min(...ordered), ordered.at(-1)].map((value) =>
      Micro.format(value as number)
    )
    return `${key} ${texts.join(" ")}`
  }).sort()
}

const volumesOf = (events: ReadonlyArray<MarketEvent>) => {
  const totals = new Map<string, { size: bigint; notional: bigint; trades: number }>()
  for (const event of events) {
    if (event._tag !== "Trade") continue
    const key = `${Math.floor(event.time / minute) * minute} ${event.assetId}`
    const total = totals.get(key) ?? { size: 0n, notional: 0n, trades: 0 }
    total.size += BigInt(event.size)
    total.notional += BigInt(event.size) * BigInt(event.price)
    total.trades++
    totals.set(key, total)
  }
  return [...totals].map(([key, { notional, size, trades }]) => `${key} ${size} ${notional} ${trades}`).sort()
}

const readCandles = (view: keyof typeof units) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql.unsafe<{ readonly row: string }>(
      `select concat_ws(' ', (extract(epoch from bucket) * 1000)::bigint, asset_id, trim_scale(open), trim_scale(high),
        trim_scale(low), trim_scale(close)) as row from ${view}`
    )
    return rows.map(({ row }) => row).sort()
  })

const readVolumes = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql.unsafe<{ readonly row: string }>(
    `select concat_ws(' ', (extract(epoch from bucket) * 1000)::bigint, asset_id, (volume * 1000000)::bigint,
      (notional * 1000000000000)::numeric(40,0), trades) as row from volume_1m`
  )
  return rows.map(({ row }) => row).sort()
})

/** The suite on a layer with an empty, migrated database. */
export const candlesSuite = <E>(
  name: string,
  layer: Layer.Layer<EventStore | Maintenance | SqlClient.SqlClient, E>,
  options: {
    /** What the database's own workers would have done by now. */
    readonly background?: Effect.Effect<unknown, unknown, SqlClient.SqlClient>
    readonly compress?: Effect.Effect<unknown, unknown, SqlClient.SqlClient>
  } = {}
) => {
  describe(`Candles (${name})`, () => {
    it.layer(layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect(
        "are the model's, with ties and late rows, before and after maintenance, when compressed, and after that",
        () =>
          Effect.gen(function*() {
            const store = yield* EventStore
            const maintenance = yield* Maintenance
            const now = Math.floor(Date.now() / minute) * minute
            const all: Array<MarketEvent> = []
            const append = Effect.fnUntraced(function*(events: ReadonlyArray<MarketEvent>) {
              all.push(...events)
              for (const tag of ["PriceUpdate", "Trade"] as const) {
                yield* store.append(tag, events.filter((event) => event._tag === tag))
              }
            })
            const agree = Effect.gen(function*() {
              for (const view of ["candles_1m", "candles_1h", "candles_1d"] as const) {
                assert.deepStrictEqual(yield* readCandles(view), candlesOf(all, units[view]), view)
              }
              assert.deepStrictEqual(yield* readVolumes, volumesOf(all))
            })
            const maintain = Effect.andThen(maintenance.aggregate, options.background ?? Effect.void)
            yield* append(flow(1, 3_000, now, 100 * minute))
            yield* agree
            yield* maintain
            yield* agree
            // Fresh ones, and late ones from before the stored minutes, from among them, and from days ago.
            yield* append(flow(2, 500, now + 2 * minute, 10 * minute))
            yield* append(flow(3, 500, now - 30 * minute, 60 * minute))
            yield* append(flow(4, 800, now - 20 * 60 * minute, 60 * minute))
            yield* append(flow(5, 800, now - 12 * 1_440 * minute, 2 * 1_440 * minute))
            yield* maintain
            yield* agree
            yield* options.compress ?? Effect.void
            yield* agree
            yield* append(flow(6, 300, now - 12 * 1_440 * minute, 60 * minute))
            // What a spool may forget must be in the candles.
            yield* store.checkpoint
            yield* agree
          }),
        120_000
      )
    })
  })
}
