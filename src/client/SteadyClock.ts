/** Milliseconds UTC that never step: wall time read once, and monotonic time since. Durations are differences of these. */
import { Clock, Effect } from "effect"

/** Makes a clock that starts at the wall time of now. */
export const make: Effect.Effect<() => number> = Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const origin = clock.currentTimeMillisUnsafe()
  const startedAt = clock.currentTimeNanosUnsafe()
  return () => origin + Math.floor(Number(clock.currentTimeNanosUnsafe() - startedAt) / 1_000_000)
})
