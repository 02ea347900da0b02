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
 *
 * When there are more values than there is room for, the window goes on with stretches of time instead of values (`CoarseWindow.ts`).
 */
import * as Fixed from "../../domain/Fixed.ts"
import { CoarseWindow } from "./CoarseWindow.ts"
import { type Reader, Samples } from "./Samples.ts"
import { changePercent, deviationOf, scoreOf, strengthOf } from "./Statistics.ts"

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

/** By how much `about` may be off at most. */
export const inexactness = (about: number): number => 1e-9 + Math.abs(about) * 1e-12

/** The values of one asset by one source. */
export class Window implements Reader {
  readonly #duration: number
  readonly #aggregation: Aggregation
  readonly #samples: Samples
  #coarse: CoarseWindow | undefined
  /** The oldest place in the window. */
  #first = 0
  #left = 0
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

  /** Of `samples` it takes those that come from here on, which somebody else may push. */
  constructor(duration: number, aggregation: Aggregation, samples = new Samples()) {
    this.#duration = duration
    this.#aggregation = aggregation
    this.#samples = samples
    this.#first = samples.end
    samples.attach(this, aggregation === "vwap")
  }

  get first(): number {
    return this.#coarse === undefined ? this.#first : this.#samples.end
  }

  /** Values in the window. */
  get length(): number {
    return this.#coarse === undefined ? this.#samples.end - this.#first : this.#coarse.length
  }

  /** How many values have left so far. */
  get left(): number {
    return this.#left
  }

  /** Whether it counts by stretches of time, because there was no room for all its values. */
  get isCoarse(): boolean {
    return this.#coarse !== undefined
  }

