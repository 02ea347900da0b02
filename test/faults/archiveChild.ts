/**
 * A small engine for `ArchiveKill.test.ts`: folder lock, spool, embedded archive and archiver, fed by a generator. Prints
 * `ready`, then `accepted <first> <count>` once the spool append of that many generated events has returned.
 * Usage: archiveChild.ts FOLDER FIRST COUNT; ends by itself when COUNT events are accepted and everything is stored.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, Layer } from "effect"
import { writeSync } from "node:fs"
import { join } from "node:path"
import { makeArchiver } from "../../src/engine/Archiver.ts"
import { Spool } from "../../src/engine/Spool.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { FolderLock } from "../../src/storage/file/FolderLock.ts"
import * as PoisonFile from "../../src/storage/file/PoisonFile.ts"
import * as SpoolFile from "../../src/storage/file/SpoolFile.ts"
import { mixture } from "../suites/arbitraryEvents.ts"

const [folder = "", firstText = "0", countText = "0"] = process.argv.slice(2)
const first = Number(firstText)
const last = first + Number(countText)

const say = (line: string) => Effect.sync(() => void writeSync(1, `${line}\n`))

/** The real spool, telling of every append that has returned. */
const spool = Layer.effect(
  Spool,
  Effect.gen(function*() {
    const spool = yield* Spool
    let told = first
    return Spool.of({
      ...spool,
      append: (events) =>
        Effect.tap(spool.append(events), () => {
          const line = say(`accepted ${told} ${events.length}`)
          told += events.length
          return line
        })
    })
  })
).pipe(Layer.provide(SpoolFile.layer(join(folder, "spool"), { segmentBytes: 256 * 1024 })))

const program = Effect.gen(function*() {
  let next = first
  const archiver = yield* makeArchiver({
    wait: Effect.suspend(() => (next < last ? Effect.sleep("5 millis") : Effect.never)),
    poll: () => {
      const count = Math.min(15, last - next)
      next += count
      return mixture(count, next - count)
    },
    markSpilled: () => {}
  }, { memory: 2000, checkpointEvery: 700 })
  yield* Effect.forkScoped(archiver.run)
  yield* say("ready")
  while ((yield* archiver.stats).accepted < last - first) yield* Effect.sleep("20 millis")
  yield* archiver.drain
  const counts = yield* archiver.stats
  yield* say(`counts ${JSON.stringify(counts)}`)
}).pipe(Effect.scoped)

const layers = Layer.mergeAll(
  spool,
  Archive.layerPglite(join(folder, "archive")),
  PoisonFile.layer(join(folder, "poison"))
)

await Effect.runPromise(
  program.pipe(
    Effect.provide(Layer.unwrap(Effect.as(FolderLock, layers)).pipe(Layer.provide(FolderLock.layer(folder))))
  )
)
