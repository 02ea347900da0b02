import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Unavailable } from "../../src/domain/Failure.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { boundAfter } from "../../src/engine/EventId.ts"
import * as Jobs from "../../src/engine/Jobs.ts"
import { Maintenance, MaintenanceError } from "../../src/engine/Maintenance.ts"
import { Portfolio } from "../../src/engine/Portfolio.ts"
import { StateManager } from "../../src/engine/StateManager.ts"
import { Workers } from "../../src/engine/Workers.ts"
import { Settings } from "../../src/Settings.ts"

const midnight = Date.UTC(2026, 10, 25)

/** Runs the jobs over a maintenance that keeps what it was asked for; `fails` says which of its calls do. */
const running = (asked: Array<string>, fails: ReadonlySet<string> = new Set()) => {
  const call = (name: string) =>
    Effect.suspend(() => {
      asked.push(name)
      return fails.has(name)
        ? Effect.fail(
          new MaintenanceError({ operation: name, reason: new Unavailable({ where: "archive", detail: "away" }) })
        )
        : Effect.succeed("done")
    })
  const maintenance = Layer.effect(
    Maintenance,
    Effect.map(Maintenance, (memory) =>
      Maintenance.of({
        ...memory,
        aggregate: call("aggregate"),
        cleanup: call("cleanup"),
        snapshot: (day, snapshots) => Effect.asVoid(call(`snapshot ${day} ${snapshots.map(({ kind }) => kind).join()}`))
      }))
  ).pipe(Layer.provide(Maintenance.layerMemory))
  return Jobs.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(maintenance, Portfolio.layer, StateManager.layer)),
    Layer.provideMerge(Dispatcher.layer),
    Layer.provideMerge(Layer.mergeAll(Workers.layer, EventClock.layer({ instance: 0, after: boundAfter(undefined) }))),
    Layer.provideMerge(Settings.layerDefault)
  )
}

describe("Jobs", () => {
  it.effect("each runs when it is due, and its last result is kept", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(midnight - 90_000)
      const asked: Array<string> = []
      yield* Effect.gen(function*() {
        const maintenance = yield* Maintenance
        yield* TestClock.adjust("29 seconds")
        assert.deepStrictEqual(asked, [])
        yield* TestClock.adjust("62 seconds")
        assert.deepStrictEqual(asked.toSorted(), ["aggregate", "aggregate", "snapshot 2026-11-24 balance"])
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(asked.filter((name) => name === "cleanup").length, 1)
        assert.strictEqual(asked.filter((name) => name === "aggregate").length, 12)
        const results = yield* maintenance.results
        assert.deepStrictEqual(results.map(({ name, succeeded }) => [name, succeeded]), [
          ["aggregate", true],
          ["cleanup", true],
          ["daily-snapshot", true]
        ])
      }).pipe(Effect.provide(running(asked)))
    }))

  it.effect("one that fails is kept as failed, and runs again when it is due", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(midnight + 1_000)
      const asked: Array<string> = []
      yield* Effect.gen(function*() {
        const maintenance = yield* Maintenance
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(asked, ["aggregate", "aggregate"])
        const [result] = yield* maintenance.results
        assert.isFalse(result?.succeeded)
      }).pipe(Effect.provide(running(asked, new Set(["aggregate"]))))
    }))
})
