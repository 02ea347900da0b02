/**
 * Prices that wander, as a function of seed, name and time alone: waves of many lengths with drawn phases. So the past can be asked for, and two
 * surfaces tell the same price at the same time.
 */
import { make as seeded } from "./Seeded.ts"

const lengths = [7, 23, 61, 307, 1_801, 7_919, 50_021, 600_011]

/** The offset from the middle, about −1 to 1, at a time (ms UTC). */
export const walk = (seed: number, name: string): (at: number) => number => {
  const random = seeded(seed, `walk/${name}`)
  const waves = lengths.map((seconds) => ({
    speed: 2 * Math.PI / (seconds * 1_000 * (0.9 + random.next() * 0.2)),
    phase: random.next() * 2 * Math.PI,
    height: Math.sqrt(seconds)
  }))
  const total = waves.reduce((sum, { height }) => sum + height, 0)
  return (at) => waves.reduce((sum, { height, phase, speed }) => sum + height * Math.sin(at * speed + phase), 0) / total
}

/** Where symbols stand in the middle, USD. */
const middles: Readonly<Record<string, number>> = { btc: 91_000, eth: 3_100, sol: 140, xrp: 2.1, doge: 0.16, aapl: 230 }

/** The price of a symbol such as "btc" in USD, two decimals and more for cheap ones. */
export const priceOf = (seed: number, symbol: string): (at: number) => number => {
  const offset = walk(seed, `price/${symbol}`)
  const middle = middles[symbol] ?? 10
  const places = middle > 100 ? 2 : 5
  return (at) => Number((middle * (1 + 0.05 * offset(at))).toFixed(places))
}

/** Prices of a token between two times (s), ending at `last` (0 to 1) for the present. */
export const history = (options: {
  readonly seed: number
  readonly token: string
  readonly from: number
  readonly to: number
  readonly step: number
  /** The price now, and now in s. */
  readonly last: number
  readonly now: number
}): ReadonlyArray<{ readonly t: number; readonly p: number }> => {
  const offset = walk(options.seed, `history/${options.token}`)
  const shift = offset(options.now * 1_000)
  const rows: Array<{ readonly t: number; readonly p: number }> = []
  for (let t = options.from; t <= options.to && rows.length < 5_000; t += options.step) {
    const p = options.last + (offset(t * 1_000) - shift) * 0.3
    rows.push({ t, p: Math.round(Math.min(0.999, Math.max(0.001, p)) * 1_000) / 1_000 })
  }
  return rows
}
