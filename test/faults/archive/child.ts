/**
 * A small engine for the archive's fault tests: folder lock, event clock, dispatcher, spool, archive and archiver as the real one has them, fed by a
 * generator at a steady rate. Writes lines: `ready`, `accepted id:print,…` once the spool append of these events has returned, `stats JSON`, and at
 * the end `counts JSON`. Takes lines: `rate N`, and `drain`, after which it ends by itself.
 * Usage: child.ts JSON, see `Asked.ts`.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Deferred, Effect, FiberSet, Layer, Redacted } from "effect"
import { writeSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { Archiver } from "../../../src/engine/Archiver.ts"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { boundAfter } from "../../../src/engine/EventId.ts"
import { EventStore } from "../../../src/engine/EventStore.ts"
import { type MarketEvent, unstamped } from "../../../src/engine/MarketEvent.ts"
import { Spool } from "../../../src/engine/Spool.ts"
import { Workers } from "../../../src/engine/Workers.ts"
import { Settings } from "../../../src/Settings.ts"
import * as Archive from "../../../src/storage/Archive.ts"
import { FolderLock } from "../../../src/storage/file/FolderLock.ts"
import * as PoisonFile from "../../../src/storage/file/PoisonFile.ts"
import * as SpoolFile from "../../../src/storage/file/SpoolFile.ts"
import { mixture } from "../../suites/arbitraryEvents.ts"
import type { Asked, Stats } from "./Asked.ts"
import { digestOf } from "./Digest.ts"

const asked = JSON.parse(process.argv[2] ?? "{}") as Asked
const { folder } = asked

/** Writes at once, whatever the pipe: what is told was true when the process was killed. */
const say = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written)
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== "EAGAIN") throw failure
    }
  }
}

const print = asked.digests === false
  ? (event: MarketEvent) => String(event.id)
  : (event: MarketEvent) => `${event.id}:${digestOf(event)}`

/** The real spool, telling of every append that has returned. */
const spool = Layer.effect(
  Spool,
  Effect.map(Spool, (spool) =>
    Spool.of({
      ...spool,
      append: (events) =>
        Effect.suspend(() => {
          const line = `accepted ${events.map(print).join(",")}`
          return Effect.tap(spool.append(events), () => Effect.sync(() => say(line)))
        })
    }))
).pipe(
  Layer.provide(
    SpoolFile.layer(
      asked.spool ?? join(folder, "spool"),
      asked.segmentBytes === undefined ? {} : { segmentBytes: asked.segmentBytes }
    )
  )
)

let batches: Array<Stats["batches"][number]> = []

/** The real store, noting its batches. */
const store = Layer.effect(
  EventStore,
  Effect.gen(function*() {
    const store = yield* EventStore
    const clock = yield* EventClock
    return EventStore.of({
      ...store,
      append: (tag, events) =>
        Effect.tap(store.append(tag, events), () =>
          Effect.sync(() => {
            batches.push({ rows: events.length, after: clock.now() - (events[0]?.receivedAt ?? 0) })
          }))
    })
  })
).pipe(Layer.provide(
  asked.url === undefined
    ? Archive.layerPglite(asked.archive ?? join(folder, "archive"))
    : Archive.layerServer({ url: Redacted.make(asked.url) })
))

const clock = Layer.unwrap(
  Effect.map(Spool, ({ lastEventId }) => EventClock.layer({ instance: 0, after: boundAfter(lastEventId) }))
)

const limits = {
  ...(asked.memory === undefined ? {} : { memory: asked.memory }),
  ...(asked.checkpointEvery === undefined ? {} : { checkpointEvery: asked.checkpointEvery })
}

const layers = Archiver.layerWith(limits).pipe(
  Layer.provideMerge(store),
  Layer.provideMerge(Dispatcher.layer),
  Layer.provideMerge(clock),
  Layer.provideMerge(Layer.mergeAll(
    spool,
    PoisonFile.layer(join(folder, "poison")),
    Workers.layer,
    Settings.layerDefault
  ))
)

/** Events as a feed makes them: not stamped yet. */
const fresh = (count: number, first: number): ReadonlyArray<MarketEvent> =>
  mixture(count, first).map((event) => ({ ...event, id: unstamped, receivedAt: 0, time: 0 }))

const program = Effect.gen(function*() {
  const dispatcher = yield* Dispatcher
  const archiver = yield* Archiver
  const workers = yield* Workers
  const end = yield* Deferred.make<void>()
  let rate = asked.rate
  let began = performance.now()
  let due = 0
  let next = asked.first
  const input = createInterface({ input: process.stdin })
  yield* Effect.addFinalizer(() => Effect.sync(() => input.close()))
  input.on("line", (line) => {
    const [word, value] = line.split(" ")
    if (word === "rate") {
      due += rate * (performance.now() - began) / 1_000
      began = performance.now()
      rate = Number(value)
    } else if (word === "drain") Deferred.doneUnsafe(end, Effect.void)
  })
  const readyAt = performance.now()
  const cpu = process.threadCpuUsage()
  const tell = Effect.gen(function*() {
    const { user, system } = process.threadCpuUsage(cpu)
    const { heapUsed, rss } = process.memoryUsage()
    const stats: Stats = {
      ...(yield* archiver.stats),
      at: Math.round(performance.now() - readyAt),
      published: next - asked.first,
      rss,
      heap: heapUsed,
      cpu: user + system,
      batches
    }
    batches = []
    say(`stats ${JSON.stringify(stats)}`)
  })
  say("ready")
  const publishing = Effect.gen(function*() {
    while (true) {
      const want = asked.first + Math.floor(due + rate * (performance.now() - began) / 1_000)
      while (next < want) {
        const events = fresh(Math.min(50, want - next), next)
        next += events.length
        dispatcher.publish({ events, arrivedAt: performance.now() })
      }
      yield* Effect.sleep("4 millis")
    }
  })
  yield* Effect.raceAll([
    publishing,
    Effect.forever(Effect.andThen(Effect.sleep("250 millis"), tell)),
    Deferred.await(end),
    FiberSet.join(workers)
  ])
  yield* archiver.drain
  yield* tell
  say(`counts ${JSON.stringify(yield* archiver.stats)}`)
}).pipe(Effect.scoped)

await Effect.runPromise(
  program.pipe(
    Effect.provide(Layer.unwrap(Effect.as(FolderLock, layers)).pipe(Layer.provide(FolderLock.layer(folder))))
  )
)
