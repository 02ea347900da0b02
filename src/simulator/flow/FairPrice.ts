/**
 * What the first outcome of a market is worth, between 0 and 1, and how that changes: it wanders around a mean, with episodes of drift, unless a
 * scenario leads it or something else, such as the price of a symbol, decides it. Agents see it more or less exactly. Times in ms.
 */
import { unit } from "../../domain/Micro.ts"
import type { Seeded } from "../Seeded.ts"

/** Where a scenario leads it. */
export interface Course {
  /** 0 to 1. */
  readonly to: number
  readonly from: number
  /** How long it takes to get there. */
  readonly over: number
  /** How long it stays; absent: that is the new mean. */
  readonly lasting?: number | undefined
}

/** Where makers want to stand, millionths. */
export interface Quotes {
  readonly bid: number
  readonly ask: number
}

/** The widest spread makers quote, in ticks, by tick size: the recordings' books stand one tick apart. */
const widest = new Map([[100_000, 1], [10_000, 2], [5_000, 2], [2_500, 3], [1_000, 5], [100, 30]])

/** The fair price of one market. */
export class FairPrice {
  readonly #random: Seeded
  #mean: number
  #value: number
  #target: number
  #episodeEnd: number
  #at: number
  /** True once it was led somewhere to stay: then it keeps near. */
  #isSettled = false
  #course: (Course & { readonly start: number }) | undefined
  #model: ((now: number) => number) | undefined

  constructor(random: Seeded, now: number) {
    this.#random = random
    this.#mean = 0.2 + random.next() * 0.6
    this.#value = this.#mean
    this.#target = this.#mean
    this.#episodeEnd = now + random.between(0, 6_000)
    this.#at = now
  }

  get value(): number {
    return this.#value
  }

  /** True while a scenario leads it. */
  get isLed(): boolean {
    return this.#course !== undefined
  }

  /** Leads it somewhere. */
  lead(course: Course): void {
    this.#course = { ...course, start: this.#value }
  }

  /** Lets something else decide it from now on. */
  follow(model: (now: number) => number): void {
    this.#model = model
  }

  /** Moves it to a time; `tickSize` in millionths, which it keeps away from 0 and 1. */
  move(now: number, tickSize: number): void {
    const seconds = Math.min(5, Math.max(0, now - this.#at) / 1_000)
    this.#at = Math.max(this.#at, now)
    const finest = (2.2 * tickSize) / unit
    if (this.#course !== undefined) return this.#set(this.#led(now), finest)
    if (this.#model !== undefined) return this.#set(this.#model(now), finest)
    this.#wander(now, seconds)
    this.#set(this.#value, Math.max(0.012, finest))
  }

  /** Where makers want to stand now. */
  quotes(tickSize: number): Quotes {
    const spread = this.#random.between(1, widest.get(tickSize) ?? 2)
    const bid = Math.max(tickSize, Math.floor((this.#value * unit - (tickSize * spread) / 2) / tickSize) * tickSize)
    const ask = Math.min(unit - tickSize, bid + spread * tickSize)
    return { bid: Math.min(bid, ask - tickSize), ask }
  }

  #set(value: number, edge: number): void {
    this.#value = Math.min(1 - edge, Math.max(edge, value))
  }

  #led(now: number): number {
    const { from, lasting, over, start, to } = this.#course as Course & { readonly start: number }
    const share = over === 0 ? 1 : Math.min(1, Math.max(0, (now - from) / over))
    if (lasting === undefined ? share === 1 : now >= from + over + lasting) {
      this.#course = undefined
      if (lasting === undefined) {
        this.#mean = to
        this.#isSettled = true
      }
      this.#target = this.#mean
      this.#episodeEnd = now + 4_000
    }
    return start + (to - start) * share
  }

  #wander(now: number, seconds: number): void {
    const random = this.#random
    if (now >= this.#episodeEnd) {
      this.#episodeEnd = now + random.between(4_000, 16_000)
      const drift = random.next() + random.next() - 1
      const isExtreme = random.chance(0.12)
      if (this.#isSettled) this.#target = this.#mean + drift * 0.02
      else if (isExtreme) this.#target = this.#mean > 0.5 ? 0.975 : 0.025
      else this.#target = Math.min(0.94, Math.max(0.06, this.#mean + drift * 0.35))
    }
    const pull = 1 - Math.exp(-seconds / 3)
    this.#value += (this.#target - this.#value) * pull +
      random.normal() * (this.#isSettled ? 0.004 : 0.012) * Math.sqrt(seconds)
  }
}
