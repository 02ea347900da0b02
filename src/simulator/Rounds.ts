/**
 * A series of markets such as "btc-updown-5m": each is about whether the price of a symbol rises from its beginning to its end, and the next is listed
 * before the present one ends. Beginning and end are the means of the last minute; a tie is Up. What a market is worth meanwhile follows from the
 * price, the time that is left, and how much such a price moves.
 * @see https://docs.polymarket.com/changelog/predictions
 */
import type { Generator } from "./Generator.ts"
import * as Listing from "./Listing.ts"
import type { Prices } from "./Prices.ts"
import type { Series } from "./Scenario.ts"

const minutes = { "5m": 5, "15m": 15 } as const

/** Over how many seconds the venue averages. */
const window = 60

/** Deviation of the logarithm of a price over one second. */
const volatility = 0.00005

/** When a market is listed before it begins, and resolved after its end, where a series does not say; ms. */
const usualAhead = 60_000
const usualResolution = 10_000

/** The share of a standard normal below `x` (Abramowitz and Stegun 26.2.17). */
const normalShare = (x: number): number => {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(x))
  const tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
  return x >= 0 ? 1 - tail : tail
}

/** How likely the price ends at or above where it began. */
const chanceOfUp = (prices: Prices, symbol: string, startsAt: number, endsAt: number) => (now: number): number => {
  const from = now <= startsAt ? undefined : prices.mean(symbol, window, startsAt).value
  if (from === undefined) return 0.5
  const left = Math.max(0, endsAt - now) / 1_000
  const distance = Math.log(prices.at(symbol, now).value / from)
  // An average over the last minute moves less than a price.
  return normalShare(distance / (volatility * Math.sqrt(Math.max(1, left * 0.8))))
}

/** Starts a series: the market of now at once, the others when their time comes. `startedAt` in ms UTC. */
export const start = (options: {
  readonly series: Series
  readonly generator: Generator
  readonly prices: Prices
  readonly seed: number
  readonly startedAt: number
}): void => {
  const { generator, prices, seed, startedAt } = options
  const { ahead = usualAhead, period, resolves = usualResolution, symbol } = options.series
  const length = minutes[period] * 60_000

  const list = (startsAt: number, now: number): void => {
    const endsAt = startsAt + length
    const listing = Listing.round({ seed, symbol, period, startsAt, endsAt, number: generator.markets.length })
    const market = generator.list(now, { listing, model: chanceOfUp(prices, symbol, startsAt, endsAt) })
    generator.schedule(endsAt, () => {
      market.pausedUntil = Number.POSITIVE_INFINITY
    })
    generator.schedule(endsAt + resolves, (at) => {
      const rose = prices.mean(symbol, window, endsAt).exact >= prices.mean(symbol, window, startsAt).exact
      generator.resolve(market, rose ? 0 : 1, at)
    })
    generator.schedule(endsAt - ahead, (at) => list(endsAt, at))
  }

  list(Math.floor(startedAt / length) * length, startedAt)
}
