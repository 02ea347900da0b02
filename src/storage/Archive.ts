/**
 * The archive's layers, ready to compose: embedded in a folder, in memory, or on a PostgreSQL server. Each migrates its
 * database and gives `EventStore` and `AuditStore`.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, type Redacted, Ref } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Unavailable } from "../domain/Failure.ts"
import type { AuditStore } from "../engine/AuditStore.ts"
import type { EventStore } from "../engine/EventStore.ts"
import { migrate, type MigrateError } from "./Migrate.ts"
import { Pglite } from "./pglite/Pglite.ts"
import type { PgliteError } from "./pglite/PgliteProcess.ts"
import * as AuditStorePostgres from "./postgres/AuditStorePostgres.ts"
import * as EventStorePostgres from "./postgres/EventStorePostgres.ts"
import { reasonOf } from "./postgres/Failures.ts"
import { tables } from "./postgres/Tables.ts"

/** What an archive gives. */
export type Archive = EventStore | AuditStore

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

const embedded = Layer.unwrap(
  Effect.gen(function*() {
    yield* migrate
    const checkpoint = yield* housekeeping
    const { movedAside } = yield* Pglite
    const lost = movedAside === undefined ? {} : { lost: `an archive that did not open was moved to ${movedAside}` }
    return Layer.merge(EventStorePostgres.layer({ checkpoint, ...lost }), AuditStorePostgres.layer)
  })
)

/** The embedded archive in `folder`; `Pglite` tells whether an unreadable one was moved aside. */
export const layerPglite = (
  folder: string
): Layer.Layer<
  Archive | Pglite | PgClient.PgClient | SqlClient.SqlClient,
  PgliteError | SqlError.SqlError | MigrateError
> => Layer.provideMerge(embedded, Pglite.layer(folder))

/** The embedded archive without a folder; for tests and benches. */
export const layerPgliteMemory: Layer.Layer<
  Archive | Pglite | PgClient.PgClient | SqlClient.SqlClient,
  PgliteError | SqlError.SqlError | MigrateError
> = Layer.provideMerge(embedded, Pglite.layerMemory)

/** Longest wait for a statement on a server; the server itself gives up a little earlier. */
const statementTimeout = "5 seconds"

/** The archive on a server, by URL or, for tests, by other settings of the client. */
export const layerServer = (
  server: { readonly url: Redacted.Redacted } | { readonly path: string; readonly username: string }
): Layer.Layer<Archive | PgClient.PgClient | SqlClient.SqlClient, SqlError.SqlError | MigrateError> =>
  Layer.unwrap(
    Effect.as(
      migrate,
      Layer.merge(EventStorePostgres.layer({ timeout: statementTimeout }), AuditStorePostgres.layer)
    )
  ).pipe(
    Layer.provideMerge(PgClient.layer({
      ...server,
      maxConnections: 8,
      connectTimeout: statementTimeout,
      startupParameters: { statement_timeout: "4500", lock_timeout: "4500" }
    }))
  )
