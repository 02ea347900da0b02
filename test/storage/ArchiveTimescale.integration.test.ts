import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { EventStore } from "../../src/engine/EventStore.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { status, upgrade } from "../../src/storage/Migrate.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { candlesSuite } from "../suites/candlesSuite.ts"
import { eventStoreSuite } from "../suites/eventStoreSuite.ts"
import { keep, maintenanceSuite } from "../suites/maintenanceSuite.ts"
import { queriesSuite } from "../suites/queriesSuite.ts"
import * as Timescale from "./timescale.ts"

const archive = Archive.layerClient({ timescale: "require" }).pipe(Layer.provideMerge(Timescale.layer))

const compressAll = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe("select compress_chunk(c, true)::text from show_chunks('prices') c")
  yield* sql.unsafe("select compress_chunk(c, true)::text from show_chunks('trades') c")
})

/** What the workers of a server do by the clock. */
const runPolicies = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const jobs = yield* sql.unsafe<{ readonly id: number }>(
    `select job_id::int as id from timescaledb_information.jobs
    where proc_name = 'policy_refresh_continuous_aggregate' order by job_id`
  )
  assert.strictEqual(jobs.length, 4)
  for (const { id } of jobs) yield* sql.unsafe(`call run_job(${id})`)
})
const options = { background: runPolicies, compress: compressAll }

eventStoreSuite("TimescaleDB", archive, { runs: 15 })
candlesSuite("TimescaleDB", archive, options)
queriesSuite("TimescaleDB", Layer.fresh(archive))
maintenanceSuite(
  "TimescaleDB",
  Archive.layerClient({ timescale: "require", keep }).pipe(Layer.provideMerge(Layer.fresh(Timescale.layer)))
)

describe("Archive (TimescaleDB)", () => {
  it.live(
    "a plain database becomes one with hypertables and aggregates, with every row and candle",
    () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const all = prices(300)
        yield* Effect.gen(function*() {
          const store = yield* EventStore
          yield* store.append("PriceUpdate", all)
          assert.strictEqual((yield* status("off")).level, "plain")
        }).pipe(Effect.provide(Archive.layerClient({ timescale: "off" })))
        assert.strictEqual(yield* upgrade, "aggregates")
        yield* Effect.gen(function*() {
          const store = yield* EventStore
          assert.deepStrictEqual(yield* Stream.runCollect(store.replay), all)
          const [row] = yield* sql.unsafe<{ readonly count: bigint }>("select count(*) as count from candles_1m")
          assert.strictEqual(Number(row?.count), new Set(all.map(({ time }) => Math.floor(time / 60_000))).size * 3)
          const [chunks] = yield* sql.unsafe<{ readonly count: bigint }>(
            "select count(*) as count from show_chunks('prices')"
          )
          assert.isAbove(Number(chunks?.count), 0)
        }).pipe(Effect.provide(Archive.layerClient()))
      }).pipe(Effect.provide(Timescale.layer)),
    60_000
  )
})

// The address of a server with TimescaleDB whose database may be filled.
const url = process.env["TIMESCALE_URL"]
describe.skipIf(url === undefined)("Archive on a TimescaleDB server", () => {
  const server = Archive.layerServer({ url: Redacted.make(url ?? "") }, { timescale: "require" })
  eventStoreSuite("TimescaleDB server", server, { runs: 15 })
  candlesSuite("TimescaleDB server", server, options)
})
