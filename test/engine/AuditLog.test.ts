import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Rejected, Unavailable } from "../../src/domain/Failure.ts"
import { AuditLog } from "../../src/engine/AuditLog.ts"
import { AuditStore, AuditStoreError } from "../../src/engine/AuditStore.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { noBound } from "../../src/engine/EventId.ts"
import { type AuditRecord, Journal } from "../../src/engine/Journal.ts"
import { Workers } from "../../src/engine/Workers.ts"

const record = (runId: string, sequence: number): AuditRecord => ({
  _tag: "Audit",
  runId,
  sequence,
  receivedAt: sequence,
  actor: "engine",
  kind: "order",
  payload: "{}"
})

const records = (runId: string, count: number) => Array.from({ length: count }, (_, at) => record(runId, at + 1))

/** What the store refuses, whether it answers, and what it was sent. */
class World {
  isAway = false
  readonly refused = new Set<number>()
  readonly sent: Array<ReadonlyArray<AuditRecord>> = []
  readonly stored: Array<AuditRecord> = []
}

const failure = (reason: Unavailable | Rejected) => new AuditStoreError({ operation: "append", reason })

const layerOf = (world: World, earlier: ReadonlyArray<AuditRecord> = [], before: ReadonlyArray<AuditRecord> = []) => {
  const store = Layer.effect(
    AuditStore,
    Effect.gen(function*() {
      const store = yield* AuditStore
      yield* store.append(before)
      return AuditStore.of({
        ...store,
        append: (batch) =>
          Effect.suspend(() => {
            if (world.isAway) return failure(new Unavailable({ where: "store", detail: "away" }))
            world.sent.push(batch)
            if (batch.some(({ sequence }) => world.refused.has(sequence))) {
              return failure(new Rejected({ where: "store", code: "22P05", detail: "bad" }))
            }
            world.stored.push(...batch)
            return store.append(batch)
          })
      })
    })
  ).pipe(Layer.provide(AuditStore.layerMemory))
  const clock = EventClock.layer({ instance: 0, after: noBound })
  return AuditLog.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(store, clock, Workers.layer, Journal.layerMemory(earlier)))
  )
}

/** Waits until everything is copied while virtual time passes. */
const flush = Effect.gen(function*() {
  const fiber = yield* Effect.forkChild((yield* AuditLog).flush, { startImmediately: true })
  while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
  yield* Fiber.join(fiber)
})

describe("AuditLog", () => {
  it.effect("a record the store will never take costs no other", () => {
    const world = new World()
    world.refused.add(3).add(700)
    return Effect.gen(function*() {
      const audit = yield* AuditLog
      audit.copy(records("run", 900))
      yield* flush
      assert.deepStrictEqual(world.stored, records("run", 900).filter(({ sequence }) => !world.refused.has(sequence)))
      assert.isBelow(world.sent.length, 50)
    }).pipe(Effect.scoped, Effect.provide(layerOf(world)))
  })

  it.effect("a start sends again the runs of which the store misses records, and no others", () => {
    const world = new World()
    const earlier = [...records("whole", 5), ...records("torn", 5), ...records("never", 2)]
    const before = [...records("whole", 5), record("torn", 1), record("torn", 4)]
    return Effect.gen(function*() {
      yield* flush
      assert.deepStrictEqual(world.stored, [...records("torn", 5), ...records("never", 2)])
      const store = yield* AuditStore
      assert.strictEqual((yield* store.recent(100)).length, 12)
    }).pipe(Effect.scoped, Effect.provide(layerOf(world, earlier, before)))
  })

  it.effect("while the store is away what waits for it is bounded, and nothing that waits is lost", () => {
    const world = new World()
    world.isAway = true
    return Effect.gen(function*() {
      const audit = yield* AuditLog
      for (let batch = 0; batch < 150; batch++) audit.copy(records(`run-${batch}`, 1_000))
      yield* TestClock.adjust("1 minute")
      world.isAway = false
      yield* flush
      assert.strictEqual(world.stored.length, 100_000)
      audit.copy(records("later", 10))
      yield* flush
      assert.deepStrictEqual(world.stored.slice(100_000), records("later", 10))
    }).pipe(Effect.scoped, Effect.provide(layerOf(world)))
  })
})
