/**
 * The archiver over a spool on disk: as many events as it takes, in batches of 100 and, when it is behind, of up to 1,000; then a steady stream, with
 * the time it costs the thread it runs in. A store that is gone with each measurement.
 */
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { makeArchiver } from "../../../src/engine/Archiver.ts"
import type { EventStore } from "../../../src/engine/EventStore.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Poison } from "../../../src/engine/Poison.ts"
import * as Archive from "../../../src/storage/Archive.ts"
import * as SpoolFile from "../../../src/storage/file/SpoolFile.ts"
import { prices } from "../../suites/arbitraryEvents.ts"
import { serve } from "../Process.ts"
import type { Asked, Measured } from "./Asked.ts"

/** Events of one socket read. */
const chunk = 50

/** Where events wait until the archiver takes them. */
const makeSource = () => {
  let waiting: Array<MarketEvent> = []
  let wake: (() => void) | undefined
  return {
    push: (events: ReadonlyArray<MarketEvent>) => {
      waiting.push(...events)
      wake?.()
      wake = undefined
    },
    wait: Effect.callback<void>((resume) => {
      if (waiting.length > 0) return resume(Effect.void)
      wake = () => resume(Effect.void)
    }),
    poll: () => {
      const taken = waiting
      waiting = []
      return taken
    },
    markSpilled: () => {}
  }
}

const measure = ({ first, count, rate }: Asked): Effect.Effect<Measured, never, EventStore | SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const events = prices(count, first)
    const source = makeSource()
    const archiver = yield* makeArchiver(source, { gather: 10 })
    yield* Effect.forkScoped(archiver.run)
    const cpu = process.threadCpuUsage()
    const began = performance.now()
    if (rate === undefined) {
      // No more than a little ahead of the spool, as a dispatcher's queue would be.
      for (let index = 0; index < count; index += 5_000) {
        source.push(events.slice(index, index + 5_000))
        while ((yield* archiver.stats).accepted < index) yield* Effect.sleep("1 millis")
      }
    } else {
      for (let sent = 0; sent < count;) {
        const due = Math.min(count, Math.floor((performance.now() - began) / 1_000 * rate))
        while (sent < due) {
          source.push(events.slice(sent, Math.min(sent + chunk, due)))
          sent = Math.min(sent + chunk, due)
        }
        yield* Effect.sleep("4 millis")
      }
    }
    yield* archiver.drain
    const seconds = (performance.now() - began) / 1_000
    const used = process.threadCpuUsage(cpu)
    const { stored } = yield* archiver.stats
    if (stored !== count) return yield* Effect.die(new Error(`${stored} of ${count} stored`))
    return { perSecond: count / seconds, cpuMicros: (used.user + used.system) / count }
  }).pipe(Effect.scoped, Effect.provide([SpoolFile.layer(folder()), Poison.layerMemory]), Effect.orDie)

const made: Array<string> = []
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "polymarket-hft-bench-"))
  made.push(path)
  return path
}

const storeOf = ({ url }: Asked) =>
  url === undefined ? Archive.layerPglite(join(folder(), "archive")) : Archive.layerServer({ url: Redacted.make(url) })

serve((asked: Asked) =>
  Effect.runPromise(
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      // Warm, then empty.
      yield* measure({ ...asked, first: 10_000_000, count: 5_000, rate: undefined })
      yield* sql.unsafe("truncate prices")
      return yield* measure(asked)
    }).pipe(Effect.provide(storeOf(asked).pipe(Layer.fresh)), Effect.orDie)
  ).finally(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
  })
)