  /** When the oldest value leaves, ms of event time; `undefined` when there is none. */
  get leavesAt(): number | undefined {
    if (this.#coarse !== undefined) return this.#coarse.leavesAt
    return this.length === 0 ? undefined : this.#samples.at(this.#first) + this.#duration
  }

  /** Adds a value at an event time not before the last one's; `size` for `vwap`. For a window with samples of its own. */
  add(at: number, value: Fixed.Fixed, size: Fixed.Fixed = 0n): void {
    this.advance(at)
    this.#samples.push(at, value, size)
    this.enter(at, value, size)
  }

  /** Begins with the newest of the samples, which was pushed before there was this window. */
  include(at: number, value: Fixed.Fixed, size: Fixed.Fixed): void {
    this.#first = this.#samples.end - 1
    this.enter(at, value, size)
  }

  /** Takes the newest of the samples, which has just been pushed. */
  enter(at: number, value: Fixed.Fixed, size: Fixed.Fixed): void {
    this.#blend(at, value)
    if (this.#coarse !== undefined) {
      this.#coarse.add(at, value, size)
      return
    }
    const samples = this.#samples
    const place = samples.end - 1
    if (place > this.#first) this.#move(value, place - 1, 1n)
    switch (this.#aggregation) {
      case "min":
      case "max": {
        const sign = this.#aggregation === "min" ? 1 : -1
        const extremes = this.#extremes
        while (
          extremes.length > 0 && samples.compare(extremes[extremes.length - 1] as number, place) * sign >= 0
        ) extremes.pop()
        extremes.push(place)
        return
      }
      case "stddev":
      case "zscore":
        this.#squares += value * value
        this.#sum += value
        return
      case "vwap":
        this.#weighted += value * size
        this.#weights += size
        return
      case "avg":
      case "sma":
      case "sum":
        this.#sum += value
        return
      default:
        return
    }
  }

  /** Lets go of what is too old at an event time. True when something was. */
  advance(now: number): boolean {
    const before = this.#left
    if (this.#coarse !== undefined) {
      this.#left += this.#coarse.advance(now)
      if (this.#coarse.length === 0) {
        this.#coarse = undefined
        this.#first = this.#samples.end
      }
      return this.#left !== before
    }
    const { end } = this.#samples
    while (this.#first < end && this.#samples.at(this.#first) <= now - this.#duration) this.#drop()
    return this.#left !== before
  }

  /** Forgets everything. */
  clear(): void {
    this.#restart()
    this.#coarse = undefined
    this.#ema = undefined
  }

  /** There is no room for all its values: their sums by stretches of time have to do. */
  coarsen(): void {
    const coarse = new CoarseWindow(this.#duration, this.#aggregation)
    for (let place = this.#first; place < this.#samples.end; place++) {
      coarse.add(this.#samples.at(place), this.#samples.value(place), this.#samples.size(place))
    }
    this.#restart()
    this.#coarse = coarse
  }

  /** Looks at nothing any more. */
  close(): void {
    this.#samples.detach(this)
  }

  /** The value of the window; `undefined` when it is empty or has none. Call `advance` before. */
  get value(): Fixed.Fixed | undefined {
    if (this.length === 0) return undefined
    if (this.#aggregation === "ema") return this.#ema
    if (this.#coarse !== undefined) return this.#coarse.value
    const samples = this.#samples
    const first = this.#first
    const last = samples.end - 1
    switch (this.#aggregation) {
      case "first":
        return samples.value(first)
      case "last":
        return samples.value(last)
      case "min":
      case "max":
        return samples.value(this.#extremes[0] as number)
      case "avg":
      case "sma":
        return this.#sum / BigInt(this.length)
      case "sum":
        return this.#sum
      case "count":
        return Fixed.fromInteger(this.length)
      case "change":
        return samples.value(last) - samples.value(first)
      case "change_pct": {
        // Of millionths the quotient is the same, and the numbers are short.
        const from = samples.micro(first)
        const to = samples.micro(last)
        return from === undefined || to === undefined
          ? changePercent(samples.value(first), samples.value(last))
          : changePercent(BigInt(from), BigInt(to))
      }
      case "stddev":
        return deviationOf(this.length, this.#sum, this.#squares)
      case "zscore":
        return scoreOf(samples.value(last), this.length, this.#sum, this.#squares)
      case "vwap":
        return this.#weights === 0n ? undefined : this.#weighted / this.#weights
      case "rsi":
        return strengthOf(this.#rises, this.#falls)
    }
  }

  /**
   * About its value, where that is found sooner than the value: off by less than `inexactness` says. Absent: only the value itself is. Not a number, or
   * not a finite one, where there may be no value. Call `advance` before.
   */
  get about(): number | undefined {
    if (this.#aggregation !== "change_pct" || this.#coarse !== undefined) return undefined
    const samples = this.#samples
    const from = samples.micro(this.#first)
    const to = samples.micro(samples.end - 1)
    return from === undefined || to === undefined ? undefined : (to - from) * 100 / from
  }

  #restart(): void {
    this.#first = this.#samples.end
    this.#extremes = []
    this.#sum =
      this.#squares =
      this.#weighted =
      this.#weights =
      this.#rises =
      this.#falls =
        0n
  }

  #drop(): void {
    const samples = this.#samples
    const first = this.#first
    switch (this.#aggregation) {
      case "min":
      case "max":
        if (this.#extremes[0] === first) this.#extremes.shift()
        break
      case "stddev":
      case "zscore": {
        const value = samples.value(first)
        this.#squares -= value * value
        this.#sum -= value
        break
      }
      case "vwap": {
        const size = samples.size(first)
        this.#weighted -= samples.value(first) * size
        this.#weights -= size
        break
      }
      case "avg":
      case "sma":
      case "sum":
        this.#sum -= samples.value(first)
        break
      case "rsi":
        if (first + 1 < samples.end) this.#move(samples.value(first + 1), first, -1n)
        break
      default:
        break
    }
    this.#first++
    this.#left++
  }

  #move(to: Fixed.Fixed, from: number, sign: bigint): void {
    if (this.#aggregation !== "rsi") return
    const by = to - this.#samples.value(from)
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
