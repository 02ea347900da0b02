/** The source "gamma": the followed markets as Gamma describes them, first at once and then at an interval, changed or not. */
import { Duration, Effect, Stream } from "effect"
import type { Scope } from "effect"
import { Gamma } from "../../client/polymarket/Gamma.ts"
import * as SteadyClock from "../../client/SteadyClock.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import type { Batch, Ingestor } from "../Ingestor.ts"
import { type MarketEvent, type MarketMetadata, unstamped } from "../MarketEvent.ts"

/** As it appears in events and summaries. */
export const source = "gamma"

/** An outage this long makes the markets stale, in intervals. */
const patience = 3

const metadata = (market: Market): MarketMetadata => ({
  _tag: "MarketMetadata",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source,
  market
})

const status = (kind: "connected" | "stale" | "resynced", detail: string): MarketEvent => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source,
  feed: source,
  kind,
  detail
})

/** The running poller. */
export interface GammaPollerIngestor extends Ingestor {
  readonly follow: (markets: ReadonlyArray<Market>) => void
  /** Follows markets no longer than until they are over: their end is still told. */
  readonly unfollow: (markets: ReadonlyArray<Market>) => void
  /** Polls that failed so far. */
  readonly failures: () => number
}

/** Makes the source; `markets` were read just now and are told at once. */
export const make = (options: {
  readonly markets: ReadonlyArray<Market>
  readonly every: Duration.Input
}): Effect.Effect<GammaPollerIngestor, never, Gamma | Scope.Scope> =>
  Effect.gen(function*() {
    const gamma = yield* Gamma
    const now = yield* SteadyClock.make
    const every = Duration.toMillis(options.every)
    const followed = new Set<ConditionId>(options.markets.map(({ conditionId }) => conditionId))
    const leaving = new Set<ConditionId>()
    let failures = 0
    let goodAt = now()
    let isStale = false

    const batch = (events: ReadonlyArray<MarketEvent>): Batch => ({ events, arrivedAt: performance.now() })

    const poll: Effect.Effect<Batch> = Effect.suspend(() => gamma.marketsByConditionIds([...followed])).pipe(
      Effect.map((markets) => {
        goodAt = now()
        const events: Array<MarketEvent> = markets.map(metadata)
        for (const { conditionId, status } of markets) {
          if (status === "resolved" && leaving.delete(conditionId)) followed.delete(conditionId)
        }
        if (isStale) events.push(status("resynced", "Gamma answers again"))
        isStale = false
        return batch(events)
      }),
      Effect.catch((error) =>
        Effect.gen(function*() {
          failures++
          yield* Effect.logWarning(error.message)
          if (isStale || now() - goodAt < patience * every) return batch([])
          isStale = true
          return batch([status("stale", error.message)])
        })
      )
    )

    return {
      name: source,
      follow: (markets) => {
        for (const { conditionId } of markets) {
          followed.add(conditionId)
          leaving.delete(conditionId)
        }
      },
      unfollow: (markets) => {
        for (const { conditionId } of markets) if (followed.has(conditionId)) leaving.add(conditionId)
      },
      failures: () => failures,
      batches: Stream.concat(
        Stream.sync(() => batch([status("connected", "markets read"), ...options.markets.map(metadata)])),
        Stream.fromEffectRepeat(Effect.andThen(Effect.sleep(every), poll)).pipe(
          Stream.filter((batch) => batch.events.length > 0)
        )
      )
    }
  })
