/**
 * The agent that quotes: an order per price on both sides, many levels deep, sizes of all magnitudes as in recorded books. It follows the fair price
 * by taking quotes back that it has passed, and otherwise changes, adds and removes quotes all the time.
 */
import { unit } from "../../domain/Micro.ts"
import type { BookSide, Level } from "../exchange/BookOrder.ts"
import type { MirroredBook } from "../MirroredBook.ts"
import type { Seeded } from "../Seeded.ts"
import type { Quotes } from "./FairPrice.ts"
import type { Hand } from "./Hand.ts"

/** Most levels of a side; recorded books of a cent's tick hold about as many. */
const maximumLevels = 48

/** Levels below which it rather adds some. */
const usualLevels = 36

/** Median of a quote's shares and the deviation of its logarithm; the recordings' middle and outer tenths. */
const median = 180
const deviation = 1.9

/** Most and least shares of a quote. */
const most = 60_000
const least = 5

interface Quote extends Level {
  readonly side: BookSide
}

/** One market's maker. */
export class MarketMaker {
  readonly #hand: Hand
  readonly #book: MirroredBook
  readonly #random: Seeded
  /** Ids of its orders, by side and price. */
  readonly #quoted = new Map<string, string>()

  constructor(hand: Hand, book: MirroredBook, random: Seeded) {
    this.#hand = hand
    this.#book = book
    this.#random = random
  }

  /** The first quotes of a market. */
  open({ ask, bid }: Quotes): void {
    const tick = this.#book.tickSize
    const random = this.#random
    const step = tick >= 2_500 ? 1 : tick === 1_000 ? 6 : 20
    const wanted = random.between(30, 48)
    for (let place = 0; place < wanted; place++) {
      const away = place === 0 ? 0 : place * step + (step === 1 ? 0 : random.between(0, step - 1))
      if (place > 1 && random.chance(0.1)) continue
      if (bid - away * tick >= tick) this.quote({ side: "bids", price: bid - away * tick, size: this.size() })
      if (ask + away * tick <= unit - tick) this.quote({ side: "asks", price: ask + away * tick, size: this.size() })
    }
  }

  /** Stands where it wants to, when it does not; says whether there was something to do. */
  close(quotes: Quotes): boolean {
    const { ask, bid } = quotes
    const book = this.#book
    if (book.best("bids") < bid && this.#random.chance(0.7)) return this.#stand("bids", bid)
    if (book.best("asks") > ask && this.#random.chance(0.7)) return this.#stand("asks", ask)
    return false
  }

  /** Changes, adds or removes quotes. */
  fidget(): void {
    const random = this.#random
    if (random.chance(0.14)) {
      for (let count = random.between(2, 8); count > 0; count--) {
        this.quote(this.#nudge(random.chance(0.5) ? "bids" : "asks"))
      }
      return
    }
    this.quote(this.#nudge(random.chance(0.5) ? "bids" : "asks"))
  }

  /** Takes back one of its quotes that is not at the top; says whether there was one. */
  thin(): boolean {
    const side: BookSide = this.#random.chance(0.5) ? "bids" : "asks"
    const levels = this.#book.levels(side)
    if (levels.length < 5) return false
    const { price } = levels[this.#random.between(0, levels.length - 2)] as Level
    if (!this.#quoted.has(`${side}${price}`)) return false
    this.quote({ side, price, size: 0 })
    return true
  }

  /** Takes back quotes that the fair price has passed, six at a time, and quotes where it wants to stand. */
  retreat(side: BookSide, quotes: Quotes): void {
    const wanted = side === "asks" ? quotes.ask : quotes.bid
    const crossing = this.#book.levels(side).filter(({ price }) => (side === "asks" ? price < wanted : price > wanted))
    for (const { price } of crossing.slice(-6)) this.quote({ side, price, size: 0 })
    this.#stand(side, crossing.length > 6 ? (crossing[crossing.length - 7] as Level).price : wanted)
  }

  /** Makes its own order at a price have a size; 0 takes it back. */
  quote({ price, side, size }: Quote): void {
    const key = `${side}${price}`
    const standing = this.#quoted.get(key)
    if (standing !== undefined) {
      if (this.#hand.left(standing) === size) return
      this.#hand.cancel(standing)
      this.#quoted.delete(key)
    }
    const id = size === 0 ? undefined : this.#hand.place(side, price, size, "GTC")
    if (id !== undefined) this.#quoted.set(key, id)
  }

  /** Shares of a quote: whole ones now and then, hundredths else. */
  size(): number {
    const random = this.#random
    const shares = Math.min(most, Math.max(least, median * Math.exp(random.normal() * deviation)))
    return random.chance(0.35) ? Math.round(shares) * unit : Math.round(shares * 100) * 10_000
  }

  #stand(side: BookSide, price: number): true {
    const standing = this.#quoted.get(`${side}${price}`)
    const there = standing === undefined ? 0 : this.#hand.left(standing)
    this.quote({ side, price, size: there + this.size() })
    return true
  }

  /** A size changes, a level comes, or a far one goes. */
  #nudge(side: BookSide): Quote {
    const random = this.#random
    const levels = this.#book.levels(side)
    if (levels.length > maximumLevels) return { side, price: (levels[0] as Level).price, size: 0 }
    if (levels.length > 6 && random.chance(levels.length < usualLevels ? 0.3 : 0.6)) {
      const { price } = levels[levels.length - 1 - Math.floor(random.next() ** 2 * levels.length)] as Level
      return { side, price, size: this.size() }
    }
    const tick = this.#book.tickSize
    const away = Math.floor(-Math.log(1 - random.next()) * (tick >= 2_500 ? 16 : 60)) * tick
    const price = side === "bids"
      ? Math.max(tick, this.#book.best(side) - away)
      : Math.min(unit - tick, this.#book.best(side) + away)
    return { side, price, size: this.size() }
  }
}
