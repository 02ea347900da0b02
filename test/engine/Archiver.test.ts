import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Layer, Queue, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Rejected, Unavailable } from "../../src/domain/Failure.ts"
import { type ArchiveCounts, Archiver, makeArchiver, type Options, type Source } from "../../src/engine/Archiver.ts"
import type { Gap } from "../../src/engine/archiver/Gap.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { epoch, firstOf } from "../../src/engine/EventId.ts"
import { EventStore, EventStoreError } from "../../src/engine/EventStore.ts"
import type { EventId, EventTag, MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Poison } from "../../src/engine/Poison.ts"
import { Spool, SpoolError } from "../../src/engine/Spool.ts"
import { Workers } from "../../src/engine/Workers.ts"
import { Settings } from "../../src/Settings.ts"
import { events, prices } from "../suites/arbitraryEvents.ts"

interface Statement {
  readonly at: number
  readonly tag: EventTag
  readonly events: ReadonlyArray<MarketEvent>
  readonly outcome: "stored" | "lost reply" | "away" | "refused"
}

/** What the store does wrong, and what it saw. */
class Fault {
  readonly statements: Array<Statement> = []
  /** The next so many statements fail before, or after, they had their effect. */
  away = 0
  lostReplies = 0
  /** The next so many statements are refused, whatever is in them. */
  whims = 0
  readonly bad = new Set<EventId>()
}

const faultyStore = (fault: Fault) =>
  Layer.effect(
    EventStore,
    Effect.gen(function*() {
      const store = yield* EventStore
      return EventStore.of({
        ...store,
        append: (tag, batch) =>
          Effect.clockWith((clock) => clock.currentTimeMillis).pipe(Effect.flatMap((at) => {
            const saw = (outcome: Statement["outcome"]) => fault.statements.push({ at, tag, events: batch, outcome })
            if (fault.away > 0) {
              fault.away--
              saw("away")
              return Effect.fail(unavailable)
            }
            if (fault.whims > 0 || batch.some((event) => fault.bad.has(event.id))) {
              fault.whims = Math.max(0, fault.whims - 1)
              saw("refused")
              return Effect.fail(refused)
            }
            if (fault.lostReplies > 0) {
              fault.lostReplies--
              saw("lost reply")
              return Effect.andThen(store.append(tag, batch), Effect.fail(unavailable))
            }
            saw("stored")
            return store.append(tag, batch)
          }))
      })
    })
  ).pipe(Layer.provide(EventStore.layerMemory))

const unavailable = new EventStoreError({
  operation: "append",
  reason: new Unavailable({ where: "store", detail: "away" })
})
const refused = new EventStoreError({
  operation: "append",
  reason: new Rejected({ where: "store", code: "22000", detail: "bad" })
})

const sourceOf = (queue: Queue.Queue<ReadonlyArray<MarketEvent>>) => {
  let spilled = 0
  const waiting: Array<MarketEvent> = []
  const source: Source = {
    wait: Effect.map(Queue.take(queue), (chunk) => void waiting.push(...chunk)),
    poll: () => waiting.splice(0),
    markSpilled: (count) => void (spilled += count)
  }
  return { source, spilled: () => spilled }
}

/** An archiver that runs, with a way to feed it. */
const running = Effect.fnUntraced(function*(options: Options = {}) {
  const queue = yield* Queue.unbounded<ReadonlyArray<MarketEvent>>()
  const { source, spilled } = sourceOf(queue)
  const archiver = yield* makeArchiver(source, options)
  yield* Effect.forkScoped(archiver.run)
  const feed = (chunk: ReadonlyArray<MarketEvent>) =>
    Effect.andThen(Queue.offer(queue, chunk), Effect.repeat(Effect.yieldNow, { times: 20 }))
  /** Drains while virtual time passes. */
  const drain = Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(archiver.drain)
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    yield* Fiber.join(fiber)
  })
  return { ...archiver, feed, drain, spilled }
})

const stored = Effect.gen(function*() {
  const store = yield* EventStore
  return yield* Stream.runCollect(store.replay)
})

