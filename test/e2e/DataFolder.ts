/** Reads what an engine left in its data folder, for judging it. Spool and journal are only looked at, never changed. */
import { Effect, Exit, Schema, Stream } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { EventStore } from "../../src/engine/EventStore.ts"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import { MarketEvent } from "../../src/engine/MarketEvent.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { recover } from "../../src/storage/file/JournalFile.ts"
import * as Segments from "../../src/storage/file/Segments.ts"

const decode = Schema.decodeUnknownSync(Schema.Array(MarketEvent))

/** Everything archived, by event id; opens the embedded database, so the engine must have ended. */
export const archived = (data: string): Effect.Effect<ReadonlyArray<MarketEvent>> =>
  Effect.gen(function*() {
    const store = yield* EventStore
    return yield* Stream.runCollect(store.replay)
  }).pipe(Effect.provide(Archive.layerPglite(join(data, "archive"))), Effect.orDie)

/** Every event in the spool's files, in order: accepted and not released yet. */
export const spooled = (data: string): Effect.Effect<ReadonlyArray<MarketEvent>> =>
  Effect.promise(async () => {
    const folder = join(data, "spool")
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{16}\.spool$/.test(name)).sort() : []
    const events: Array<MarketEvent> = []
    for (const name of names) {
      const segment = { path: join(folder, name), first: Number(name.slice(0, 16)), marks: [] }
      const { chunks } = await Segments.read(segment, 0, Number.MAX_SAFE_INTEGER)
      for (const { json } of chunks) events.push(...decode(JSON.parse(json)))
    }
    return events
  })

/** Every record of the journal that a restart would find. */
export const journaled = (data: string): ReadonlyArray<JournalRecord> => {
  const path = join(data, "journal")
  if (!existsSync(path)) return []
  const recovered = recover(readFileSync(path), path)
  if (Exit.isFailure(recovered)) throw new Error(`the journal cannot be read: ${String(recovered.cause)}`)
  return recovered.value.records
}
