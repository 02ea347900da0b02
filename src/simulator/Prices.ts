/**
 * Prices of symbols such as "btc" in USD, the same for every surface that tells them: a seeded walk, or for one symbol a recording played again.
 * Shocks of a scenario lie over both. Times in ms UTC; exact prices are integers of 10^-18.
 */
import * as Decimal from "../domain/Decimal.ts"
import type { PriceRecording } from "./PriceRecording.ts"
import { priceOf as wander } from "./Walk.ts"

/** A price from a time on. */
export interface PricePoint {
  readonly at: number
  readonly value: number
  readonly exact: bigint
}

/** A change of all prices of a symbol by a share (-0.1: a tenth less) that builds up in time and, where it is to last, goes back as it came. */
export interface Shock {
  readonly by: number
  readonly from: number
  /** How long it takes to build up, ms. */
  readonly over: number
  /** How long it lasts then, ms; absent: for good. */
  readonly lasting?: number | undefined
}

/** Prices of every symbol. */
export interface Prices {
  /** The price as of a time. */
  readonly at: (symbol: string, time: number) => PricePoint
  /** What was told after `after` and until `until`, both of the latest hour at most. */
  readonly between: (symbol: string, after: number, until: number) => ReadonlyArray<PricePoint>
  /** The mean of the prices at the last so many whole seconds. */
  readonly mean: (symbol: string, seconds: number, time: number) => PricePoint
  readonly shock: (symbol: string, shock: Shock) => void
}

const scale = 18
const second = 1_000
const mostSeconds = 3_600

/** "btc/usd", "BTC", "btcusdt" and "btcusd" are "btc". */
export const symbolOf = (written: string): string => written.replace(/\/?usdt?$/i, "").toLowerCase()

/** The exact price as plain decimal text. */
export const exactText = ({ exact }: PricePoint): string => Decimal.fromScaled(exact, scale)

/** Exact to what a double holds: eight decimals. */
const exactOf = (value: number): bigint => BigInt(Math.round(value * 1e8)) * 10n ** 10n

const point = (at: number, value: number): PricePoint => ({ at, value, exact: exactOf(value) })

/** How much of a shock has come at a time, 0 to 1. */
const shareOf = ({ from, lasting, over }: Shock, time: number): number => {
  if (time <= from) return 0
  const built = over === 0 ? 1 : Math.min(1, (time - from) / over)
  const end = lasting === undefined ? Number.POSITIVE_INFINITY : from + over + lasting
  if (time < end) return built
  return over === 0 ? 0 : Math.max(0, 1 - (time - end) / over)
}

/** Makes them. A recording tells its own symbol, the walk all others. */
export const make = (options: { readonly seed: number; readonly recording?: PriceRecording | undefined }): Prices => {
  const { recording, seed } = options
  const walks = new Map<string, (at: number) => number>()
  const shocks = new Map<string, Array<Shock>>()

  const walkOf = (symbol: string) => {
    let walk = walks.get(symbol)
    if (walk === undefined) walks.set(symbol, walk = wander(seed, symbol))
    return walk
  }

  const shocked = (symbol: string, { at, exact, value }: PricePoint, time: number): PricePoint => {
    const factor = (shocks.get(symbol) ?? []).reduce((product, one) => product * (1 + one.by * shareOf(one, time)), 1)
    return factor === 1 ? { at, exact, value } : point(at, Math.round(value * factor * 1e8) / 1e8)
  }

  const at = (written: string, time: number): PricePoint => {
    const symbol = symbolOf(written)
    return shocked(
      symbol,
      recording?.symbol === symbol ? recording.at(time) : point(time, walkOf(symbol)(time)),
      time
    )
  }

  return {
    at,
    between: (written, after, until) => {
      const symbol = symbolOf(written)
      if (recording?.symbol === symbol) {
        return recording.between(Math.max(after, until - mostSeconds * second), until).map((one) =>
          shocked(symbol, one, one.at)
        )
      }
      const points: Array<PricePoint> = []
      const first = Math.max(Math.floor(after / second) + 1, Math.floor(until / second) - mostSeconds + 1)
      for (let whole = first * second; whole <= until; whole += second) points.push(at(symbol, whole))
      return points
    },
    mean: (symbol, seconds, time) => {
      const last = Math.floor(time / second) * second
      let sum = 0n
      for (let back = 0; back < seconds; back++) sum += at(symbol, last - back * second).exact
      const exact = sum / BigInt(seconds)
      return { at: last, value: Number(Decimal.fromScaled(exact, scale)), exact }
    },
    shock: (written, shock) => {
      const symbol = symbolOf(written)
      const all = shocks.get(symbol)
      if (all === undefined) shocks.set(symbol, [shock])
      else all.push(shock)
    }
  }
}