const layers = (fault: Fault) => Layer.mergeAll(faultyStore(fault), Poison.layerMemory, Spool.layerMemory)

const clean: ArchiveCounts = { accepted: 0, stored: 0, spilled: 0, poison: 0, recovered: 0, shed: 0 }
const nameless = { _tag: "Tick", kind: "clock", name: "second", id: 1, time: 0, receivedAt: 0, source: "clock" }

describe("Archiver", () => {
  it.effect.prop(
    "ARC-1 ARC-2 ARC-3 whatever the store does, everything accepted is stored once or put aside",
    [
      events(60),
      Schema.Struct({
        chunk: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
        memory: Schema.Literals([1, 8, 1000]),
        away: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })),
        lostReplies: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
        bad: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59 }))).check(Schema.isMaxLength(5))
      })
    ],
    ([all, plan]) => {
      const fault = new Fault()
      fault.away = plan.away
      fault.lostReplies = plan.lostReplies
      for (const index of plan.bad) if (all[index] !== undefined) fault.bad.add(all[index].id)
      return Effect.gen(function*() {
        const archiver = yield* running({ memory: plan.memory })
        for (let index = 0; index < all.length; index += plan.chunk) {
          yield* archiver.feed(all.slice(index, index + plan.chunk))
        }
        yield* archiver.drain
        const counts = yield* archiver.stats
        assert.strictEqual(counts.accepted, all.length)
        assert.strictEqual(counts.stored + counts.poison, all.length)
        assert.strictEqual(counts.poison, fault.bad.size)
        assert.strictEqual(counts.spilled, archiver.spilled())
        assert.deepStrictEqual(yield* stored, all.filter((event) => !fault.bad.has(event.id)))
        const kept = yield* (yield* Poison).kept
        assert.deepStrictEqual(new Set(kept.map((each) => each.event.id)), fault.bad)
        const spool = yield* Spool
        assert.strictEqual(yield* spool.begin, yield* spool.end)
      }).pipe(Effect.scoped, Effect.provide(layers(fault)))
    },
    { timeout: 60_000, arbitrary: { runs: 60 } }
  )

  it.effect("ARC-6 a batch goes when it has a hundred rows, or a second after its first", () => {
    const fault = new Fault()
    return Effect.gen(function*() {
      const archiver = yield* running()
      yield* archiver.feed(prices(1))
      yield* TestClock.adjust("999 millis")
      yield* archiver.feed(prices(98, 1))
      assert.strictEqual(fault.statements.length, 0)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(fault.statements.map((each) => [each.at, each.events.length]), [[1000, 99]])
      yield* archiver.feed(prices(60, 100))
      yield* archiver.feed(prices(60, 160))
      assert.deepStrictEqual(fault.statements.map((each) => each.events.length), [99, 100])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(fault.statements.map((each) => [each.at, each.events.length]), [
        [1000, 99],
        [1000, 100],
        [2000, 20]
      ])
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 219, stored: 219 })
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-6 each table has batches of its own, and what has no table is left out", () => {
    const fault = new Fault()
    return Effect.gen(function*() {
      const archiver = yield* running()
      const all = (yield* Arbitrary.sampleEffect(events(80), { count: 1, seed: 3, size: 80 }))[0] ?? []
      yield* archiver.feed([...all, nameless as MarketEvent])
      yield* TestClock.adjust("1 second")
      assert.isAbove(fault.statements.length, 1)
      for (const { events, tag } of fault.statements) assert.isTrue(events.every((event) => event._tag === tag))
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: all.length, stored: all.length })
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-2 while the store is away memory is bounded, pauses are at most 5 s, and nothing is lost", () => {
    const fault = new Fault()
    fault.away = 40
    return Effect.gen(function*() {
      const archiver = yield* running({ memory: 500 })
      const all = prices(4000)
      for (let index = 0; index < all.length; index += 50) yield* archiver.feed(all.slice(index, index + 50))
      const counts = yield* archiver.stats
      assert.deepStrictEqual(counts, { ...clean, accepted: 4000, spilled: 3500 })
      yield* archiver.drain
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 4000, stored: 4000, spilled: 3500 })
      assert.deepStrictEqual(yield* stored, all)
      const times = fault.statements.filter((each) => each.outcome === "away").map((each) => each.at)
      for (const [index, at] of times.entries()) assert.isAtMost(at - (times[index - 1] ?? at), 5000 + 1000)
      const batches = fault.statements.filter((each) => each.outcome === "stored").map((each) => each.events.length)
      assert.isAtMost(Math.max(...batches), 1000)
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-7 one bad row in a hundred costs ten statements at most, a suspicious one three", () => {
    const fault = new Fault()
    return Effect.gen(function*() {
      const archiver = yield* running()
      let worst = 0
      for (let index = 0; index < 100; index++) {
        const batch = prices(100, index * 100)
        const before = fault.statements.length
        fault.bad.add((batch[index] as MarketEvent).id)
        yield* archiver.feed(batch)
        yield* TestClock.adjust("1 millis")
        worst = Math.max(worst, fault.statements.length - before)
      }
      assert.isAtMost(worst, 10)
      const suspicious = prices(100, 20_000).map((event, index) => index === 77 ? { ...event, source: "a\0" } : event)
      fault.bad.add((suspicious[77] as MarketEvent).id)
      const before = fault.statements.length
      yield* archiver.feed(suspicious)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(fault.statements.length - before, 3)
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 10_100, stored: 9999, poison: 101 })
      assert.strictEqual((yield* (yield* Poison).kept).length, 101)
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-7 a refusal of the moment puts no row aside that was never refused by itself", () => {
    const fault = new Fault()
    return Effect.gen(function*() {
      const archiver = yield* running()
      let fed = 0
      for (const count of [100, 64, 2, 1, 100]) {
        fault.whims = 1
        yield* archiver.feed(prices(count, fed))
        yield* TestClock.adjust("2 seconds")
        fed += count
      }
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: fed, stored: fed, poison: 0 })
      assert.deepStrictEqual(yield* stored, prices(fed))
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-1 what an earlier run left is stored first hand, and counted as recovered only", () => {
    const fault = new Fault()
    return Effect.gen(function*() {
      const spool = yield* Spool
      yield* spool.append(prices(30))
      yield* spool.append(prices(30, 30))
      const store = yield* EventStore
      yield* store.append("PriceUpdate", prices(10))
      const archiver = yield* running({ memory: 20 })
      yield* archiver.feed(prices(5, 60))
      yield* archiver.drain
      assert.deepStrictEqual(yield* stored, prices(65))
      const { accepted, recovered, stored: now } = yield* archiver.stats
      assert.deepStrictEqual({ accepted, recovered, now }, { accepted: 5, recovered: 60, now: 5 })
      assert.strictEqual(yield* spool.begin, 65)
    }).pipe(Effect.scoped, Effect.provide(layers(fault)))
  })

  it.effect("ARC-1 what comes while the last of the spilled events is read is stored too, once", () => {
    const fault = new Fault()
    // Each stretch takes a while to end after its last chunk.
    const spool = Layer.effect(
      Spool,
      Effect.map(Spool, (spool) =>
        Spool.of({
          ...spool,
          read: (from, to) => Stream.concat(spool.read(from, to), Stream.fromEffectDrain(Effect.sleep(3000)))
        }))
    ).pipe(Layer.provide(Spool.layerMemory))
    return Effect.gen(function*() {
      const archiver = yield* running({ memory: 10 })
      yield* TestClock.adjust("4 seconds")
      yield* archiver.feed(prices(8))
      yield* archiver.feed(prices(4, 8))
      yield* TestClock.adjust("2 seconds")
      yield* archiver.feed(prices(2, 12))
      yield* archiver.feed(prices(10, 14))
      yield* TestClock.adjust("1 minute")
      yield* archiver.feed(prices(1, 24))
      yield* archiver.drain
      assert.deepStrictEqual(yield* stored, prices(25))
      const { accepted, stored: now } = yield* archiver.stats
      assert.deepStrictEqual([accepted, now], [25, 25])
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(faultyStore(fault), Poison.layerMemory, spool)))
  }, 20_000)

  it.effect("ARC-1 the spool keeps what is not checkpointed", () => {
    const fault = new Fault()
    let checkpoints = 0
    const store = Layer.effect(
      EventStore,
      Effect.map(
        EventStore,
        (store) =>
          EventStore.of({
            ...store,
            checkpoint: Effect.suspend(() => (checkpoints++ === 0 ? unavailable : Effect.void))
          })
      )
    ).pipe(Layer.provide(faultyStore(fault)))
    return Effect.gen(function*() {
      const spool = yield* Spool
      const archiver = yield* running({ checkpointEvery: 10_000 })
      yield* archiver.feed(prices(150))
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 150, stored: 150 })
      assert.strictEqual(yield* spool.begin, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(checkpoints, 1)
      assert.strictEqual(yield* spool.begin, 0)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* spool.begin, 150)
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(store, Poison.layerMemory, Spool.layerMemory)))
  })

  it.effect("ARC-5 a spool that cannot be written costs counted events and nothing else", () => {
    const fault = new Fault()
    let full = false
    const spool = Layer.effect(
      Spool,
      Effect.map(Spool, (spool) =>
        Spool.of({
          ...spool,
          append: (events) =>
            full
              ? new SpoolError({ operation: "append", reason: new Unavailable({ where: "spool", detail: "full" }) })
              : spool.append(events)
        }))
    ).pipe(Layer.provide(Spool.layerMemory))
    return Effect.gen(function*() {
      const gaps: Array<Gap> = []
      const archiver = yield* running({ onGap: (gap) => void gaps.push(gap) })
      yield* archiver.feed(prices(10))
      full = true
      yield* archiver.feed(prices(7, 10))
      full = false
      yield* archiver.feed(prices(10, 20))
      yield* archiver.drain
      assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 20, stored: 20, shed: 7 })
      const lost = prices(7, 10)
      assert.deepStrictEqual(gaps.map(({ from, to }) => [from, to]), [[lost[0]?.receivedAt, lost[6]?.receivedAt]])
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(faultyStore(fault), Poison.layerMemory, spool)))
  })

  it.effect("ARC-1 the time without an engine, and an archive that was lost, are gaps in the archive itself", () => {
    const opened = Layer.effect(
      EventStore,
      Effect.map(EventStore, (store) => EventStore.of({ ...store, lost: "moved aside" }))
    ).pipe(Layer.provide(EventStore.layerMemory))
    const spool = Layer.effect(
      Spool,
      Effect.map(Spool, (spool) => Spool.of({ ...spool, lastEventId: firstOf(epoch + 5000, 0) }))
    ).pipe(Layer.provide(Spool.layerMemory))
    const stores = Layer.mergeAll(opened, spool, Poison.layerMemory, Settings.layerDefault)
    const services = Layer.mergeAll(stores, Workers.layer, Dispatcher.layer).pipe(
      Layer.provide(
        EventClock.layer({ instance: 0, after: { id: firstOf(epoch + 5000, 0), receivedAt: epoch + 5000 } })
      )
    )
    return Effect.gen(function*() {
      yield* TestClock.setTime(epoch + 9000)
      yield* Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        yield* TestClock.adjust("1 second")
        const all = yield* stored
        assert.deepStrictEqual(
          all.map((event) => event._tag === "FeedStatus" && [event.kind, event.from, event.to, event.detail]),
          [
            ["gap", undefined, undefined, "moved aside"],
            ["gap", epoch + 5000, epoch + 9000, "the engine was not running"]
          ]
        )
        const archiver = yield* Archiver
        assert.deepStrictEqual(yield* archiver.stats, { ...clean, accepted: 2, stored: 2 })
      }).pipe(Effect.provide(Archiver.layer.pipe(Layer.provideMerge(services))))
    })
  })
})
