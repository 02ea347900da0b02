/** Every source the engine starts with, in the order it starts them. A new source is one more line here. */
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

/** What the sources need to know. */
export interface SourceOptions {
  /** The CLOB market channel's URL. */
  readonly marketSocket: string
  readonly markets: ReadonlyArray<Market>
  readonly verifyBooks: boolean
  /** How often Gamma is asked for the followed markets. */
  readonly refreshMarkets: Duration.Input
  /** Cron expressions by name, UTC. */
  readonly cron: Readonly<Record<string, string>>
}

/** The sources, those with more to say than events by name. */
export interface Sources {
  readonly clob: ClobMarketIngestor.ClobMarketIngestor
  readonly gamma: GammaPollerIngestor.GammaPollerIngestor
  readonly all: ReadonlyArray<Ingestor>
}

/** Makes every source. Fails when a cron expression cannot be read. */
export const make = (
  options: SourceOptions
): Effect.Effect<Sources, CronIngestor.CronError, Clob | EventClock | Gamma | Scope.Scope> =>
  Effect.gen(function*() {
    const cron = yield* CronIngestor.make(options.cron)
    const gamma = yield* GammaPollerIngestor.make({ markets: options.markets, every: options.refreshMarkets })
    const clob = yield* ClobMarketIngestor.make({
      url: options.marketSocket,
      markets: options.markets,
      verifyBooks: options.verifyBooks
    })
    const clock = yield* ClockIngestor.make
    return { clob, gamma, all: [gamma, clob, cron, clock] }
  })
