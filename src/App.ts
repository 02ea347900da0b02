/**
 * The only place where layers are composed. A mode is a choice of layers: paper takes the paper venue, the stores are files and
 * an embedded database or memory, the sources are sockets or whatever a test plays.
 */
import { Effect, Layer, type Redacted } from "effect"
import type { SqlClient, SqlError } from "effect/sql"
import { join } from "node:path"
import * as ControlServer from "./api/ControlServer.ts"
import { FrameTap } from "./client/FrameTap.ts"
import { marketSockets } from "./client/polymarket/clob/MarketChannel.ts"
import { asGamma } from "./client/polymarket/gamma/AsGamma.ts"
import type { ConditionId, Market } from "./domain/Market.ts"
import { ActionExecutor } from "./engine/ActionExecutor.ts"
import { Archiver } from "./engine/Archiver.ts"
import { AuditLog } from "./engine/AuditLog.ts"
import { AuditStore } from "./engine/AuditStore.ts"
import { Dispatcher } from "./engine/Dispatcher.ts"
import { Engine } from "./engine/Engine.ts"
import { EventClock } from "./engine/EventClock.ts"
import { boundAfter, firstOf } from "./engine/EventId.ts"
import type { EventIdBound } from "./engine/EventId.ts"
import { EventStore } from "./engine/EventStore.ts"
import * as Jobs from "./engine/Jobs.ts"
import { Journal } from "./engine/Journal.ts"
import { Maintenance } from "./engine/Maintenance.ts"
import { Poison } from "./engine/Poison.ts"
import { PolicyControl } from "./engine/PolicyControl.ts"
import { PolicyEngine } from "./engine/PolicyEngine.ts"
import { Portfolio } from "./engine/Portfolio.ts"
import { RiskGate } from "./engine/RiskGate.ts"
import { Spool } from "./engine/Spool.ts"
import { StateManager } from "./engine/StateManager.ts"
import * as Paper from "./engine/venue/Paper.ts"
import { Webhook } from "./engine/Webhook.ts"
import { Workers } from "./engine/Workers.ts"
import { keepOf, Settings } from "./Settings.ts"
import * as Archive from "./storage/Archive.ts"
import { type FolderError, FolderLock, type FolderLocked } from "./storage/file/FolderLock.ts"
import * as JournalFile from "./storage/file/JournalFile.ts"
import * as PoisonFile from "./storage/file/PoisonFile.ts"
import * as PolicyFolder from "./storage/file/PolicyFolder.ts"
import * as RecordingFile from "./storage/file/RecordingFile.ts"
import * as SpoolFile from "./storage/file/SpoolFile.ts"
import * as Migrate from "./storage/Migrate.ts"
import { Pglite } from "./storage/pglite/Pglite.ts"
import type { PgliteError } from "./storage/pglite/PgliteProcess.ts"
import * as EventStorePostgres from "./storage/postgres/EventStorePostgres.ts"
import * as ExportPostgres from "./storage/postgres/ExportPostgres.ts"
import * as QueriesPostgres from "./storage/postgres/QueriesPostgres.ts"
import * as StateMirror from "./storage/redis/StateMirror.ts"
import * as StateReplica from "./storage/redis/StateReplica.ts"

/** The archive as the settings want it: embedded in a folder, or on a server. */
const archive = (folder: string, database: Redacted.Redacted | undefined) =>
  Layer.unwrap(Effect.map(Settings, (settings): Layer.Layer<
    Archive.Archive,
    PgliteError | SqlError.SqlError | Migrate.MigrateError
  > => {
    const options = { keep: keepOf(settings), timescale: settings.archive.timescale }
    return database === undefined
      ? Archive.layerPglite(join(folder, "archive"), options)
      : Archive.layerServer({ url: database }, options)
  }))

/**
 * Journal, spool and poison in a data folder, which is locked first, with an archive beside them, or on a server when the address of a database
 * is given.
 */
export const storesInFolder = (folder: string, database?: Redacted.Redacted) =>
  Layer.mergeAll(
    JournalFile.layer(join(folder, "journal")),
    SpoolFile.layer(join(folder, "spool")),
    PoisonFile.layer(join(folder, "poison")),
    archive(folder, database)
  ).pipe(Layer.provideMerge(FolderLock.layer(folder)))

/** The policies of a folder as it changes, and what it is like now: take that before reading it for the first time. */
export const policyFolder = PolicyFolder.layer
export const policySignature = PolicyFolder.signatureOf

/** What the journal of a data folder holds, read without changing it; nothing where there is none. */
export const journalOf = (folder: string) => JournalFile.read(join(folder, "journal"))

/** Writes the state into Redis behind the engine's back; nothing without an address. */
export const stateMirror = (redis: Redacted.Redacted | undefined) =>
  redis === undefined ? Layer.empty : StateMirror.layer(redis)

