/**
 * Event time and event ids. Event time is wall time read once at start, corrected by the venue's clock when that differs by
 * more than two seconds, plus monotonic time since: it never steps back and never decreases within the log. Where it is ahead
 * of the right time, because an earlier run was, it goes at half speed until that has caught up. Ids follow it.
 */
import { Clock, Context, Effect, Layer } from "effect"
import * as EventId from "./EventId.ts"
import { unstamped } from "./MarketEvent.ts"
import type { MarketEvent } from "./MarketEvent.ts"

/** A venue clock nearer than this is ours, ms. */
const tolerance = 2_000

export class EventClock extends Context.Service<EventClock, {
  /** Event time now, ms UTC. */
  readonly now: () => number
  /** Gives id and `receivedAt` to the events that have none, in order. Each event is given them once. */
  readonly stamp: (events: ReadonlyArray<MarketEvent>) => void
  /** Tells the venue's time, ms UTC, before the first event; returns the correction in ms, 0 within the tolerance. */
  readonly correct: (venueTime: number) => number
}>()("polymarket-hft/engine/EventClock") {
  /**
   * `instance`: 0 to 31, tells engines that share an archive apart. `after`: the last event an earlier run knew of; times and
   * ids continue beyond it.
   */
  static readonly layer = (options: { readonly instance: number; readonly after: EventId.EventIdBound }) =>
    Layer.effect(
      EventClock,
      Effect.gen(function*() {
        const clock = yield* Clock.Clock
        const startedAt = clock.currentTimeNanosUnsafe()
        let origin = clock.currentTimeMillisUnsafe()
        let lastId = options.after.id
        let time = options.after.receivedAt
        let elapsed = 0
        const now = () => {
          const before = elapsed
          elapsed = Number(clock.currentTimeNanosUnsafe() - startedAt) / 1_000_000
          time = Math.max(origin + elapsed, time + (elapsed - before) / 2)
          return Math.floor(time)
        }
        return EventClock.of({
          now,
          stamp: (events) => {
            const receivedAt = now()
            for (const event of events) {
              if (event.id !== unstamped) continue
              lastId = EventId.next(lastId, receivedAt, options.instance)
              const fresh = event as { -readonly [K in "id" | "receivedAt" | "time"]: MarketEvent[K] }
              fresh.id = lastId
              fresh.receivedAt = receivedAt
              if (fresh.time === 0) fresh.time = receivedAt
            }
          },
          correct: (venueTime) => {
            now()
            const difference = venueTime - Math.floor(origin + elapsed)
            if (Math.abs(difference) <= tolerance) return 0
            origin += difference
            return difference
          }
        })
      })
    )
}
