/**
 * The only place where layers are composed. A mode is a choice of layers: paper takes the paper venue, the stores are files and
 * an embedded database or memory, the sources are sockets or whatever a test plays.
 */
import { Effect, Layer } from "effect"
import { join } from "node:path"
import { ActionExecutor } from "./engine/ActionExecutor.ts"
import { Archiver } from "./engine/Archiver.ts"
import { AuditLog } from "./engine/AuditLog.ts"
import { AuditStore } from "./engine/AuditStore.ts"
import { Dispatcher } from "./engine/Dispatcher.ts"
import { Engine } from "./engine/Engine.ts"
import { EventClock } from "./engine/EventClock.ts"
import { boundAfter } from "./engine/EventId.ts"
import type { EventIdBound } from "./engine/EventId.ts"
import { EventStore } from "./engine/EventStore.ts"
import { Journal } from "./engine/Journal.ts"
import { Poison } from "./engine/Poison.ts"
import { PolicyEngine } from "./engine/PolicyEngine.ts"
import { Portfolio } from "./engine/Portfolio.ts"
import { RiskGate } from "./engine/RiskGate.ts"
import { Spool } from "./engine/Spool.ts"
import { StateManager } from "./engine/StateManager.ts"
import * as Paper from "./engine/venue/Paper.ts"
import { Workers } from "./engine/Workers.ts"
import { Settings } from "./Settings.ts"
import * as Archive from "./storage/Archive.ts"
import { FolderLock } from "./storage/file/FolderLock.ts"
import * as JournalFile from "./storage/file/JournalFile.ts"
import * as PoisonFile from "./storage/file/PoisonFile.ts"
import * as SpoolFile from "./storage/file/SpoolFile.ts"

/** Journal, spool, poison and embedded archive in a data folder, which is locked first. */
export const storesInFolder = (folder: string) =>
  Layer.mergeAll(
    JournalFile.layer(join(folder, "journal")),
    SpoolFile.layer(join(folder, "spool")),
    PoisonFile.layer(join(folder, "poison")),
    Archive.layerPglite(join(folder, "archive"))
  ).pipe(Layer.provideMerge(FolderLock.layer(folder)))

/** Everything in memory; gone with the layer. */
export const storesInMemory = Layer.mergeAll(
  Journal.layerMemory(),
  Spool.layerMemory,
  Poison.layerMemory,
  EventStore.layerMemory,
  AuditStore.layerMemory
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
      const id = record._tag === "Firing" && record.eventId > after.id ? record.eventId : after.id
      after = { id, receivedAt: Math.max(after.receivedAt, receivedAt) }
    }
    return EventClock.layer({ instance, after })
  })
)

/** The engine with paper money. Needs settings, policies, a notifier, and stores. */
export const paper = Engine.layer.pipe(
  Layer.provideMerge(PolicyEngine.layer),
  Layer.provideMerge(ActionExecutor.layer),
  Layer.provideMerge(RiskGate.layer),
  Layer.provideMerge(Paper.layer),
  Layer.provideMerge(Portfolio.layer),
  Layer.provideMerge(Layer.mergeAll(StateManager.layer, Archiver.layer, AuditLog.layer)),
  Layer.provideMerge(Dispatcher.layer),
  Layer.provideMerge(Workers.layer),
  Layer.provideMerge(clock)
)
