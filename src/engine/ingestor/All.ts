/**
 * Every source the engine starts: timers at once, feeds when the markets are chosen. A new source is one more line here.
 */
import { Effect } from "effect"
import type { Duration, Scope } from "effect"
import type { Clob } from "../../client/polymarket/Clob.ts"
import type { Gamma } from "../../client/polymarket/Gamma.ts"
import type { Market } from "../../domain/Market.ts"
import type { EventClock } from "../EventClock.ts"
import type { Ingestor } from "../Ingestor.ts"
import * as ClobMarketIngestor from "./ClobMarketIngestor.ts"
import * as ClockIngestor from "./ClockIngestor.ts"
import * as CronIngestor from "./CronIngestor.ts"
import * as GammaPollerIngestor from "./GammaPollerIngestor.ts"

/** The sources that need nobody: the clock, and cron expressions by name (UTC). Fails when one of those cannot be read. */
export const timers = (options: {
  readonly cron: Readonly<Record<string, string>>
}): Effect.Effect<ReadonlyArray<Ingestor>, CronIngestor.CronError, EventClock> =>
  Effect.all([ClockIngestor.make, CronIngestor.make(options.cron)])

/** What the feeds need to know. */
export interface FeedOptions {
  /** The CLOB market channel's URL. */
  readonly marketSocket: string
  readonly markets: ReadonlyArray<Market>
  readonly verifyBooks: boolean
  /** How often Gamma is asked for the followed markets. */
  readonly refreshMarkets: Duration.Input
}

/** The sources that speak to the venue, those with more to say than events by name. */
export interface Feeds {
  readonly clob: ClobMarketIngestor.ClobMarketIngestor
  readonly gamma: GammaPollerIngestor.GammaPollerIngestor
  /** In the order to start them. */
  readonly all: ReadonlyArray<Ingestor>
}

/** Makes the feeds of some markets. */
export const feeds = (options: FeedOptions): Effect.Effect<Feeds, never, Clob | Gamma | Scope.Scope> =>
  Effect.gen(function*() {
    const gamma = yield* GammaPollerIngestor.make({ markets: options.markets, every: options.refreshMarkets })
    const clob = yield* ClobMarketIngestor.make({
      url: options.marketSocket,
      markets: options.markets,
      verifyBooks: options.verifyBooks
    })
    return { clob, gamma, all: [gamma, clob] }
  })
