/**
 * The order book of one asset on a fixed grid of ticks: an array slot per possible price and side, so that a change costs
 * one store. The book is the state of a fold and is changed in place; `levels` copies out of it.
 *
 * The grid is as fine as the market's tick. A price between two grid points means that the tick has become finer without
 * our knowing: the grid is rebuilt at the coarsest tick that holds both the old points and the new price.
 */
import type { Level } from "./Level.ts"
import * as Micro from "./Micro.ts"
import type { Side } from "./Order.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"
import * as TickSize from "./TickSize.ts"

/** Resting sizes (millionths of a share) by grid point; point `i` is the price `i × tick`. */
export interface OrderBook {
  tick: TickSize.TickSize
  bids: Float64Array
  asks: Float64Array
  /** Grid point of the best bid, -1 when there is none. */
  bestBidAt: number
  /** Grid point of the best ask, one past the last when there is none. */
  bestAskAt: number
}

/** An empty book. */
export const make = (tick: TickSize.TickSize): OrderBook => {
  const points = Micro.unit / tick + 1
  return { tick, bids: new Float64Array(points), asks: new Float64Array(points), bestBidAt: -1, bestAskAt: points }
}

/**
 * Sets the total size at a price; 0 removes the level. False, with the book unchanged, when no known tick size has such
 * a price.
 */
export const setLevel = (book: OrderBook, side: Side, price: Price, size: Size): boolean => {
  if (price % book.tick !== 0 && !refine(book, price)) return false
  const at = price / book.tick
  if (side === "buy") {
    book.bids[at] = size
    if (size > 0) {
      if (at > book.bestBidAt) book.bestBidAt = at
    } else if (at === book.bestBidAt) {
      let best = at - 1
      while (best >= 0 && book.bids[best] === 0) best--
      book.bestBidAt = best
    }
  } else {
    book.asks[at] = size
    if (size > 0) {
      if (at < book.bestAskAt) book.bestAskAt = at
    } else if (at === book.bestAskAt) {
      let best = at + 1
      while (best < book.asks.length && book.asks[best] === 0) best++
      book.bestAskAt = best
    }
  }
  return true
}

/** Removes every level. */
export const clear = (book: OrderBook): void => {
  book.bids.fill(0)
  book.asks.fill(0)
  book.bestBidAt = -1
  book.bestAskAt = book.asks.length
}

/** Forgets the past and takes these levels, in any order. False when a price fits no known tick; the book is then empty. */
export const replace = (book: OrderBook, bids: ReadonlyArray<Level>, asks: ReadonlyArray<Level>): boolean => {
  clear(book)
  for (const level of bids) if (!setLevel(book, "buy", level.price, level.size)) return clear(book), false
  for (const level of asks) if (!setLevel(book, "sell", level.price, level.size)) return clear(book), false
  return true
}

/** Rebuilds the grid at another tick. False, with the book unchanged, when a resting level would fall between its points. */
export const setTick = (book: OrderBook, tick: TickSize.TickSize): boolean => {
  if (tick === book.tick) return true
  const bids = levels(book, "buy")
  const asks = levels(book, "sell")
  if (![...bids, ...asks].every((level) => level.price % tick === 0)) return false
  Object.assign(book, make(tick))
  return replace(book, bids, asks)
}

const refine = (book: OrderBook, price: Price): boolean => {
  const finer = TickSize.all.find((tick) => tick < book.tick && book.tick % tick === 0 && price % tick === 0)
  return finer !== undefined && setTick(book, finer)
}

/** The highest price somebody bids; `undefined` when nobody does. */
export const bestBid = (book: OrderBook): Price | undefined =>
  book.bestBidAt < 0 ? undefined : (book.bestBidAt * book.tick) as Price

/** The lowest price somebody asks; `undefined` when nobody does. */
export const bestAsk = (book: OrderBook): Price | undefined =>
  book.bestAskAt >= book.asks.length ? undefined : (book.bestAskAt * book.tick) as Price

/** The size at the best bid, 0 without one. */
export const bidSize = (book: OrderBook): Size => (book.bestBidAt < 0 ? 0 : book.bids[book.bestBidAt]) as Size

/** The size at the best ask, 0 without one. */
export const askSize = (book: OrderBook): Size =>
  (book.bestAskAt >= book.asks.length ? 0 : book.asks[book.bestAskAt]) as Size

/** The size resting at a price, 0 when nothing does or the price is off the grid. */
export const sizeAt = (book: OrderBook, side: Side, price: Price): Size => {
  if (price % book.tick !== 0) return 0 as Size
  return ((side === "buy" ? book.bids : book.asks)[price / book.tick] ?? 0) as Size
}

/** The levels of a side, best first, at most `limit` of them. */
export const levels = (book: OrderBook, side: Side, limit = Number.MAX_SAFE_INTEGER): Array<Level> => {
  const found: Array<Level> = []
  if (side === "buy") {
    for (let at = book.bestBidAt; at >= 0 && found.length < limit; at--) {
      const size = book.bids[at] as Size
      if (size > 0) found.push({ price: (at * book.tick) as Price, size })
    }
  } else {
    for (let at = book.bestAskAt; at < book.asks.length && found.length < limit; at++) {
      const size = book.asks[at] as Size
      if (size > 0) found.push({ price: (at * book.tick) as Price, size })
    }
  }
  return found
}

/** True when the best bid reaches the best ask: no venue shows such a book, so some change is missing. */
export const isCrossed = (book: OrderBook): boolean => book.bestBidAt >= book.bestAskAt
