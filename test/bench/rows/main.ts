/**
 * Ten million prices and a hundred thousand books, made in the database itself, then asked as traders ask: candles, the price as of each trade, a
 * book as of a time. Prints times and plans. `tsx test/bench/rows/main.ts server|embedded [ROWS]`; takes gigabytes and minutes, and cleans up.
 */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import type { AssetId } from "../../../src/domain/Asset.ts"
import { Maintenance } from "../../../src/engine/Maintenance.ts"
import { Queries } from "../../../src/engine/Queries.ts"
import * as Archive from "../../../src/storage/Archive.ts"
import { migrate } from "../../../src/storage/Migrate.ts"
import { Pglite } from "../../../src/storage/pglite/Pglite.ts"
import * as Candles from "../../../src/storage/postgres/Candles.ts"
import * as MaintenancePostgres from "../../../src/storage/postgres/MaintenancePostgres.ts"
import * as QueriesPostgres from "../../../src/storage/postgres/QueriesPostgres.ts"
import { server } from "../../storage/postgres/server.ts"

const [where = "server", rowsText = "10000000"] = process.argv.slice(2)
const rows = Number(rowsText)
/** 200 assets, as long as real ids; a price of some asset every 100 ms. */
const assets = 200
const asset = (n: string) => `'7' || lpad((${n})::text, 76, '0')`
const first = "timestamptz '2026-11-01 00:00:00+00'"

const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

const timed = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const began = performance.now()
    const result = yield* effect
    yield* say(`${what}: ${(performance.now() - began).toFixed(0)} ms`)
    return result
  })

const program = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* migrate("off")
  const step = 250_000
  yield* timed(
    `${rows} prices`,
    Effect.gen(function*() {
      for (let from = 0; from < rows; from += step) {
        yield* sql.unsafe(`insert into prices (time, asset_id, id, price, bid, ask, source, received_at)
        select ${first} + n * interval '100 ms', ${asset(`n % ${assets}`)}, 1764547200000 * 1000 + n,
          (500 + (n::bigint * 7919) % 300)::numeric / 1000, 0.49, 0.51, 'clob', ${first} + n * interval '100 ms'
        from generate_series(${from}, ${Math.min(rows, from + step) - 1}) as n`)
      }
    })
  )
  yield* timed(
    "100000 trades",
    sql.unsafe(`insert into trades (time, asset_id, trade_id, id, market, side, price, size, source, received_at)
    select ${first} + n * interval '10 s', ${
      asset(`n % ${assets}`)
    }, 't' || n, 1764547200000 * 1000 + n, '0x00', 'buy', 0.5, 10, 'clob', ${first}
    from generate_series(0, 99999) as n`)
  )
  yield* timed(
    "1000 books and 1000000 changes",
    Effect.gen(function*() {
      yield* sql.unsafe(
        `insert into book_snapshots (time, asset_id, id, market, bid_px, bid_sz, ask_px, ask_sz, source, received_at)
      select ${first} + n * interval '10 minutes', ${
          asset("0")
        }, 1764547200000 * 1000 + n * 6000, '0x00', '{0.49,0.48}', '{10,20}', '{0.51,0.52}', '{10,20}', 'clob',
        ${first} + n * interval '10 minutes' from generate_series(0, 999) as n`
      )
      yield* sql.unsafe(`insert into book_deltas (time, asset_id, id, market, sides, px, sz, source, received_at)
      select ${first} + n * interval '600 ms', ${
        asset("0")
      }, 1764547200000 * 1000 + n * 6 + 1, '0x00', 'b', array[0.40 + (n % 9) * 0.01], array[1 + n % 50], 'clob',
        ${first} + n * interval '600 ms' from generate_series(0, 999999) as n`)
    })
  )
  for (const table of ["prices", "trades", "book_snapshots", "book_deltas"]) {
    yield* sql.unsafe(`vacuum (analyze) ${table}`)
  }

  const [one] = yield* sql.unsafe<{ readonly asset: string }>(`select ${asset("0")} as asset`)
  const assetId = String(one?.asset) as AssetId
  const start = Date.UTC(2026, 10, 1)
  const end = start + rows * 100
  const questions: ReadonlyArray<readonly [string, string]> = [
    [
      "two hours of minutes",
      `select * from candles_1m where asset_id = '${assetId}' and bucket >= ${first} + interval '5 days' and bucket < ${first} + interval '5 days 2 hours'`
    ],
    [
      "all days of an asset",
      `select * from candles_1d where asset_id = '${assetId}'`
    ],
    [
      "price as of each of 500 trades",
      `select t.time, p.price from (select * from trades where asset_id = '${assetId}' order by time desc limit 500) t
        left join lateral (select price from prices where asset_id = t.asset_id and time <= t.time order by time desc limit 1) p on true`
    ],
    [
      "last book before a time",
      `select * from book_snapshots where asset_id = '${assetId}' and time <= ${first} + interval '3 days' order by time desc, id desc limit 1`
    ]
  ]
  const ask = (label: string) =>
    Effect.gen(function*() {
      const queries = yield* Queries
      for (const [what, query] of questions) {
        yield* timed(`${label}: ${what}`, sql.unsafe(query))
        yield* timed(`${label}: ${what}, again`, sql.unsafe(query))
        const plan = yield* sql.unsafe<Record<string, string>>(
          `explain (analyze, costs off, timing off, summary off) ${query}`
        )
        for (const line of plan) yield* say(`    ${String(line["QUERY PLAN"])}`)
      }
      yield* timed(`${label}: book at a time, rebuilt`, queries.book(assetId, start + 5 * 86_400_000 + 300_000))
      yield* timed(
        `${label}: 120 candles`,
        queries.candles(assetId, "1m", { from: end - 7_200_000, to: end, limit: 120 })
      )
      yield* timed(
        `${label}: candles of a day by hours`,
        queries.candles(assetId, "1h", { from: end - 86_400_000, to: end, limit: 24 })
      )
      yield* timed(
        `${label}: sizes`,
        Effect.flatMap(queries.sizes, (sizes) =>
          say(
            sizes.filter(({ rows: count }) => count > 0).map((size) =>
              `    ${size.table} ${size.rows} rows ${(size.bytes / 1e6).toFixed(0)} MB`
            ).join("\n")
          ))
      )
    })
  yield* ask("before the roll-up")
  const maintenance = yield* Maintenance
  yield* timed("roll-up of everything", maintenance.aggregate)
  yield* sql.unsafe("analyze candles_1m_store")
  yield* ask("after the roll-up")
})

const services = Layer.unwrap(Effect.gen(function*() {
  yield* migrate("off")
  const candles = yield* Candles.make
  return Layer.mergeAll(QueriesPostgres.layer, MaintenancePostgres.layer(candles, new Map()))
}))

const folder = mkdtempSync(join(tmpdir(), "polymarket-hft-rows-"))
const database = where === "embedded"
  ? Pglite.layer(join(folder, "archive"))
  : Layer.unwrap(Effect.map(server, ({ path, username }) => Archive.clientWithoutLimits({ path, username })))
await Effect.runPromise(
  program.pipe(Effect.provide(services.pipe(Layer.provideMerge(database))), Effect.scoped, Effect.orDie)
)
  .finally(() => rmSync(folder, { recursive: true, force: true }))
