import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as App from "../../src/App.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Journal } from "../../src/engine/Journal.ts"
import { Maintenance } from "../../src/engine/Maintenance.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { Poison } from "../../src/engine/Poison.ts"
import { Policies } from "../../src/engine/PolicyEngine.ts"
import { Spool } from "../../src/engine/Spool.ts"
import { Settings } from "../../src/Settings.ts"
import { prices } from "../suites/arbitraryEvents.ts"

/** A store that never answers. */
const hanging = Layer.effect(
  EventStore,
  Effect.map(EventStore, (store) => EventStore.of({ ...store, append: () => Effect.never }))
).pipe(Layer.provide(EventStore.layerMemory))

const engineOn = (store: Layer.Layer<EventStore>) =>
  App.paper.pipe(
    Layer.provideMerge(Layer.mergeAll(
      Journal.layerMemory(),
      Spool.layerMemory,
      Poison.layerMemory,
      AuditStore.layerMemory,
      Maintenance.layerMemory,
      store,
      Layer.succeed(Notifier, Notifier.of({ notify: () => Effect.void })),
      Settings.layerDefault,
      Layer.succeed(Policies, [])
    ))
  )

describe("Engine, when it ends", () => {
  it.effect("a source that fails ends the watch, one that comes to its end does not", () =>
    Effect.gen(function*() {
      const engine = yield* Engine
      const watched = yield* Effect.forkChild(engine.watch, { startImmediately: true })
      yield* engine.run({ name: "finite", batches: Stream.fromIterable([{ events: prices(1), arrivedAt: 0 }]) })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(watched.pollUnsafe())
      yield* engine.run({ name: "broken", batches: Stream.die("broken") })
      yield* TestClock.adjust("1 second")
      const cause = yield* Effect.flip(Effect.sandbox(Fiber.join(watched)))
      assert.strictEqual(Cause.squash(cause), "broken")
    }).pipe(Effect.scoped, Effect.provide(engineOn(EventStore.layerMemory))))

  it.effect("OPS-1 a database that hangs costs one wait, however many parts wait for it", () =>
    Effect.gen(function*() {
      const time = yield* Effect.gen(function*() {
        const engine = yield* Engine
        const dispatcher = yield* Dispatcher
        yield* engine.start
        dispatcher.publish({ events: prices(1), arrivedAt: 0 })
        yield* TestClock.adjust("2 seconds")
        const began = yield* Clock.currentTimeMillis
        yield* Effect.ensuring(engine.stop, engine.stop)
        return began
      }).pipe(Effect.scoped, Effect.provide(engineOn(hanging)), Effect.forkChild({ startImmediately: true }))
      while (time.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
      assert.isAtMost((yield* Clock.currentTimeMillis) - (yield* Fiber.join(time)), 8_000)
    }))
})
