/**
 * The agents that take: noise, for no reason, small; momentum, after the price moved, with it; informed, who knows the fair price and takes whatever
 * stands beyond it. Their orders are filled at once or not at all (FAK). Each says whether it acted.
 */
import { unit } from "../../domain/Micro.ts"
import type { BookSide, Level } from "../exchange/BookOrder.ts"
import type { MirroredBook } from "../MirroredBook.ts"
import type { Seeded } from "../Seeded.ts"
import type { Quotes } from "./FairPrice.ts"
import type { Hand } from "./Hand.ts"

/** Shares people like to write; the trades of the recordings are of such sizes. */
const liked = [5, 10, 10, 20, 20, 25, 50, 50, 100, 200]

/** Most levels of one order of the informed; the median of its shares, and the deviation of their logarithm. */
const reach = 5
const median = 60
const deviation = 1.3

const other = (side: BookSide): BookSide => (side === "bids" ? "asks" : "bids")

/** Takes from the best of a side, and leaves something of a thin one. */
const takeBest = (hand: Hand, book: MirroredBook, side: BookSide, wanted: number): boolean => {
  const levels = book.levels(side)
  const best = levels.at(-1)
  if (best === undefined || (levels.length < 3 && best.size < unit)) return false
  const size = wanted >= best.size && levels.length < 3 ? Math.ceil(best.size / 2) : Math.min(wanted, best.size)
  return hand.place(other(side), best.price, size, "FAK") !== undefined
}

/** A small order of either side. */
export const noise = (hand: Hand, book: MirroredBook, random: Seeded): boolean => {
  const side: BookSide = random.chance(0.5) ? "bids" : "asks"
  const price = book.best(side)
  const wanted = random.chance(0.5)
    ? (liked[random.between(0, liked.length - 1)] as number) * unit
    : Math.floor((random.between(1, 40) * unit * unit) / Math.max(10_000, price))
  return takeBest(hand, book, side, wanted)
}

/** Follows the price: remembers where the middle was when it last looked, some seconds ago. */
export class Momentum {
  readonly #hand: Hand
  readonly #book: MirroredBook
  #middle: number | undefined
  #lookedAt = 0

  constructor(hand: Hand, book: MirroredBook) {
    this.#hand = hand
    this.#book = book
  }

  /** Looks, and buys what rises or sells what falls by two ticks or more. `now` in ms. */
  act(now: number, random: Seeded): boolean {
    const book = this.#book
    const middle = (book.best("bids") + book.best("asks")) / 2
    const before = this.#middle
    if (before === undefined || now - this.#lookedAt > 3_000) {
      this.#middle = middle
      this.#lookedAt = now
    }
    if (before === undefined || Math.abs(middle - before) < 2 * book.tickSize) return false
    return takeBest(this.#hand, book, middle > before ? "asks" : "bids", random.between(5, 60) * unit)
  }
}

/** Takes what stands beyond the fair price, some levels at once. */
export const informed = (
  hand: Hand,
  book: MirroredBook,
  random: Seeded,
  side: BookSide,
  quotes: Quotes
): boolean => {
  const limit = side === "asks" ? quotes.bid : quotes.ask
  const within = book.levels(side).filter(({ price }) => (side === "asks" ? price <= limit : price >= limit))
  const taken = within.slice(-reach)
  const last: Level | undefined = taken[0]
  if (last === undefined) return false
  const standing = taken.reduce((sum, level) => sum + level.size, 0)
  const wanted = Math.round(median * Math.exp(random.normal() * deviation) * 100) * 10_000
  const size = Math.min(standing, Math.max(5 * unit, wanted))
  return hand.place(other(side), last.price, size, "FAK") !== undefined
}
