/**
 * Takes events off the dispatcher and gets them into the store, each exactly once. A chunk is appended to the spool before
 * anything else: from then on it is accepted, and survives kill -9. The store is fed from memory while it keeps up and from
 * the spool when it does not, a batch per table at a time; the spool is released once what it holds is stored and
 * checkpointed. What an earlier run left is stored by the next one.
 *
 * Counts are of this run: `accepted` = `stored` + `poison` once drained. What an earlier run had accepted is counted in
 * `recovered` alone.
 */
import { Clock, Context, Effect, FiberSet, Latch, Layer, Semaphore, Stream } from "effect"
import { Settings } from "../Settings.ts"
import { Frontier } from "./archiver/Frontier.ts"
import { type Gap, gapEvent, Lost } from "./archiver/Gap.ts"
import { Lane, type Pending, weightOf } from "./archiver/Lane.ts"
import { backoff, storeBatch } from "./archiver/StoreBatch.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { millisecondOf } from "./EventId.ts"
import { archivedTags, EventStore, tagsFor } from "./EventStore.ts"
import type { MarketEvent } from "./MarketEvent.ts"
import type { Poison } from "./Poison.ts"
import { Spool, type SpoolPosition } from "./Spool.ts"
import { Workers } from "./Workers.ts"

/** What became of the events of this run. */
export interface ArchiveCounts {
  /** Appended to the spool. */
  readonly accepted: number
  /** Accepted and committed, or found there already. */
  readonly stored: number
  /** Accepted and left on disk because the store did not keep up; they are stored from there. */
  readonly spilled: number
  /** Accepted and put aside because the store will never take them. */
  readonly poison: number
  /** Left by an earlier run, and stored or put aside now. */
  readonly recovered: number
  /** Lost: the spool could not be written. */
  readonly shed: number
}

/** Where events come from. */
export interface Source {
  /** Waits until there is something to take. */
  readonly wait: Effect.Effect<void>
  /** Everything that waits now, which may be nothing. */
  readonly poll: () => ReadonlyArray<MarketEvent>
  /** Told how many events were left on disk for later. */
  readonly markSpilled: (count: number) => void
}

/** Limits of the archiver. */
export interface Options {
  /** Events kept in memory at most, books counting as `weightOf` says; beyond that they wait on disk. 10,000 unless told: some 10 MB. */
  readonly memory?: number
  /** How long more may come before what has come is spooled, ms; each append costs a write. 0 unless told. */
  readonly gather?: number
  /** Between two releases of the spool, ms. */
  readonly checkpointEvery?: number
  /** Told of every hole in the archive. */
  readonly onGap?: (gap: Gap) => void
}

/** How long the running engine gathers events, ms: what a crash may take with it. */
const gather = 10

/** The longest an ending layer waits for the store, ms: first hand, or again. What is left is stored by the next run. */
const patience = 5_000
const morePatience = 500

/** Between two releases of a spool that takes no more, ms. */
const pauseOfRelease = 1_000

export class Archiver extends Context.Service<Archiver, {
  /** Takes, spools and stores, for ever. */
  readonly run: Effect.Effect<never>
  /** Waits until everything an earlier run left is on its way to the store; `run` begins with it. */
  readonly recover: Effect.Effect<void>
  /** Waits until everything accepted, and everything that waits at the source, is stored, and releases the spool. */
  readonly drain: Effect.Effect<void>
  readonly stats: Effect.Effect<ArchiveCounts>
}>()("polymarket-hft/engine/Archiver") {
  /** Subscribes to the dispatcher, runs among the workers, and drains when the layer ends. */
  static readonly layerWith = (options: Omit<Options, "onGap">) =>
    Layer.effect(
      Archiver,
      Effect.gen(function*() {
        const settings = yield* Settings
        const dispatcher = yield* Dispatcher
        const workers = yield* Workers
        const source = yield* dispatcher.subscribe({
          name: "archiver",
          capacity: settings.queues.archiver,
          overflow: "spill",
          tags: tagsFor(settings.archive.books),
          speakersOnly: true
        })
        const onGap = (gap: Gap) => dispatcher.publish({ events: [gapEvent(gap)], arrivedAt: performance.now() })
        const archiver = yield* makeArchiver(source, { gather, ...options, onGap })
        yield* FiberSet.run(workers, archiver.run)
        const { lastEventId } = yield* Spool
        const { lost } = yield* EventStore
        if (lost !== undefined) onGap({ detail: lost })
        if (lastEventId !== undefined) {
          onGap({
            from: millisecondOf(lastEventId),
            to: yield* Clock.currentTimeMillis,
            detail: "the engine was not running"
          })
        }
        let isDrained = false
        yield* Effect.addFinalizer(() =>
          Effect.asVoid(Effect.timeoutOption(archiver.drain, isDrained ? morePatience : patience))
        )
        const drain = Effect.suspend(() => {
          isDrained = true
          return archiver.drain
        })
        return Archiver.of({ ...archiver, drain })
      })
    )

  /** The same with the limits of a running engine. */
  static readonly layer = Archiver.layerWith({})
}

