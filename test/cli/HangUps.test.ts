import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue } from "effect"
import process from "node:process"
import * as Signals from "../../src/cli/Signals.ts"

const listeners = Effect.sync(() => process.listenerCount("SIGHUP"))

describe("SIGHUP", () => {
  it.effect("asks once however often it comes, for as long as the scope lives", () =>
    Effect.gen(function*() {
      const before = yield* listeners
      yield* Effect.scoped(Effect.gen(function*() {
        const asked = yield* Signals.hangUps(false)
        assert.strictEqual(yield* listeners, before + 1)
        process.emit("SIGHUP")
        process.emit("SIGHUP")
        yield* Queue.take(asked)
        assert.strictEqual(yield* Queue.size(asked), 0)
      }))
      assert.strictEqual(yield* listeners, before)
    }))

  it.effect("ends a program whose terminal is gone, as it ends any other", () =>
    Effect.scoped(Effect.gen(function*() {
      const before = yield* listeners
      yield* Signals.hangUps(true)
      assert.strictEqual(yield* listeners, before)
    })))
})
