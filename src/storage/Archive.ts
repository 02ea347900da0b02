/**
 * The archive's layers, ready to compose: embedded in a folder, in memory, or on a PostgreSQL server with or without TimescaleDB. Each migrates
 * its database and gives `EventStore`, `AuditStore` and `Maintenance`.
 */
import { PgClient } from "@effect/sql-pg"
import { type Duration, Effect, Layer, type Redacted, Ref } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type Reason, Unavailable } from "../domain/Failure.ts"
import type { AuditStore } from "../engine/AuditStore.ts"
import type { EventStore } from "../engine/EventStore.ts"
import type { Keep, Maintenance } from "../engine/Maintenance.ts"
import type { TimescaleMode } from "./Capability.ts"
import { migrate, type MigrateError } from "./Migrate.ts"
import { Pglite } from "./pglite/Pglite.ts"
import type { PgliteError } from "./pglite/PgliteProcess.ts"
import * as AuditStorePostgres from "./postgres/AuditStorePostgres.ts"
import * as Candles from "./postgres/Candles.ts"
import * as EventStorePostgres from "./postgres/EventStorePostgres.ts"
import { reasonOf } from "./postgres/Failures.ts"
import * as MaintenancePostgres from "./postgres/MaintenancePostgres.ts"
import { tables } from "./postgres/Tables.ts"

/** What an archive gives. */
export type Archive = EventStore | AuditStore | Maintenance

/** How an archive treats its database. */
export interface Options {
  /** What TimescaleDB is wanted for; "auto" unless told. */
  readonly timescale?: TimescaleMode
  /** How long rows are kept; for ever unless told. */
  readonly keep?: Keep
  /** False: the schema is there and newest. */
  readonly migrate?: boolean
}

interface Own {
  readonly timeout?: Duration.Input
  readonly checkpoint?: Effect.Effect<void, Reason>
  readonly lost?: string
}

/** The stores over a client's database, which is migrated first. */
const stores = Effect.fnUntraced(function*(options: Options, own: Own) {
  if (options.migrate !== false) yield* migrate(options.timescale)
  const candles = yield* Candles.make
  const keep: Keep = options.keep ?? new Map()
  // Candles of late rows are right before the spool may forget the rows.
  const settle = Effect.mapError(candles.settle, (error) => reasonOf("archive", error))
  const checkpoint = Effect.andThen(settle, own.checkpoint ?? Effect.void)
  return Layer.mergeAll(
    EventStorePostgres.layer({ ...own, checkpoint, stored: candles.stored }),
    AuditStorePostgres.layer,
    MaintenancePostgres.layer(candles, keep)
  )
})

/** The archive in the database of a client. */
export const layerClient = (
  options: Options = {}
): Layer.Layer<Archive, SqlError.SqlError | MigrateError, SqlClient.SqlClient> => Layer.unwrap(stores(options, {}))

/**
 * Writes what was committed to the folder and syncs it, then vacuums one table, the next one each time: PGlite does
 * neither by itself, and all tables at once would hold up the archive.
 */
const housekeeping = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const pglite = yield* Pglite
  const turn = yield* Ref.make(0)
  const names = [...tables.values()].map((table) => table.name)
  return Effect.gen(function*() {
    yield* sql.unsafe("checkpoint")
    yield* pglite.sync
    const next = yield* Ref.getAndUpdate(turn, (n) => (n + 1) % names.length)
    yield* sql.unsafe(`vacuum (analyze) ${names[next]}`)
  }).pipe(
    Effect.mapError((failure) =>
      failure._tag === "SqlError"
        ? reasonOf("archive", failure)
        : new Unavailable({ where: "archive", detail: failure.message })
    )
  )
})

const embedded = (options: Options) =>
  Layer.unwrap(
    Effect.gen(function*() {
      const checkpoint = yield* housekeeping
      const { movedAside } = yield* Pglite
      const lost = movedAside === undefined ? {} : { lost: `an archive that did not open was moved to ${movedAside}` }
      return yield* stores({ ...options, timescale: "off" }, { checkpoint, ...lost })
    })
  )

/** What an embedded archive gives. */
export type Embedded = Layer.Layer<
  Archive | Pglite | PgClient.PgClient | SqlClient.SqlClient,
  PgliteError | SqlError.SqlError | MigrateError
>

/** The embedded archive in `folder`; `Pglite` tells whether an unreadable one was moved aside. */
export const layerPglite = (folder: string, options: Options = {}): Embedded =>
  Layer.provideMerge(embedded(options), Pglite.layer(folder))

/** The embedded archive without a folder; for tests and benches. */
export const layerPgliteMemory: Embedded = Layer.provideMerge(embedded({}), Pglite.layerMemory)

/** Longest wait for a statement on a server; the server itself gives up a little earlier. */
const statementTimeout = "5 seconds"

/** A server, by URL or, for tests, by the path of its socket. */
export type Server = { readonly url: Redacted.Redacted } | {
  readonly path: string
  readonly username: string
  readonly database?: string
}

/** A server's client with limits on everything. */
export const clientOf = (server: Server) =>
  PgClient.layer({
    ...server,
    maxConnections: 8,
    connectTimeout: statementTimeout,
    startupParameters: { statement_timeout: "4500", lock_timeout: "4500" }
  })

/** A server's client that waits for statements as long as they take: for schema changes and large questions. */
export const clientWithoutLimits = (server: Server) =>
  PgClient.layer({ ...server, maxConnections: 2, connectTimeout: statementTimeout })

/** The archive on a server. */
export const layerServer = (
  server: Server,
  options: Options = {}
): Layer.Layer<Archive | PgClient.PgClient | SqlClient.SqlClient, SqlError.SqlError | MigrateError> =>
  Layer.unwrap(stores(options, { timeout: statementTimeout })).pipe(Layer.provideMerge(clientOf(server)))
