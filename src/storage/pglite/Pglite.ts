/**
 * PostgreSQL inside the process: PGlite in a worker thread under the same client as a server, for folders and for memory.
 *
 * Safe against kill -9 when a statement has returned, against power loss up to the last `CHECKPOINT` with `sync` after it.
 * Nothing protects the folder from a second process: take `FolderLock` first. A folder that does not open is moved aside
 * and a new one started; `movedAside` then says where the old one is. The client has one connection.
 */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { existsSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as PgliteDuplex from "./PgliteDuplex.ts"
import { ask, PgliteError, type PgliteProcess, start } from "./PgliteProcess.ts"

/** Written once a folder has opened, before any row is stored: without it the folder was never finished. */
const finished = "READY"

/** The embedded database, for its housekeeping. */
export class Pglite extends Context.Service<Pglite, {
  /** Where a folder went that did not open at start; `undefined` when all was well. */
  readonly movedAside: string | undefined
  /** Syncs every file of the folder to the disk. */
  readonly sync: Effect.Effect<void, PgliteError>
}>()("polymarket-hft/storage/pglite/Pglite") {
  /** A database in `folder`, made when it is not there. */
  static readonly layer = (
    folder: string
  ): Layer.Layer<Pglite | PgClient.PgClient | SqlClient.SqlClient, PgliteError | SqlError.SqlError> =>
    layerOf(openFolder(folder))

  /** A database that is gone with the layer; for tests and benches. */
  static readonly layerMemory: Layer.Layer<
    Pglite | PgClient.PgClient | SqlClient.SqlClient,
    PgliteError | SqlError.SqlError
  > = Layer.suspend(() => layerOf(Effect.map(start(undefined), (process) => ({ process, movedAside: undefined }))))
}

const layerOf = <R>(
  open: Effect.Effect<{ readonly process: PgliteProcess; readonly movedAside: string | undefined }, PgliteError, R>
) =>
  Layer.unwrap(Effect.map(open, ({ movedAside, process }) =>
    Layer.merge(
      Layer.succeed(Pglite, Pglite.of({ movedAside, sync: ask(process, { kind: "sync" }) })),
      PgClient.layer({
        stream: () => PgliteDuplex.make(process),
        username: "postgres",
        database: "postgres",
        maxConnections: 1,
        minConnections: 1
      })
    )))

const openFolder = Effect.fnUntraced(function*(folder: string) {
  yield* file(() => mkdir(join(folder, ".."), { recursive: true, mode: 0o700 }))
  if (existsSync(folder) && !existsSync(join(folder, finished))) {
    yield* Effect.logWarning(`PGlite: ${folder} was never finished and is made again`)
    yield* file(() => rm(folder, { recursive: true, force: true }))
  }
  if (!existsSync(folder)) return { process: yield* create(folder), movedAside: undefined }
  return yield* start(folder).pipe(
    Effect.retry({ times: 1 }),
    Effect.map((process) => ({ process, movedAside: undefined })),
    Effect.catch((failure) => replace(folder, failure))
  )
})

const create = Effect.fnUntraced(function*(folder: string) {
  const process = yield* start(folder)
  yield* file(() => writeFile(join(folder, finished), "", { mode: 0o600, flush: true }))
  return process
})

/** Moves a folder that does not open aside; puts it back when a new one does not open either. */
const replace = Effect.fnUntraced(function*(folder: string, failure: PgliteError) {
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const aside = `${folder}.unreadable-${new Date(now).toISOString().replace(/[:.]/g, "")}`
  yield* Effect.logError(`PGlite: ${folder} does not open (${failure.detail}), it is moved to ${aside}`)
  yield* file(() => rename(folder, aside))
  const process = yield* create(folder).pipe(
    Effect.tapError(() =>
      Effect.ignore(file(async () => {
        await rm(folder, { recursive: true, force: true })
        await rename(aside, folder)
      }))
    )
  )
  return { process, movedAside: aside }
})

const file = <A>(run: () => Promise<A>): Effect.Effect<A, PgliteError> =>
  Effect.tryPromise({ try: run, catch: (failure) => new PgliteError({ detail: String(failure) }) })
