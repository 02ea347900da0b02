/** The source "clock": one tick a second, at whole seconds of event time. Seconds that were slept through are not made up for. */
import { Effect, Stream } from "effect"
import { EventClock } from "../EventClock.ts"
import type { Ingestor } from "../Ingestor.ts"
import { type Tick, unstamped } from "../MarketEvent.ts"

/** As it appears in events and summaries. */
export const source = "clock"

const second = 1_000

/** The whole second after `now`, ms. */
export const nextSecond = (now: number): number => (Math.floor(now / second) + 1) * second

const tick = (time: number): Tick => ({
  _tag: "Tick",
  id: unstamped,
  time,
  receivedAt: 0,
  source,
  kind: "clock",
  name: "second"
})

/** Makes the source. */
export const make: Effect.Effect<Ingestor, never, EventClock> = Effect.gen(function*() {
  const clock = yield* EventClock
  const next = Effect.gen(function*() {
    const due = nextSecond(clock.now())
    for (let now = clock.now(); now < due; now = clock.now()) yield* Effect.sleep(due - now)
    return { events: [tick(due)], arrivedAt: performance.now() }
  })
  return { name: source, batches: Stream.fromEffectRepeat(next) }
})
