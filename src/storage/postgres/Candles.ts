/**
 * Keeps candles and volumes right when rows come late: after an outage, an import, a replay of the spool. TimescaleDB remembers changes only as
 * far back as its policies look; the views of plain PostgreSQL have stored what lies before their watermark. So the minutes of late rows are
 * remembered until they have been made anew, which is before the spool may forget the rows.
 */
import { Clock, Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { MarketEvent } from "../../engine/MarketEvent.ts"
import { Level } from "../Capability.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Minutes at most this far apart are made anew together. */
const together = 10 * minute

/** Most of time that one statement rolls up. */
const step = 10 * minute

/** A stretch of time, ms, the end not included. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** The windows that hold these minutes. Pure. */
export const windowsOf = (minutes: Iterable<number>): ReadonlyArray<Window> => {
  const windows: Array<Window> = []
  for (const at of [...minutes].sort((a, b) => a - b)) {
    const last = windows.at(-1)
    if (last !== undefined && at - last.to <= together) {
      windows[windows.length - 1] = { from: last.from, to: at + minute }
    } else windows.push({ from: at, to: at + minute })
  }
  return windows
}

/** Rolls up and repairs candles. */
export interface Candles {
  /** To be called with what was stored, after it was. */
  readonly stored: (events: ReadonlyArray<MarketEvent>) => Effect.Effect<void>
  /** Makes anew what late rows touched; minutes whose other rows were removed already are left as they are. */
  readonly settle: Effect.Effect<void, SqlError.SqlError>
  /** Stores the minutes that are over, where the database does not do so by itself. */
  readonly rollUp: Effect.Effect<void, SqlError.SqlError>
}

const floor = (at: number, unit: number) => Math.floor(at / unit) * unit
const stamp = (at: number) => `timestamptz '${new Date(at).toISOString()}'`

/** Over a migrated database. */
export const make: Effect.Effect<Candles, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql.unsafe<{ readonly level: string }>("select level from archive_level")
  const aggregates = row?.level === Level.literals[2]
  let late = new Set<number>()

  const stored = (events: ReadonlyArray<MarketEvent>) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const before = floor(now - minute, minute)
      for (const { _tag, time } of events) {
        if (time < before && (_tag === "PriceUpdate" || _tag === "Trade")) late.add(floor(time, minute))
      }
    })

  /**
   * Makes the buckets of a window anew, those a policy would not have made yet left out: once made, a bucket that goes on filling would hide
   * what comes.
   */
  const refresh = (view: string, unit: number, { from, to }: Window): Effect.Effect<void, SqlError.SqlError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const first = floor(from, unit)
      const end = Math.min(floor(to - 1, unit) + unit, floor(now - unit, unit))
      return first >= end
        ? Effect.void
        : Effect.asVoid(sql.unsafe(`call refresh_continuous_aggregate('${view}', ${stamp(first)}, ${stamp(end)})`))
    })

  const redo = (window: Window): Effect.Effect<void, SqlError.SqlError> =>
    aggregates
      ? Effect.gen(function*() {
        yield* refresh("candles_1m", minute, window)
        yield* refresh("volume_1m", minute, window)
        yield* refresh("candles_1h", hour, window)
        yield* refresh("candles_1d", day, window)
      })
      : Effect.asVoid(sql.unsafe(`select redo_minutes(${stamp(window.from)}, ${stamp(window.to)})`))

  const settle = Effect.suspend(() => {
    if (late.size === 0) return Effect.void
    const minutes = late
    late = new Set()
    return Effect.gen(function*() {
      const oldest = (yield* at(removed)) ?? -Infinity
      yield* Effect.forEach(windowsOf([...minutes].filter((minute) => minute >= oldest)), redo, { discard: true })
    }).pipe(
      Effect.tapError(() =>
        Effect.sync(() => {
          for (const minute of minutes) late.add(minute)
        })
      )
    )
  })

  const removed = `select (extract(epoch from max(removed_before)) * 1000)::bigint as time from retention
    where table_name in ('prices', 'trades')`
  const beginning = `select (extract(epoch from least(
    (select min(time) from prices), (select min(time) from trades))) * 1000)::bigint as time`
  const watermark = `select case when watermark = '-infinity' then null
    else (extract(epoch from watermark) * 1000)::bigint end as time from rollup_watermark`

  const at = (text: string) =>
    Effect.map(
      sql.unsafe<{ readonly time: bigint | null }>(text),
      ([first]) => first === undefined || first.time === null ? undefined : Number(first.time)
    )

  const rollUp = aggregates ? Effect.void : Effect.gen(function*() {
    const end = floor((yield* Clock.currentTimeMillis) - minute, minute)
    let from = (yield* at(watermark)) ?? floor((yield* at(beginning)) ?? end, minute)
    if (from >= end) return
    while (from < end) {
      const to = Math.min(from + step, end)
      yield* sql.withTransaction(Effect.andThen(
        sql.unsafe(`select redo_minutes(${stamp(from)}, ${stamp(to)})`),
        sql.unsafe(`update rollup_watermark set watermark = ${stamp(to)} where watermark < ${stamp(to)}`)
      ))
      from = to
    }
  })

  return { stored, settle, rollUp }
})
