/**
 * One market of the generated flow: a fair price that wanders (mean reverting, with episodes of drift) and the changes
 * of its book that follow from it. Pure but for its seeded randomness; knows no frames and no clock.
 */
import { unit } from "../domain/Micro.ts"
import type { Listing } from "./Listing.ts"
import { type BookSide, MirroredBook } from "./MirroredBook.ts"
import type { Seeded } from "./Seeded.ts"

/** A new total at one price of the first token's book. */
export interface LevelChange {
  readonly side: BookSide
  readonly price: number
  readonly size: number
}

/** A match, seen from the first token. */
export interface Match {
  readonly takerBuys: boolean
  readonly price: number
  readonly size: number
}

/** What a step did to the book; `repeated`: a cancel the venue tells twice. */
export type Step =
  | { readonly kind: "change"; readonly levels: ReadonlyArray<LevelChange>; readonly repeated: boolean }
  | { readonly kind: "trade"; readonly levels: ReadonlyArray<LevelChange>; readonly match: Match }
  | { readonly kind: "tick"; readonly from: number; readonly to: number }

const maximumLevels = 48

/** Half of the finest spread a market maker quotes, in ticks, by tick size. */
const widest = new Map([[100_000, 1], [10_000, 2], [5_000, 3], [2_500, 4], [1_000, 6], [100, 30]])

/** Ticks to which a market changes near 0 and 1; every price of the coarse one fits the fine one. */
const finer = new Map([[10_000, 1_000], [5_000, 1_000], [2_500, 100]])

/** The life of one market. */
export class FlowMarket {
  readonly listing: Listing
  readonly book: MirroredBook
  /** pUSD traded since the start. */
  traded = 0
  resolvedTo: number | undefined
  /** Hashes the first token's book had at its present timestamp. */
  readonly #hashesNow = new Set<string>()
  readonly #random: Seeded
  readonly #mean: number
  #fair: number
  #target: number
  #episodeEnd: number
  #at: number

