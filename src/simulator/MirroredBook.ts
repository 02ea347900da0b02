/**
 * The book of one binary market, seen from its first token; the second token's book is the exact mirror: price 1 - p,
 * opposite side. Prices and sizes are millionths. Texts and hashes are made when asked for and kept until a change.
 */
import { format, formatPrice, unit } from "../domain/Micro.ts"
import { type BookSummary, hashOf } from "./BookSummary.ts"
import type { Listing } from "./Listing.ts"

/** A side of the first token's book. */
export type BookSide = "bids" | "asks"

/** One price of the first token's book. */
export interface BookLevel {
  readonly price: number
  readonly size: number
}

interface StoredLevel extends BookLevel {
  readonly own: string
  readonly mirrored: string
}

interface SideTexts {
  readonly own: string
  readonly mirrored: string
}

const textsOf = (levels: ReadonlyArray<StoredLevel>): SideTexts => ({
  own: `[${levels.map((level) => level.own).join(",")}]`,
  mirrored: `[${levels.map((level) => level.mirrored).join(",")}]`
})

/** A market's book; `commit` closes a change and gives it a time. */
export class MirroredBook {
  readonly #listing: Listing
  /** Worst to best: bids ascending, asks descending. */
  readonly #bids: Array<StoredLevel> = []
  readonly #asks: Array<StoredLevel> = []
  /** JSON of each side, as the first token's and, mirrored, as the second's; absent after a change of that side. */
  readonly #texts: { bids: SideTexts | undefined; asks: SideTexts | undefined } = { bids: undefined, asks: undefined }
  #summaries: readonly [BookSummary, BookSummary] | undefined
  #timestamp = 0
  #tickSize: number
  #lastTradePrice = ""

  constructor(listing: Listing) {
    this.#listing = listing
    this.#tickSize = listing.tickSize
  }

  /** Levels of a side, worst to best. */
  levels(side: BookSide): ReadonlyArray<BookLevel> {
    return side === "bids" ? this.#bids : this.#asks
  }

  /** Best price of a side; 0 for no bids, one pUSD for no asks. */
  best(side: BookSide): number {
    const levels = this.levels(side)
    return levels[levels.length - 1]?.price ?? (side === "bids" ? 0 : unit)
  }

  get tickSize(): number {
    return this.#tickSize
  }

  get lastTradePrice(): string {
    return this.#lastTradePrice
  }

  get timestamp(): number {
    return this.#timestamp
  }

  /** The size resting at a price, 0 when nothing does. */
  sizeAt(side: BookSide, price: number): number {
    const levels = this.levels(side)
    const index = this.#find(side, price)
    return levels[index]?.price === price ? (levels[index] as BookLevel).size : 0
  }

  /** Sets the total at a price; 0 removes it. */
  set(side: BookSide, price: number, size: number): void {
    const levels = side === "bids" ? this.#bids : this.#asks
    const index = this.#find(side, price)
    const found = levels[index]?.price === price
    if (size === 0) {
      if (found) levels.splice(index, 1)
    } else {
      const sizeText = format(size)
      levels.splice(index, found ? 1 : 0, {
        price,
        size,
        own: `{"price":"${formatPrice(price)}","size":"${sizeText}"}`,
        mirrored: `{"price":"${formatPrice(unit - price)}","size":"${sizeText}"}`
      })
    }
    this.#texts[side] = undefined
  }

  setTickSize(tickSize: number): void {
    this.#tickSize = tickSize
  }

  setLastTradePrice(text: string): void {
    this.#lastTradePrice = text
  }

  /** Closes a change: from now on the book's time is `timestamp`. */
  commit(timestamp: number): void {
    this.#timestamp = timestamp
    this.#summaries = undefined
  }

  /** The books of both tokens as of the last commit, in the listing's order. */
  summaries(): readonly [BookSummary, BookSummary] {
    return this.#summaries ??= [this.#summary(0), this.#summary(1)]
  }

  #summary(outcome: 0 | 1): BookSummary {
    const bids = this.#texts.bids ??= textsOf(this.#bids)
    const asks = this.#texts.asks ??= textsOf(this.#asks)
    const book: BookSummary = {
      market: this.#listing.conditionId,
      assetId: this.#listing.assetIds[outcome] as string,
      timestamp: String(this.#timestamp),
      hash: "",
      bids: outcome === 0 ? bids.own : asks.mirrored,
      asks: outcome === 0 ? asks.own : bids.mirrored,
      minimumSize: String(this.#listing.minimumSize),
      tickSize: formatPrice(this.#tickSize),
      negativeRisk: this.#listing.negativeRisk,
      lastTradePrice: this.#lastTradePrice,
      version: this.#listing.version
    }
    return { ...book, hash: hashOf(book) }
  }

  /** Where the price is or belongs. */
  #find(side: BookSide, price: number): number {
    const levels = this.levels(side)
    const ascending = side === "bids"
    let low = 0
    let high = levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = (levels[middle] as BookLevel).price
      if (ascending ? there < price : there > price) low = middle + 1
      else high = middle
    }
    return low
  }
}
