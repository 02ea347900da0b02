/**
 * What the book of a pair speaks of: orders, the ladder both outcomes stand on, matches, levels. Prices, sizes and money are millionths.
 */
import { unit } from "../../domain/Micro.ts"

/** A side of the first outcome's book. */
export type BookSide = "bids" | "asks"

/** A price of the first outcome's book with the shares that stand there. */
export interface Level {
  readonly price: number
  readonly size: number
}

/** A new total at one price of the first outcome's book; 0: nothing stands there any more. */
export interface LevelChange extends Level {
  readonly side: BookSide
}

/** How long an order lives, and whether in parts. */
export type OrderType = "GTC" | "GTD" | "FOK" | "FAK"

/** What the book has to know of an order. */
export interface BookOrder {
  readonly id: string
  /** 0: the first outcome. */
  readonly outcome: 0 | 1
  readonly side: "BUY" | "SELL"
  /** Worst price of its own outcome, above 0 and below one. */
  readonly price: number
  /** Shares; with a budget it says nothing. */
  readonly size: number
  /** pUSD to spend, for market buys. */
  readonly budget?: number | undefined
  readonly type: OrderType
  readonly postOnly: boolean
}

/** What an arriving order gets from one resting order, or from a level from outside (`maker` absent). */
export interface Match<O> {
  readonly maker: O | undefined
  readonly kind: "direct" | "mint" | "merge"
  readonly size: number
  /** Of the first outcome. */
  readonly ladderPrice: number
  /** Of the taker's outcome. */
  readonly takerPrice: number
  /** Of the maker's outcome; from outside: the taker's. */
  readonly makerPrice: number
  /** pUSD the taker pays or gets. */
  readonly takerMoney: number
  /** pUSD the maker pays or gets: the same in a direct match, the rest of the pair's one pUSD otherwise. */
  readonly makerMoney: number
}

/** What an order would do now. */
export interface Quote<O> {
  readonly matches: ReadonlyArray<Match<O>>
  /** Shares matched. */
  readonly size: number
  /** pUSD paid or got. */
  readonly money: number
  /** Nothing of its size or budget would be left. */
  readonly complete: boolean
}

/** Why an order is not taken. */
export type BookRefusal = "crosses" | "not filled whole" | "nothing to match"

/** What became of an arriving order. */
export interface Placement<O, E = never> {
  readonly refusal?: BookRefusal | E
  readonly quote: Quote<O>
  /** Shares that rest. */
  readonly rested: number
  readonly levels: ReadonlyArray<LevelChange>
}

/** The ladder's price of an order's own price, and back. */
export const ladderPriceOf = (outcome: 0 | 1, price: number): number => (outcome === 0 ? price : unit - price)

/** The side of the ladder an order stands on. */
export const ladderSideOf = ({ outcome, side }: Pick<BookOrder, "outcome" | "side">): BookSide =>
  (side === "BUY") === (outcome === 0) ? "bids" : "asks"

/** The other side. */
export const opposite = (side: BookSide): BookSide => (side === "bids" ? "asks" : "bids")

/** Why the book does not take an order that would do this. */
export const refusalOf = <O extends BookOrder>(order: O, quote: Quote<O>): BookRefusal | undefined => {
  if (order.postOnly && quote.matches.length > 0) return "crosses"
  if (order.type === "FOK" && !quote.complete) return "not filled whole"
  if (order.type === "FAK" && quote.matches.length === 0) return "nothing to match"
  return undefined
}
