import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { EventClock } from "../../src/engine/EventClock.ts"
import { noBound } from "../../src/engine/EventId.ts"

const Milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 }))

describe("EventClock", () => {
  it.effect.prop(
    "never goes back and never stands still, ahead of the right time or corrected to it",
    [
      Schema.Array(Milliseconds),
      Milliseconds,
      Schema.Int.check(Schema.isBetween({ minimum: -20_000, maximum: 20_000 }))
    ],
    ([steps, ahead, off]) =>
      Effect.gen(function*() {
        const clock = yield* EventClock
        let before = clock.now()
        let right = 0
        for (const [index, step] of steps.entries()) {
          if (index === 1) right += clock.correct(right + off)
          yield* TestClock.adjust(step)
          right += step
          const now = clock.now()
          assert.isAtLeast(now - before, Math.floor(step / 2))
          assert.isAtLeast(now, right)
          before = now
        }
        yield* TestClock.adjust(100_000)
        assert.strictEqual(clock.now(), right + 100_000)
      }).pipe(
        Effect.provide(EventClock.layer({ instance: 0, after: { id: noBound.id, receivedAt: ahead } })),
        Effect.scoped
      )
  )

  it.effect("leaves a small difference alone and tells the rest", () =>
    Effect.gen(function*() {
      const clock = yield* EventClock
      yield* TestClock.adjust(10_000)
      assert.strictEqual(clock.correct(12_000), 0)
      assert.strictEqual(clock.now(), 10_000)
      assert.strictEqual(clock.correct(12_001), 2_001)
      assert.strictEqual(clock.now(), 12_001)
    }).pipe(Effect.provide(EventClock.layer({ instance: 0, after: noBound }))))
})