/** The state of an engine in another process, followed over Redis: what an embedding program reads instead of `StateManager.layer`. */
export const stateReplica = StateReplica.layer

/** A client of the archive for looking into it: the server's, or that of the embedded database of a data folder, which is locked meanwhile. */
export const archiveClient = (folder: string, database?: Redacted.Redacted) =>
  Layer.unwrap(Effect.sync((): Layer.Layer<
    SqlClient.SqlClient,
    PgliteError | SqlError.SqlError | FolderLocked | FolderError
  > =>
    database === undefined
      ? Layer.provideMerge(Pglite.layer(join(folder, "archive")), FolderLock.layer(folder))
      : Archive.clientWithoutLimits({ url: database })
  ))

/**
 * Feeds made below this record the frames of the market channel into a folder, with what is known of `markets` beside them; `told` is called with
 * how it went when the layer ends.
 */
export const recording = (
  folder: string,
  markets: () => ReadonlyArray<Market>,
  told: (counts: RecordingFile.RecordingCounts) => Effect.Effect<void>
) =>
  Layer.effect(
    FrameTap,
    Effect.gen(function*() {
      yield* Effect.addFinalizer(() => Effect.suspend(() => told(file.counts())))
      const file = yield* RecordingFile.make(folder, "clob-market", () => asGamma(markets()))
      return (feed: string, bytes: Buffer, at: number) => {
        if (feed.startsWith(marketSockets)) file.write(bytes, at)
      }
    })
  )

/** The same for a running engine, which knows its markets: each as it was when its first book came, since a tick size may change later. */
export const recordingRun = (
  folder: string,
  told: (counts: RecordingFile.RecordingCounts) => Effect.Effect<void>
) =>
  Layer.unwrap(Effect.gen(function*() {
    const state = yield* StateManager
    const known = new Map<ConditionId, Market>()
    yield* Effect.sync(() => {
      for (const assetId of state.assets()) {
        const market = state.marketOf(assetId)
        if (market !== undefined && !known.has(market.conditionId)) known.set(market.conditionId, market)
      }
    }).pipe(Effect.delay("250 millis"), Effect.forever, Effect.forkScoped)
    return recording(folder, () => [...known.values()], told)
  }))

/** Questions to an archive, exports of it, and the results of its jobs, over a client. */
export const archiveReaders = Layer.mergeAll(QueriesPostgres.layer, ExportPostgres.layer)

/** What an archive holds from a time on, ms UTC, over a client. */
export const archivedSince = (from: number) => EventStorePostgres.layer({ after: firstOf(from, 0) - 1 })

/** The schema of an archive: how it stands, what is missing run, what the database has gained made use of. */
export const schema = { status: Migrate.status, migrate: Migrate.migrate, upgrade: Migrate.upgrade }

/** Everything in memory; gone with the layer. */
export const storesInMemory = Layer.mergeAll(
  Journal.layerMemory(),
  Spool.layerMemory,
  Poison.layerMemory,
  EventStore.layerMemory,
  AuditStore.layerMemory,
  Maintenance.layerMemory
)

/** Event time that continues beyond what journal and spool of earlier runs knew. */
const clock = Layer.unwrap(
  Effect.gen(function*() {
    const { instance } = yield* Settings
    const journal = yield* Journal
    const spool = yield* Spool
    let after: EventIdBound = boundAfter(spool.lastEventId)
    for (const record of journal.recovered) {
      const receivedAt = record._tag === "Intent" ? record.intent.createdAt : record.receivedAt
      const id = "eventId" in record && record.eventId > after.id ? record.eventId : after.id
      after = { id, receivedAt: Math.max(after.receivedAt, receivedAt) }
    }
    return EventClock.layer({ instance, after })
  })
)

/** What people do with a running engine, served at the socket of its data folder, whose lock is held. */
export const control = (folder: string) => ControlServer.layer(folder).pipe(Layer.provideMerge(PolicyControl.layer))

/** The engine with paper money. Needs settings, policies, a notifier, and stores. */
export const paper = Jobs.layer.pipe(
  Layer.provideMerge(Engine.layer),
  Layer.provideMerge(PolicyEngine.layer),
  Layer.provideMerge(ActionExecutor.layer),
  Layer.provideMerge(Webhook.layer),
  Layer.provideMerge(RiskGate.layer),
  Layer.provideMerge(Paper.layer),
  Layer.provideMerge(Portfolio.layer),
  Layer.provideMerge(Layer.mergeAll(StateManager.layer, Archiver.layer, AuditLog.layer)),
  Layer.provideMerge(Dispatcher.layer),
  Layer.provideMerge(Workers.layer),
  Layer.provideMerge(clock)
)
