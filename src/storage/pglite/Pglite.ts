/**
 * PostgreSQL inside the process: PGlite in a worker thread under the same client as a server, for folders and for memory.
 *
 * Safe against kill -9 when a statement has returned, against power loss up to the last `CHECKPOINT` with `sync` after it.
 * Nothing protects the folder from a second process: take `FolderLock` first. A folder that does not open is moved aside
 * and a new one started; `movedAside` then says where the old one is. One that was never finished, or is no database at
 * all, is moved aside too, since what is in it may be somebody else's. A thread that dies is replaced, statements fail
 * meanwhile. The client has one connection.
 */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Schedule, Scope } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { existsSync } from "node:fs"
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises"
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
  /** Ends the thread as it is, as kill -9 would; another one opens the folder again. What was under way fails. */
  readonly restart: Effect.Effect<void>
}>()("polymarket-hft/storage/pglite/Pglite") {
  /** A database in `folder`, made when it is not there. */
  static readonly layer = (
    folder: string
  ): Layer.Layer<Pglite | PgClient.PgClient | SqlClient.SqlClient, PgliteError | SqlError.SqlError> =>
    layerOf(folder, openFolder(folder))

  /** A database that is gone with the layer; for tests and benches. */
  static readonly layerMemory: Layer.Layer<
    Pglite | PgClient.PgClient | SqlClient.SqlClient,
    PgliteError | SqlError.SqlError
  > = Layer.suspend(() =>
    layerOf(undefined, Effect.map(start(undefined), (process) => ({ process, movedAside: undefined })))
  )
}

interface Opened {
  readonly process: PgliteProcess
  readonly movedAside: string | undefined
}

const layerOf = (folder: string | undefined, open: Effect.Effect<Opened, PgliteError, Scope.Scope>) =>
  Layer.unwrap(Effect.map(supervised(folder, open), ({ current, movedAside }) =>
    Layer.merge(
      Layer.succeed(
        Pglite,
        Pglite.of({
          movedAside,
          sync: Effect.suspend(() => ask(current(), { kind: "sync" })),
          restart: Effect.suspend(() => current().kill)
        })
      ),
      PgClient.layer({
        stream: () => PgliteDuplex.make(current()),
        username: "postgres",
        database: "postgres",
        maxConnections: 1,
        minConnections: 1
      })
    )))

/** Opens the database and, when its thread dies, opens it again for as long as the scope lives. */
const supervised = Effect.fnUntraced(function*(
  folder: string | undefined,
  open: Effect.Effect<Opened, PgliteError, Scope.Scope>
) {
  const { movedAside, process } = yield* open
  let current = process
  // Closed after the loop that fills it has ended, else the loop would replace what is being closed.
  const replacements = yield* Effect.acquireRelease(Scope.make(), Scope.close)
  yield* Effect.gen(function*() {
    while (true) {
      yield* current.ended
      yield* Effect.logError("PGlite: its thread ended, another one is started")
      current = yield* Effect.retry(Scope.provide(start(folder), replacements), Schedule.spaced("1 second"))
    }
  }).pipe(Effect.forkScoped)
  return { current: () => current, movedAside }
})

const openFolder = Effect.fnUntraced(function*(folder: string) {
  yield* file(() => mkdir(join(folder, ".."), { recursive: true, mode: 0o700 }))
  if (!existsSync(join(folder, finished)) && (yield* file(() => isInhabited(folder)))) {
    const aside = yield* asideOf(folder, "unfinished")
    yield* Effect.logWarning(`PGlite: ${folder} is no finished database, it is moved to ${aside}`)
    yield* file(() => rename(folder, aside))
  }
  if (!existsSync(join(folder, finished))) return { process: yield* create(folder), movedAside: undefined }
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
  const aside = yield* asideOf(folder, "unreadable")
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

/** A name beside the folder that says why it was moved there, and when. */
const asideOf = (folder: string, why: string): Effect.Effect<string> =>
  Effect.clockWith((clock) => clock.currentTimeMillis).pipe(
    Effect.map((now) => `${folder}.${why}-${new Date(now).toISOString().replace(/[:.]/g, "")}`)
  )

/** True when something is there that is not an empty folder. */
const isInhabited = async (path: string): Promise<boolean> => {
  if (!existsSync(path)) return false
  return !(await stat(path)).isDirectory() || (await readdir(path)).length > 0
}

const file = <A>(run: () => Promise<A>): Effect.Effect<A, PgliteError> =>
  Effect.tryPromise({ try: run, catch: (failure) => new PgliteError({ detail: String(failure) }) })
