/**
 * What a field was over a stretch of event time, (now − duration, now], kept up as values come and go: constant time for each value, whatever the
 * aggregation. All sums are exact.
 *
 * - `first last min max avg sum count`: as they say; `sma` is `avg`.
 * - `change` = last − first, `change_pct` = change ÷ first × 100; unknown when first is zero.
 * - `stddev`: of the whole population; `zscore` = (last − avg) ÷ stddev, unknown when nothing varies.
 * - `vwap`: of trades, price by size.
 * - `ema`: moves to each new value by the part of the duration that has passed since the one before; it looks back without an end.
 * - `rsi`: 100 × sum of rises ÷ (rises + falls) between the values of the window, unknown when nothing moved.
 */
import * as Fixed from "../../domain/Fixed.ts"
import { Samples } from "./Samples.ts"

/** How values are put together. */
export const aggregations = [
  "first",
  "last",
  "min",
  "max",
  "avg",
  "sum",
  "count",
  "change",
  "change_pct",
  "stddev",
  "vwap",
  "ema",
  "sma",
  "rsi",
  "zscore"
] as const
export type Aggregation = typeof aggregations[number]

/** The values of one asset by one source. */
export class Window {
  readonly #duration: number
  readonly #aggregation: Aggregation
  readonly #samples = new Samples()
  /** Sizes beside the values, `vwap` only. */
  readonly #sizes: Samples | undefined
  /** Places whose values are extreme among those that come after, `min` and `max` only. */
  #extremes: Array<number> = []
  #sum = 0n
  #squares = 0n
  #weighted = 0n
  #weights = 0n
  #rises = 0n
  #falls = 0n
  #ema: Fixed.Fixed | undefined
  #lastAt = 0

  constructor(duration: number, aggregation: Aggregation) {
    this.#duration = duration
    this.#aggregation = aggregation
    if (aggregation === "vwap") this.#sizes = new Samples()
  }

  /** Values in the window. */
  get length(): number {
    return this.#samples.length
  }

  /** How many values have left so far. */
  get left(): number {
    return this.#samples.first
  }

  /** When the oldest value leaves, ms of event time; `undefined` when there is none. */
  get leavesAt(): number | undefined {
    return this.#samples.length === 0 ? undefined : this.#samples.at(this.#samples.first) + this.#duration
  }

  /** Adds a value at an event time not before the last one's; `size` for `vwap`. */
  add(at: number, value: Fixed.Fixed, size: Fixed.Fixed = 0n): void {
    this.advance(at)
    const samples = this.#samples
    const place = samples.end
    if (samples.length > 0) this.#move(value - samples.value(place - 1), 1n)
    this.#blend(at, value)
    samples.push(at, value)
    switch (this.#aggregation) {
      case "min":
      case "max": {
        const sign = this.#aggregation === "min" ? 1n : -1n
        const extremes = this.#extremes
        while (extremes.length > 0 && samples.value(extremes[extremes.length - 1] as number) * sign >= value * sign) {
          extremes.pop()
        }
        extremes.push(place)
        return
      }
      case "stddev":
      case "zscore":
        this.#squares += value * value
        break
      case "vwap":
        this.#sizes?.push(at, size)
        this.#weighted += value * size
        this.#weights += size
        return
      default:
        break
    }
    this.#sum += value
  }

  /** Lets go of what is too old at an event time. True when something was. */
  advance(now: number): boolean {
    const samples = this.#samples
    const before = samples.first
    while (samples.length > 0 && samples.at(samples.first) <= now - this.#duration) this.#drop()
    return samples.first !== before
  }

  /** Forgets everything. */
  clear(): void {
    this.#samples.clear()
    this.#sizes?.clear()
    this.#extremes = []
    this.#sum =
      this.#squares =
      this.#weighted =
      this.#weights =
      this.#rises =
      this.#falls =
        0n
    this.#ema = undefined
  }

  /** The value of the window; `undefined` when it is empty or has none. Call `advance` before. */
  get value(): Fixed.Fixed | undefined {
    const samples = this.#samples
    const { end, first, length } = samples
    if (length === 0) return undefined
    const count = BigInt(length)
    switch (this.#aggregation) {
      case "first":
        return samples.value(first)
      case "last":
        return samples.value(end - 1)
      case "min":
      case "max":
        return samples.value(this.#extremes[0] as number)
      case "avg":
      case "sma":
        return this.#sum / count
      case "sum":
        return this.#sum
      case "count":
        return Fixed.fromInteger(length)
      case "change":
        return samples.value(end - 1) - samples.value(first)
      case "change_pct": {
        const from = samples.value(first)
        return from === 0n ? undefined : (samples.value(end - 1) - from) * 100n * Fixed.one / from
      }
      case "stddev":
        return this.#deviation(count)
      case "zscore": {
        const deviation = this.#deviation(count)
        return deviation === 0n
          ? undefined
          : (samples.value(end - 1) * count - this.#sum) * Fixed.one / (deviation * count)
      }
      case "vwap":
        return this.#weights === 0n ? undefined : this.#weighted / this.#weights
      case "ema":
        return this.#ema
      case "rsi": {
        const moved = this.#rises + this.#falls
        return moved === 0n ? undefined : 100n * Fixed.one * this.#rises / moved
      }
    }
  }

  #deviation(count: bigint): Fixed.Fixed {
    // count² × variance is a whole number: nothing is lost before the root.
    return root(count * this.#squares - this.#sum * this.#sum) / count
  }

  #drop(): void {
    const samples = this.#samples
    const { first } = samples
    const value = samples.value(first)
    switch (this.#aggregation) {
      case "min":
      case "max":
        if (this.#extremes[0] === first) this.#extremes.shift()
        break
      case "stddev":
      case "zscore":
        this.#squares -= value * value
        this.#sum -= value
        break
      case "vwap": {
        const size = this.#sizes?.value(first) ?? 0n
        this.#sizes?.shift()
        this.#weighted -= value * size
        this.#weights -= size
        break
      }
      default:
        this.#sum -= value
    }
    if (samples.length > 1) this.#move(samples.value(first + 1) - value, -1n)
    samples.shift()
  }

  #move(by: Fixed.Fixed, sign: bigint): void {
    if (this.#aggregation !== "rsi") return
    if (by > 0n) this.#rises += sign * by
    else this.#falls -= sign * by
  }

  #blend(at: number, value: Fixed.Fixed): void {
    if (this.#aggregation !== "ema") return
    const passed = Math.min(at - this.#lastAt, this.#duration)
    this.#lastAt = at
    this.#ema = this.#ema === undefined
      ? value
      : this.#ema + (value - this.#ema) * BigInt(passed) / BigInt(this.#duration)
  }
}

/** The whole root of a whole number, cut. */
const root = (value: bigint): bigint => {
  if (value < 2n) return value < 0n ? 0n : value
  let estimate = 1n << BigInt((value.toString(2).length + 1) >> 1)
  while (true) {
    const next = (estimate + value / estimate) >> 1n
    if (next >= estimate) return estimate
    estimate = next
  }
}
