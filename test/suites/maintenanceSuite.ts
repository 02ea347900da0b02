/** Retention removes what is too old and nothing else, and keeps candles of what is gone; snapshots and results are kept. On every kind of database. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, type Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { AssetId } from "../../src/domain/Asset.ts"
import * as Micro from "../../src/domain/Micro.ts"
import { epoch } from "../../src/engine/EventId.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { type Keep, Maintenance } from "../../src/engine/Maintenance.ts"
import type { EventId, MarketEvent } from "../../src/engine/MarketEvent.ts"

const day = 86_400_000

/** How long the suite's layers have to keep rows. */
export const keep: Keep = new Map([["prices", 3 * day], ["metrics", 3 * day]])

/** One event an hour over the ten days before `now`. */
const hourly = (tag: "PriceUpdate" | "MetricUpdate", now: number): ReadonlyArray<MarketEvent> =>
  Array.from({ length: 240 }, (_, index): MarketEvent => {
    const time = now - (240 - index) * 3_600_000 + 1_800_000
    const head = { id: ((time - epoch) * 8192) as EventId, time, receivedAt: time, source: "clob" }
    return tag === "PriceUpdate"
      ? { _tag: tag, ...head, assetId: "1001" as AssetId, price: Micro.format(index + 1) }
      : { _tag: tag, ...head, name: "fear_greed", value: Micro.format(index + 1) }
  })

/** The suite on a layer with an empty, migrated database that keeps rows as `keep` says. */
export const maintenanceSuite = <E>(
  name: string,
  layer: Layer.Layer<EventStore | Maintenance | SqlClient.SqlClient, E>
) => {
  describe(`Maintenance (${name})`, () => {
    it.layer(layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect(
        "rows that are too old go, younger ones, candles and tables without a limit stay",
        () =>
          Effect.gen(function*() {
            const sql = yield* SqlClient.SqlClient
            const store = yield* EventStore
            const maintenance = yield* Maintenance
            const now = yield* Clock.currentTimeMillis
            for (const tag of ["PriceUpdate", "MetricUpdate"] as const) yield* store.append(tag, hourly(tag, now))
            const count = (table: string, where = "true") =>
              Effect.map(
                sql.unsafe<{ readonly count: bigint }>(`select count(*) as count from ${table} where ${where}`),
                ([row]) => Number(row?.count)
              )
            const old = `time < timestamptz '${new Date(now - 3 * day).toISOString()}'`
            const days = yield* count("candles_1d")
            yield* maintenance.aggregate
            yield* maintenance.cleanup
            // Chunks of TimescaleDB go as a whole: what is left of old rows is less than a chunk.
            assert.isAtMost(yield* count("prices", old), 24)
            assert.isAtMost(yield* count("metrics", old), 7 * 24)
            assert.strictEqual(yield* count("prices", `not (${old})`), 72)
            assert.strictEqual(yield* count("metrics", `not (${old})`), 72)
            assert.strictEqual(yield* count("candles_1d"), days)
            assert.match(yield* maintenance.cleanup, /nothing is too old/)
          }),
        60_000
      )

      it.effect(
        "snapshots of a day are replaced, not doubled, and the last result of each job is kept",
        () =>
          Effect.gen(function*() {
            const sql = yield* SqlClient.SqlClient
            const maintenance = yield* Maintenance
            const balance = (free: string) => ({ kind: "balance", name: "pUSD", content: { free } }) as const
            yield* maintenance.snapshot("2026-11-24", [balance("1"), {
              kind: "position",
              name: "1001",
              content: { size: "5" }
            }])
            yield* maintenance.snapshot("2026-11-24", [balance("2")])
            yield* maintenance.snapshot("2026-11-25", [balance("3")])
            const rows = yield* sql.unsafe<{ readonly row: string }>(
              "select day || ' ' || kind || ' ' || (content->>'free') as row from daily_snapshots order by day"
            )
            assert.deepStrictEqual(rows.map(({ row }) => row), ["2026-11-24 balance 2", "2026-11-25 balance 3"])
            const result = { name: "cleanup", startedAt: 1, finishedAt: 2, succeeded: false, detail: "away" }
            yield* maintenance.record(result)
            yield* maintenance.record({ ...result, name: "aggregate" })
            yield* maintenance.record({ ...result, finishedAt: 3, succeeded: true, detail: "done" })
            assert.deepStrictEqual(yield* maintenance.results, [
              { ...result, name: "aggregate" },
              { ...result, finishedAt: 3, succeeded: true, detail: "done" }
            ])
          }),
        60_000
      )
    })
  })
}
