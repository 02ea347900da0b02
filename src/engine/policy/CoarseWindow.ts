/**
 * A window for which there is no room value by value: it keeps what is needed of each of 256 stretches of its duration. Everything it says is exact
 * but for where it begins: the oldest values leave by the stretch, up to 1/256 of the duration late.
 */
import * as Fixed from "../../domain/Fixed.ts"
import { changePercent, deviationOf, scoreOf, strengthOf } from "./Statistics.ts"
import type { Aggregation } from "./Window.ts"

/** Stretches of a duration. */
const stretches = 256

/** The values of a stretch put together; what is not needed stays zero. */
interface Stretch {
  readonly slot: number
  /** When its newest value came, ms. */
  at: number
  count: number
  readonly first: Fixed.Fixed
  last: Fixed.Fixed
  least: Fixed.Fixed
  most: Fixed.Fixed
  sum: Fixed.Fixed
  squares: Fixed.Fixed
  weighted: Fixed.Fixed
  weights: Fixed.Fixed
  rises: Fixed.Fixed
  falls: Fixed.Fixed
  /** The move from the stretch before to the first value. */
  into: Fixed.Fixed
}

/** The values of one asset by one source. */
export class CoarseWindow {
  readonly #duration: number
  readonly #aggregation: Aggregation
  /** Oldest first. */
  readonly #stretches: Array<Stretch> = []
  #length = 0
  #sum = 0n
  #squares = 0n
  #weighted = 0n
  #weights = 0n
  #rises = 0n
  #falls = 0n

  constructor(duration: number, aggregation: Aggregation) {
    this.#duration = duration
    this.#aggregation = aggregation
  }

  /** Values in the window. */
  get length(): number {
    return this.#length
  }

  /** When the oldest stretch leaves, ms of event time. */
  get leavesAt(): number | undefined {
    const [oldest] = this.#stretches
    return oldest === undefined ? undefined : oldest.at + this.#duration
  }

  /** Adds a value at an event time not before the last one's. */
  add(at: number, value: Fixed.Fixed, size: Fixed.Fixed): void {
    const slot = Math.floor(at * stretches / this.#duration)
    const newest = this.#stretches[this.#stretches.length - 1]
    if (newest?.slot === slot) this.#extend(newest, at, value, size)
    else {
      const into = newest === undefined ? 0n : value - newest.last
      const added = { slot, at, first: value, last: value, least: value, most: value, into, ...nothing }
      this.#stretches.push(added)
      this.#extend(added, at, value, size)
      this.#move(into, 1n)
    }
    this.#length++
  }

  /** Lets go of what is too old at an event time; says how many values that was. */
  advance(now: number): number {
    const before = this.#length
    let gone = 0
    for (const stretch of this.#stretches) {
      if (stretch.at > now - this.#duration) break
      gone++
      this.#length -= stretch.count
      this.#sum -= stretch.sum
      this.#squares -= stretch.squares
      this.#weighted -= stretch.weighted
      this.#weights -= stretch.weights
      this.#rises -= stretch.rises
      this.#falls -= stretch.falls
      const next = this.#stretches[gone]
      if (next === undefined) continue
      this.#move(next.into, -1n)
      next.into = 0n
    }
    if (gone > 0) this.#stretches.splice(0, gone)
    return before - this.#length
  }

  /** The value of the window, which is not empty. */
  get value(): Fixed.Fixed | undefined {
    const oldest = this.#stretches[0] as Stretch
    const newest = this.#stretches[this.#stretches.length - 1] as Stretch
    switch (this.#aggregation) {
      case "first":
        return oldest.first
      case "last":
      case "ema":
        return newest.last
      case "min":
        return this.#stretches.reduce((least, stretch) => stretch.least < least ? stretch.least : least, oldest.least)
      case "max":
        return this.#stretches.reduce((most, stretch) => stretch.most > most ? stretch.most : most, oldest.most)
      case "avg":
      case "sma":
        return this.#sum / BigInt(this.#length)
      case "sum":
        return this.#sum
      case "count":
        return Fixed.fromInteger(this.#length)
      case "change":
        return newest.last - oldest.first
      case "change_pct":
        return changePercent(oldest.first, newest.last)
      case "stddev":
        return deviationOf(this.#length, this.#sum, this.#squares)
      case "zscore":
        return scoreOf(newest.last, this.#length, this.#sum, this.#squares)
      case "vwap":
        return this.#weights === 0n ? undefined : this.#weighted / this.#weights
      case "rsi":
        return strengthOf(this.#rises, this.#falls)
    }
  }

  #extend(stretch: Stretch, at: number, value: Fixed.Fixed, size: Fixed.Fixed): void {
    const by = value - stretch.last
    stretch.at = at
    stretch.count++
    stretch.last = value
    switch (this.#aggregation) {
      case "min":
        if (value < stretch.least) stretch.least = value
        return
      case "max":
        if (value > stretch.most) stretch.most = value
        return
      case "stddev":
      case "zscore":
        stretch.squares += value * value
        this.#squares += value * value
        break
      case "vwap":
        stretch.weighted += value * size
        stretch.weights += size
        this.#weighted += value * size
        this.#weights += size
        return
      case "rsi":
        if (by > 0n) stretch.rises += by
        else stretch.falls -= by
        this.#move(by, 1n)
        return
      default:
        break
    }
    stretch.sum += value
    this.#sum += value
  }

  #move(by: Fixed.Fixed, sign: bigint): void {
    if (by > 0n) this.#rises += sign * by
    else this.#falls -= sign * by
  }
}

const nothing = { count: 0, sum: 0n, squares: 0n, weighted: 0n, weights: 0n, rises: 0n, falls: 0n }