  constructor(listing: Listing, random: Seeded, now: number) {
    this.listing = listing
    this.book = new MirroredBook(listing)
    this.#random = random
    this.#mean = 0.2 + random.next() * 0.6
    this.#fair = this.#mean
    this.#target = this.#mean
    this.#episodeEnd = now + random.between(0, 6_000)
    this.#at = now
    this.#seedBook()
    if (random.chance(0.8)) this.book.setLastTradePrice(threeDecimals(this.#quotes().bid))
    this.#commit(now)
  }

  /**
   * Does one change and says what it was. Its time is the book's timestamp afterwards: `now`, ms, or a little later when
   * the book would otherwise return to a state it already had within that millisecond.
   */
  step(now: number): Step {
    this.#wander(now)
    const { bid, ask } = this.#quotes()
    const book = this.book
    const random = this.#random
    const middle = (book.best("bids") + book.best("asks")) / 2
    const fineTick = finer.get(book.tickSize)
    if (fineTick !== undefined && (middle > 960_000 || middle < 40_000)) {
      const from = book.tickSize
      book.setTickSize(fineTick)
      this.#commit(now)
      return { kind: "tick", from, to: fineTick }
    }
    if (book.best("asks") <= bid) {
      return random.chance(0.5)
        ? this.#sweep("asks", bid, now)
        : this.#retreat("asks", ask, now)
    }
    if (book.best("bids") >= ask) {
      return random.chance(0.5)
        ? this.#sweep("bids", ask, now)
        : this.#retreat("bids", bid, now)
    }
    if (book.best("bids") < bid && random.chance(0.7)) return this.#apply([this.#fresh("bids", bid)], now)
    if (book.best("asks") > ask && random.chance(0.7)) return this.#apply([this.#fresh("asks", ask)], now)
    const dice = random.next()
    if (dice < 0.07) return this.#takeBest(now)
    const side: BookSide = random.chance(0.5) ? "bids" : "asks"
    if (dice < 0.2) return this.#apply(this.#requote(), now)
    if (dice < 0.28 && book.levels(side).length > 4) {
      const levels = book.levels(side)
      const { price } = levels[random.between(0, levels.length - 2)] as { readonly price: number }
      return this.#apply([{ side, price, size: 0 }], now, random.chance(0.5))
    }
    return this.#apply([this.#nudge(side)], now)
  }

  #wander(now: number): void {
    const random = this.#random
    const seconds = Math.min(5, Math.max(0, now - this.#at) / 1000)
    this.#at = Math.max(this.#at, now)
    if (now >= this.#episodeEnd) {
      this.#episodeEnd = now + random.between(4_000, 16_000)
      const drift = (random.next() + random.next() - 1) * 0.35
      this.#target = random.chance(0.12)
        ? (this.#mean > 0.5 ? 0.975 : 0.025)
        : Math.min(0.94, Math.max(0.06, this.#mean + drift))
    }
    const pull = 1 - Math.exp(-seconds / 3)
    this.#fair += (this.#target - this.#fair) * pull + random.normal() * 0.012 * Math.sqrt(seconds)
    const edge = Math.max(0.012, (2.2 * this.book.tickSize) / unit)
    this.#fair = Math.min(1 - edge, Math.max(edge, this.#fair))
  }

  /** Where market makers want to stand now. */
  #quotes(): { readonly bid: number; readonly ask: number } {
    const tick = this.book.tickSize
    const spread = this.#random.between(1, widest.get(tick) ?? 2)
    const bid = Math.max(tick, Math.floor((this.#fair * unit - (tick * spread) / 2) / tick) * tick)
    const ask = Math.min(unit - tick, bid + spread * tick)
    return { bid: Math.min(bid, ask - tick), ask }
  }

  #size(): number {
    const random = this.#random
    const shares = Math.exp(Math.log(60) + random.normal() * 1.3)
    return random.chance(0.35)
      ? Math.max(5, Math.round(shares)) * unit
      : Math.max(500, Math.round(shares * 100)) * 10_000
  }

  #fresh(side: BookSide, price: number): LevelChange {
    return { side, price, size: this.book.sizeAt(side, price) + this.#size() }
  }

  #seedBook(): void {
    const tick = this.book.tickSize
    const { bid, ask } = this.#quotes()
    const step = tick >= 2_500 ? 1 : tick === 1_000 ? 6 : 20
    const wanted = this.#random.between(12, 40)
    for (let place = 0; place < wanted; place++) {
      const away = place === 0 ? 0 : place * step + (step === 1 ? 0 : this.#random.between(0, step - 1))
      if (place > 1 && this.#random.chance(0.2)) continue
      if (bid - away * tick >= tick) this.book.set("bids", bid - away * tick, this.#size())
      if (ask + away * tick <= unit - tick) this.book.set("asks", ask + away * tick, this.#size())
    }
  }

  /** A size changes, a level comes, or a far one goes. */
  #nudge(side: BookSide): LevelChange {
    const random = this.#random
    const levels = this.book.levels(side)
    if (levels.length > maximumLevels) return { side, price: (levels[0] as { readonly price: number }).price, size: 0 }
    if (levels.length > 6 && random.chance(0.55)) {
      const level = levels[levels.length - 1 - Math.floor(random.next() ** 2 * levels.length)] as LevelChange
      const size = this.#size()
      return { side, price: level.price, size: size === level.size ? size + 10_000 : size }
    }
    const tick = this.book.tickSize
    const reach = tick >= 2_500 ? 10 : 60
    const away = Math.floor(-Math.log(1 - random.next()) * reach) * tick
    const price = side === "bids"
      ? Math.max(tick, this.book.best(side) - away)
      : Math.min(unit - tick, this.book.best(side) + away)
    return this.#fresh(side, price)
  }

  /** A maker replaces several levels at once. */
  #requote(): ReadonlyArray<LevelChange> {
    const count = this.#random.between(2, 8)
    const changes = new Map<string, LevelChange>()
    for (let index = 0; index < count; index++) {
      const change = this.#nudge(this.#random.chance(0.5) ? "bids" : "asks")
      if (change.size > 0) changes.set(`${change.side}${change.price}`, change)
    }
    return changes.size === 0 ? [this.#fresh("bids", this.book.best("bids"))] : [...changes.values()]
  }

  /** Makers take back what the fair price has passed, and quote where they want to stand. */
  #retreat(side: BookSide, quote: number, now: number): Step {
    const crossing = this.book.levels(side).filter((
      level
    ) => (side === "asks" ? level.price < quote : level.price > quote))
    const changes: Array<LevelChange> = crossing.slice(-6).map(({ price }) => ({ side, price, size: 0 }))
    const best = crossing.length > 6 ? (crossing[crossing.length - 7] as LevelChange).price : quote
    changes.push(this.#fresh(side, best))
    return this.#apply(changes, now)
  }

  /** A taker takes every level up to a price, at most five, and rests what is left of the order there. */
  #sweep(side: BookSide, limit: number, now: number): Step {
    const within = this.book.levels(side).filter((
      level
    ) => (side === "asks" ? level.price <= limit : level.price >= limit))
    const taken = within.slice(-5)
    const last = taken[0] as LevelChange
    const size = taken.reduce((sum, level) => sum + level.size, 0)
    const changes: Array<LevelChange> = taken.map(({ price }) => ({ side, price, size: 0 }))
    changes.push(this.#fresh(side === "asks" ? "bids" : "asks", last.price))
    if (this.book.levels(side).length === taken.length) {
      const tick = this.book.tickSize
      const beyond = side === "asks" ? Math.min(unit - tick, last.price + tick) : Math.max(tick, last.price - tick)
      changes.push(this.#fresh(side, beyond))
    }
    return this.#trade(changes, { takerBuys: side === "asks", price: last.price, size }, now)
  }

  /** A small taker order meets the best level. */
  #takeBest(now: number): Step {
    const random = this.#random
    const side: BookSide = random.chance(0.5) ? "bids" : "asks"
    const levels = this.book.levels(side)
    const best = levels[levels.length - 1] as LevelChange
    if (levels.length < 3 && best.size < unit) return this.#apply([this.#fresh(side, best.price)], now)
    const wanted = random.chance(0.5)
      ? Math.floor((random.between(1, 200) * unit * unit) / best.price)
      : random.between(500, 20_000) * 10_000
    const size = wanted >= best.size && levels.length < 3 ? Math.ceil(best.size / 2) : Math.min(wanted, best.size)
    return this.#trade([{ side, price: best.price, size: best.size - size }], {
      takerBuys: side === "asks",
      price: best.price,
      size
    }, now)
  }

  /** Time and hash together name a change: no hash comes twice within one millisecond. */
  #commit(now: number): void {
    const { book } = this
    const before = book.timestamp
    book.commit(Math.max(now, before))
    if (book.timestamp !== before) this.#hashesNow.clear()
    if (this.#hashesNow.has(book.summaries()[0].hash)) {
      book.commit(book.timestamp + 1)
      this.#hashesNow.clear()
    }
    this.#hashesNow.add(book.summaries()[0].hash)
  }

  #apply(levels: ReadonlyArray<LevelChange>, now: number, repeated = false): Step {
    for (const level of levels) this.book.set(level.side, level.price, level.size)
    this.#commit(now)
    return { kind: "change", levels, repeated }
  }

  #trade(levels: ReadonlyArray<LevelChange>, match: Match, now: number): Step {
    for (const level of levels) this.book.set(level.side, level.price, level.size)
    this.traded += (match.price / unit) * (match.size / unit)
    const quoted = this.#random.chance(0.5) ? match.price : unit - match.price
    this.book.setLastTradePrice(threeDecimals(quoted))
    this.#commit(now)
    return { kind: "trade", levels, match }
  }
}

/** A price as books quote the last trade: three decimals, four where the tick needs them. */
const threeDecimals = (price: number): string => (price / unit).toFixed(price % 1_000 === 0 ? 3 : 4)
