/**
 * The source "series": follows the current market of a series as it changes. The new market is followed on the sockets that stand, the old
 * one a little longer, until its last news are in; nothing reconnects.
 */
import { Effect, Stream } from "effect"
import { Gamma } from "../../client/polymarket/Gamma.ts"
import type { Market } from "../../domain/Market.ts"
import { EventClock } from "../EventClock.ts"
import type { Batch, Ingestor } from "../Ingestor.ts"
import { type MarketEvent, unstamped } from "../MarketEvent.ts"
import * as Series from "../Series.ts"

/** As it appears in events and summaries. */
export const source = "series"

/** How long a market is followed after the next one has begun, ms. */
const afterlife = 30_000

/** How often a clocked series is looked at, and one that Gamma has to be asked for, ms. */
const clockedEvery = 1_000
const askedEvery = 30_000

const head = { id: unstamped, time: 0, receivedAt: 0, source }

/** Where followed markets go. */
export interface Followers {
  readonly follow: (markets: ReadonlyArray<Market>) => Effect.Effect<void>
  readonly unfollow: (markets: ReadonlyArray<Market>) => Effect.Effect<void>
}

/** Makes the source of one series. A market that is not listed yet is asked for again at the next turn. */
export const make = (
  series: string,
  followers: Followers
): Effect.Effect<Ingestor, never, EventClock | Gamma> =>
  Effect.gen(function*() {
    const clock = yield* EventClock
    const gamma = yield* Gamma
    const period = Series.periodOf(series)
    let current: Market | undefined
    const leaving: Array<{ readonly market: Market; readonly at: number }> = []

    const turn = Effect.gen(function*() {
      const now = clock.now()
      while (leaving[0] !== undefined && leaving[0].at <= now) {
        const [left] = leaving.splice(0, 1)
        if (left !== undefined) yield* followers.unfollow([left.market])
      }
      if (period !== undefined && current?.slug === Series.slugAt(series, period, now)) return []
      const market = yield* Series.currentMarket(series, now).pipe(Effect.provideService(Gamma, gamma))
      if (market === undefined || market.conditionId === current?.conditionId) return []
      const before = current
      current = market
      if (before !== undefined) leaving.push({ market: before, at: now + afterlife })
      yield* followers.follow([market])
      yield* Effect.logInfo(`${series} is now ${market.slug}`)
      const events: ReadonlyArray<MarketEvent> = [
        { ...head, _tag: "MarketMetadata", market },
        { ...head, _tag: "MarketLifecycle", market: market.conditionId, kind: "created" }
      ]
      return events
    }).pipe(
      Effect.catch((error) => Effect.as(Effect.logWarning(error.message), [])),
      Effect.map((events): Batch => ({ events, arrivedAt: performance.now() }))
    )

    const every = period === undefined ? askedEvery : clockedEvery
    return {
      name: source,
      batches: Stream.concat(
        Stream.fromEffect(turn),
        Stream.fromEffectRepeat(Effect.andThen(Effect.sleep(every), turn))
      ).pipe(Stream.filter((batch) => batch.events.length > 0))
    }
  })
