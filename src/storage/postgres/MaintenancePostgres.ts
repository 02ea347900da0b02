/**
 * Maintenance of the archive in PostgreSQL: roll-up and repair of candles, retention (chunks dropped with TimescaleDB, batched deletes without),
 * daily snapshots, results of jobs, and a watch over TimescaleDB's own jobs, which are run by hand when they fail.
 */
import { Clock, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type JobResult, type Keep, Maintenance, MaintenanceError } from "../../engine/Maintenance.ts"
import type { Candles } from "./Candles.ts"
import { reasonOf } from "./Failures.ts"

/** Rows of one delete: a statement stays short, whatever has piled up. */
const batch = 10_000

/** Tables that retention may touch: all with a time. */
const timed: ReadonlySet<string> = new Set([
  "prices",
  "trades",
  "book_snapshots",
  "book_deltas",
  "position_history",
  "metrics",
  "market_history",
  "market_lifecycle",
  "feed_status",
  "orders",
  "actions"
])

/** A row of the results. */
export interface JobRow {
  readonly name: string
  readonly started: bigint
  readonly finished: bigint
  readonly succeeded: boolean
  readonly detail: string
}

/** The results of jobs, as `resultOf` reads them. */
export const resultsQuery = `select name, (extract(epoch from started_at) * 1000)::bigint as started,
  (extract(epoch from finished_at) * 1000)::bigint as finished, succeeded, detail from jobs order by name`

/** A result as the service gives it. */
export const resultOf = (row: JobRow): JobResult => ({
  name: row.name,
  startedAt: Number(row.started),
  finishedAt: Number(row.finished),
  succeeded: row.succeeded,
  detail: row.detail
})

/** Over a migrated database. */
export const layer = (candles: Candles, keep: Keep): Layer.Layer<Maintenance, never, SqlClient.SqlClient> =>
  Layer.effect(
    Maintenance,
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const failure = (operation: string) => (error: SqlError.SqlError) =>
        new MaintenanceError({ operation, reason: reasonOf("archive", error) })
      const level = Effect.map(
        sql.unsafe<{ readonly level: string }>("select level from archive_level"),
        ([row]) => row?.level ?? "plain"
      )

      /** TimescaleDB's jobs that failed at their last run are run here, one by one. */
      const runFailed = Effect.gen(function*() {
        if ((yield* level) !== "aggregates") return 0
        const failed = yield* sql.unsafe<{ readonly id: number; readonly what: string }>(
          `select s.job_id::int as id, coalesce(s.hypertable_name::text, '') as what
          from timescaledb_information.job_stats s where s.last_run_status = 'Failed'`
        )
        for (const { id, what } of failed) {
          yield* Effect.logWarning(`archive: TimescaleDB's job ${id} (${what}) failed; it is run by the engine`)
          yield* sql.unsafe(`call run_job(${id})`)
        }
        return failed.length
      })

      /** Rows whose minutes are not stored yet stay until they are. */
      const rolledUp = (table: string) =>
        table === "prices" || table === "trades" ? "and time < (select watermark from rollup_watermark)" : ""

      const removeOld = Effect.fnUntraced(function*(table: string, before: string, at: string) {
        const chunks = at === "aggregates" || (at === "hypertables" && rolledUp(table) === "")
        if (chunks) {
          const dropped = yield* sql.unsafe(`select drop_chunks('${table}', timestamptz '${before}')::text as chunk`)
          return dropped.length
        }
        let removed = 0
        while (true) {
          const [row] = yield* sql.unsafe<{ readonly count: bigint }>(
            `with gone as (delete from ${table} where ctid = any(array(
              select ctid from ${table} where time < timestamptz '${before}' ${rolledUp(table)} limit ${batch}
            )) returning 1) select count(*) as count from gone`
          )
          const count = Number(row?.count ?? 0)
          removed += count
          if (count < batch) return removed
        }
      })

      return Maintenance.of({
        aggregate: Effect.gen(function*() {
          yield* candles.rollUp
          yield* candles.settle
          const repaired = yield* runFailed
          return repaired === 0 ? "candles are up to date" : `candles are up to date, ${repaired} jobs run by hand`
        }).pipe(Effect.mapError(failure("aggregate"))),
        cleanup: Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const at = yield* level
          const removed: Array<string> = []
          for (const [table, time] of keep) {
            if (!timed.has(table) && !(table === "candles_1m" && at === "aggregates")) continue
            const before = new Date(now - time).toISOString()
            // Said before it is done: from now on nobody counts on these rows.
            yield* sql.unsafe(
              `insert into retention (table_name, removed_before) values ($1, timestamptz '${before}')
              on conflict (table_name) do update set removed_before = greatest(retention.removed_before, excluded.removed_before)`,
              [table]
            )
            const count = yield* removeOld(table, before, at)
            if (count > 0) removed.push(`${count} ${at === "plain" ? "rows" : "chunks"} of ${table}`)
          }
          return removed.length === 0 ? "nothing is too old" : `removed ${removed.join(", ")}`
        }).pipe(Effect.mapError(failure("cleanup"))),
        snapshot: (on, snapshots) =>
          sql.withTransaction(Effect.gen(function*() {
            yield* sql.unsafe("delete from daily_snapshots where day = $1::date", [on])
            for (const { content, kind, name } of snapshots) {
              yield* sql.unsafe(
                `insert into daily_snapshots (day, kind, name, content) values ($1::date, $2, $3, $4::text::jsonb)
                on conflict (day, kind, name) do update set content = excluded.content`,
                [on, kind, name, JSON.stringify(content)]
              )
            }
          })).pipe(Effect.mapError(failure("snapshot"))),
        record: ({ detail, finishedAt, name, startedAt, succeeded }) =>
          sql.unsafe(
            `insert into jobs (name, started_at, finished_at, succeeded, detail)
            values ($1, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000), $4, $5)
            on conflict (name) do update set started_at = excluded.started_at, finished_at = excluded.finished_at,
              succeeded = excluded.succeeded, detail = excluded.detail`,
            [name, startedAt, finishedAt, succeeded, detail]
          ).pipe(Effect.asVoid, Effect.mapError(failure("record"))),
        results: sql.unsafe<JobRow>(resultsQuery).pipe(
          Effect.map((rows) => rows.map(resultOf)),
          Effect.mapError(failure("results"))
        )
      })
    })
  )
