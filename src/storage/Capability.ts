/**
 * What a database can do beyond plain PostgreSQL: TimescaleDB's hypertables, and its continuous aggregates, compression and policies. Found out
 * once, before the first migration, and kept in the table `archive_level`; later migrations run the branch of that level.
 */
import { Effect, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** `plain`: no TimescaleDB. `hypertables`: its Apache edition. `aggregates`: all of it. */
export const Level = Schema.Literals(["plain", "hypertables", "aggregates"])
export type Level = typeof Level.Type

/** `auto`: TimescaleDB where it is loaded. `require`: an error without it. `off`: never. */
export const TimescaleMode = Schema.Literals(["auto", "require", "off"])
export type TimescaleMode = typeof TimescaleMode.Type

/** TimescaleDB is required and not there. */
export class TimescaleMissing extends Schema.TaggedError<TimescaleMissing>()("TimescaleMissing", {
  detail: Schema.String
}) {
  override get message(): string {
    return `expected a database with TimescaleDB, found ${this.detail}`
  }
}

interface Found {
  readonly installed: boolean
  readonly preloaded: boolean
  readonly available: boolean
}

const look = `select exists (select from pg_extension where extname = 'timescaledb') as installed,
  current_setting('timescaledb.disable_load', true) is not null as preloaded,
  exists (select from pg_available_extensions where name = 'timescaledb') as available`

/**
 * Creates the extension where that may be tried, and says what there is. Without preload `create extension` ends the connection, so it is tried
 * only when it is required.
 */
export const detect = Effect.fnUntraced(function*(
  mode: TimescaleMode
): Effect.fn.Return<Level, SqlError.SqlError | TimescaleMissing, SqlClient.SqlClient> {
  if (mode === "off") return "plain"
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql.unsafe<Found>(look)
  const { available = false, installed = false, preloaded = false } = found ?? {}
  if (!installed) {
    if (!available || (!preloaded && mode === "auto")) {
      if (mode === "auto") return "plain"
      return yield* new TimescaleMissing({ detail: "none: the extension is not available" })
    }
    yield* sql.unsafe("create extension if not exists timescaledb")
  }
  const [edition] = yield* sql.unsafe<{ readonly license: string | null }>(
    "select current_setting('timescaledb.license', true) as license"
  )
  return edition?.license === "timescale" ? "aggregates" : "hypertables"
})
