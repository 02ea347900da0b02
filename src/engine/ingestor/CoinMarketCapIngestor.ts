/** The source "cmc": fear and greed, dominance and market value as metrics, and prices of coins, at an interval. */
import { Effect, Stream } from "effect"
import type { Duration } from "effect"
import { CoinMarketCap, type CoinMarketCapError } from "../../client/coinmarketcap/CoinMarketCap.ts"
import * as Calls from "../../client/coinmarketcap/Endpoints.ts"
import type { AssetId } from "../../domain/Asset.ts"
import * as Decimal from "../../domain/Decimal.ts"
import type { Ingestor } from "../Ingestor.ts"
import { type MarketEvent, unstamped } from "../MarketEvent.ts"

/** As it appears in events and summaries. */
export const source = "cmc"

const head = { id: unstamped, time: 0, receivedAt: 0, source }

/** A metric, when the source gave a number. */
export const metric = (name: string, value: number | null | undefined): ReadonlyArray<MarketEvent> => {
  const decimal = value === null || value === undefined ? undefined : Decimal.fromNumber(value)
  return decimal === undefined ? [] : [{ ...head, _tag: "MetricUpdate", name, value: decimal }]
}

const priceOf = (
  symbol: string,
  value: number | null | undefined,
  isBeside: boolean
): ReadonlyArray<MarketEvent> => {
  const price = value === null || value === undefined ? undefined : Decimal.fromNumber(value)
  const beside = isBeside ? { beside: true } as const : {}
  return price === undefined ? [] : [{ ...head, _tag: "PriceUpdate", assetId: symbol as AssetId, price, ...beside }]
}

/** Makes the source. A call that fails, or that the purse does not allow, is told in the log and tried again at the next turn. */
export const make = (options: {
  readonly every: Duration.Input
  /** Coins to price, by symbol; none costs nothing. */
  readonly symbols: ReadonlyArray<string>
  /** Symbols for which others speak. */
  readonly beside: ReadonlyArray<string>
}): Effect.Effect<Ingestor, never, CoinMarketCap> =>
  Effect.gen(function*() {
    const cmc = yield* CoinMarketCap
    const orNothing = (call: Effect.Effect<ReadonlyArray<MarketEvent>, CoinMarketCapError>) =>
      call.pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), [])))

    const mood = cmc.call(Calls.fearAndGreed, {}).pipe(Effect.map(({ value }) => metric("fear_greed", value)))
    const whole = cmc.call(Calls.globalMetrics, {}).pipe(
      Effect.map(({ btc_dominance, eth_dominance, quote }) => [
        ...metric("btc_dominance", btc_dominance),
        ...metric("eth_dominance", eth_dominance),
        ...metric("total_market_cap", quote?.["USD"]?.total_market_cap)
      ])
    )
    const coins = options.symbols.length === 0
      ? Effect.succeed([])
      : cmc.call(Calls.quotes, { symbol: options.symbols, convert: ["USD"] }).pipe(
        Effect.map((found) =>
          Object.entries(found).flatMap(([symbol, coin]) => {
            const [first] = Array.isArray(coin) ? coin : [coin]
            return priceOf(symbol, first?.quote?.["USD"]?.price, options.beside.includes(symbol))
          })
        )
      )
    const poll = Effect.map(
      Effect.all([orNothing(mood), orNothing(whole), orNothing(coins)]),
      (all) => ({ events: all.flat(), arrivedAt: performance.now() })
    )
    return {
      name: source,
      batches: Stream.concat(
        Stream.fromEffect(poll),
        Stream.fromEffectRepeat(Effect.andThen(Effect.sleep(options.every), poll))
      )
        .pipe(Stream.filter((batch) => batch.events.length > 0))
    }
  })