/** An archiver that takes from `source`; nothing happens until `run` runs. */
export const makeArchiver = Effect.fnUntraced(function*(source: Source, options: Options = {}) {
  const memory = options.memory ?? 10_000
  const checkpointEvery = options.checkpointEvery ?? 60_000
  const gathering = options.gather === undefined ? Effect.yieldNow : Effect.sleep(options.gather)
  const spool = yield* Spool
  const store = yield* EventStore
  const begin = yield* spool.begin
  const start = yield* spool.end
  const lanes = new Map([...archivedTags].map((tag) => [tag, new Lane(tag)]))
  const log = throttled()
  const lost = new Lost()

  let counts: ArchiveCounts = { accepted: 0, stored: 0, spilled: 0, poison: 0, recovered: 0, shed: 0 }
  /** What an earlier run left, and what this one accepted: the spool before the position of both is settled. */
  const earlier = new Frontier(begin)
  const current = new Frontier(start)
  /** The end of what this run accepted, and from where on of that nothing was taken into memory. */
  let acceptedEnd = start
  let spillFrom: SpoolPosition | undefined
  let released = begin
  /** What waits in memory, by weight. */
  let pending = 0
  const room = Latch.makeUnsafe(true)
  const spilling = Latch.makeUnsafe(false)
  const changed = Latch.makeUnsafe(false)
  /** Open when the spool took no more: what is stored is released without waiting for the time. */
  const cramped = Latch.makeUnsafe(false)
  const accepting = yield* Semaphore.make(1)
  const oneRelease = yield* Semaphore.make(1)

  const enqueue = (events: ReadonlyArray<MarketEvent>, frontier: Frontier, end: SpoolPosition, at: number): void => {
    const chunk = frontier.add({ end, at, recovered: frontier === earlier, open: events.length })
    for (const event of events) {
      lanes.get(event._tag)?.push({ event, chunk })
      pending += weightOf(event)
    }
    if (pending >= memory) room.closeUnsafe()
  }

  const settle = (batch: ReadonlyArray<Pending>, aside: ReadonlySet<MarketEvent>): void => {
    let { poison, recovered, stored } = counts
    for (const { chunk, event } of batch) {
      if (chunk.recovered) recovered++
      else if (aside.has(event)) poison++
      else stored++
      ;(chunk.recovered ? earlier : current).settle(chunk)
      pending -= weightOf(event)
    }
    counts = { ...counts, poison, recovered, stored }
    if (pending <= memory / 2) room.openUnsafe()
    changed.openUnsafe()
  }

  const append = (events: ReadonlyArray<MarketEvent>): Effect.Effect<void> =>
    Effect.gen(function*() {
      const end = yield* spool.append(events)
      const at = yield* Clock.currentTimeMillis
      counts = { ...counts, accepted: counts.accepted + events.length }
      acceptedEnd = end
      const gap = lost.take()
      if (gap !== undefined) options.onGap?.(gap)
      if (spillFrom === undefined && pending + total(events) <= memory) return enqueue(events, current, end, at)
      spillFrom ??= end - events.length
      counts = { ...counts, spilled: counts.spilled + events.length }
      source.markSpilled(events.length)
      spilling.openUnsafe()
    }).pipe(
      Effect.catch((error) => {
        counts = { ...counts, shed: counts.shed + events.length }
        lost.add(events)
        cramped.openUnsafe()
        return log(`archiver: ${counts.shed} events lost so far: ${error.message}`)
      })
    )

  /** Accepts what waits at the source, in order. What is on disk and what is counted must not part. */
  const accept = Effect.suspend(() => {
    const events = source.poll().filter((event) => archivedTags.has(event._tag))
    return events.length === 0 ? Effect.void : append(events)
  }).pipe(Effect.uninterruptible, accepting.withPermit)

  const intake = Effect.gen(function*() {
    while (true) {
      yield* source.wait
      yield* gathering
      yield* accept
    }
  })

  /** Takes a stretch of the spool into memory, as room allows; returns when all of it is taken. */
  const load = (frontier: Frontier, from: SpoolPosition, to: SpoolPosition, taken: (end: SpoolPosition) => void) => {
    let next = from
    return Effect.suspend(() =>
      spool.read(next, to).pipe(
        Stream.runForEach((chunk) =>
          Effect.gen(function*() {
            yield* room.await
            const at = yield* Clock.currentTimeMillis
            enqueue(chunk.events.filter((event) => archivedTags.has(event._tag)), frontier, chunk.end, at)
            next = chunk.end
            taken(next)
          })
        )
      )
    ).pipe(
      Effect.tapError((error) => log(`archiver: ${error.message}`)),
      Effect.retry(backoff),
      Effect.orDie,
      // Chunks at the end that could not be read are lost, and must not hold up the rest.
      Effect.andThen(Effect.sync(() => {
        if (next < to) {
          enqueue([], frontier, to, 0)
          taken(to)
        }
        changed.openUnsafe()
      }))
    )
  }

  const recover = yield* Effect.cached(load(earlier, begin, start, () => {}))

  /** Takes what was left on disk into memory once there is room. */
  const feed = Effect.gen(function*() {
    while (true) {
      yield* spilling.await
      if (spillFrom === undefined) continue
      yield* load(current, spillFrom, acceptedEnd, (end) => {
        spillFrom = end < acceptedEnd ? end : undefined
        if (spillFrom === undefined) spilling.closeUnsafe()
      })
    }
  })

  const write = Effect.fnUntraced(function*(lane: Lane) {
    while (true) {
      const batch = yield* lane.take
      const events = batch.map((each) => each.event)
      const aside = yield* storeBatch(lane.tag, events, (reason) => log(`archiver: ${reason.message}`))
      settle(batch, new Set(aside))
    }
  })

  /** Lets the spool forget what is stored, once the store says that it is there to stay. */
  const release = Effect.gen(function*() {
    const upTo = earlier.position < start ? earlier.position : current.position
    if (upTo <= released) return
    yield* store.checkpoint
    yield* spool.release(upTo)
    released = upTo
  }).pipe(
    Effect.catch((error) => log(`archiver: ${error.message}`)),
    oneRelease.withPermit
  )

  const releasing = Effect.gen(function*() {
    while (true) {
      yield* Effect.timeoutOption(cramped.await, checkpointEvery)
      yield* release
      if (cramped.isOpen()) yield* Effect.sleep(Math.min(pauseOfRelease, checkpointEvery))
      cramped.closeUnsafe()
    }
  })

  const drain = Effect.gen(function*() {
    for (const lane of lanes.values()) lane.hurry(true)
    while (true) {
      changed.closeUnsafe()
      yield* accept
      if (pending === 0 && spillFrom === undefined && earlier.position >= start) break
      yield* changed.await
    }
    for (const lane of lanes.values()) lane.hurry(false)
    yield* release
  })

  const services = yield* Effect.context<EventStore | Poison>()
  const run = Effect.all([
    recover,
    intake,
    feed,
    releasing,
    ...[...lanes.values()].map(write)
  ], { concurrency: "unbounded", discard: true }).pipe(Effect.andThen(Effect.never), Effect.provideContext(services))

  return Archiver.of({ run, recover, drain, stats: Effect.sync(() => counts) })
})

const total = (events: ReadonlyArray<MarketEvent>): number => events.reduce((sum, event) => sum + weightOf(event), 0)

/** Logs an error, at most once a second. */
const throttled = () => {
  let last = -Infinity
  return (message: string): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (now - last < 1000) return Effect.void
      last = now
      return Effect.logError(message)
    })
}
