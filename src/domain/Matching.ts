/**
 * How a paper order meets a real book: the marketable part takes what rests there, level by level; the rest waits in the
 * queue behind the size that was there first. Pure; the book is not changed, since our paper does not move the market.
 */
import type { Level } from "./Level.ts"
import * as Micro from "./Micro.ts"
import { notionalUp } from "./Money.ts"
import type { Money } from "./Money.ts"
import type { Side, TimeInForce } from "./Order.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"

/** A part taken from one level. */
export interface Match {
  readonly price: Price
  readonly size: Size
}

/** What happens to an order on arrival. */
export type Arrival =
  /** Filled now by `matches`; `rest` shares wait at the order's price. */
  | { readonly _tag: "Accepted"; readonly matches: ReadonlyArray<Match>; readonly rest: Size }
  /** Nothing is done, or nothing more than `matches`; the remainder is killed. */
  | { readonly _tag: "Killed"; readonly matches: ReadonlyArray<Match>; readonly reason: string }

/** What matching needs of an order. */
export interface ArrivingOrder {
  readonly side: Side
  /** Limit, or the worst price of a market order. */
  readonly price: Price
  readonly size: Size
  /** Collateral to spend, market buys only: takes as many shares as it pays for, `size` at the most. */
  readonly amount?: Money
  readonly timeInForce: TimeInForce
  readonly postOnly: boolean
}

/** True when an order at `price` would take from a level at `level`. */
export const crosses = (side: Side, price: Price, level: Price): boolean =>
  side === "buy" ? level <= price : level >= price

/**
 * Matches an arriving order against the opposite side of the book, best level first. Fills are at the levels' prices, so
 * never worse than the order's.
 */
export const arrive = (order: ArrivingOrder, opposite: ReadonlyArray<Level>): Arrival => {
  const best = opposite[0]
  if (order.postOnly && best !== undefined && crosses(order.side, order.price, best.price)) {
    return { _tag: "Killed", matches: [], reason: "post-only order crosses the book" }
  }
  const matches: Array<Match> = []
  let left: number = order.size
  let money: number = order.amount ?? Number.POSITIVE_INFINITY
  for (const level of opposite) {
    if (left === 0 || money === 0 || !crosses(order.side, order.price, level.price)) break
    const size = Math.min(left, level.size, affordable(money, level.price)) as Size
    if (size === 0) break
    matches.push({ price: level.price, size })
    left -= size
    money -= order.amount === undefined ? 0 : notionalUp(level.price, size)
  }
  const spentAll = order.amount !== undefined && (best === undefined || affordable(money, order.price) === 0)
  const complete = left === 0 || (matches.length > 0 && spentAll)
  switch (order.timeInForce) {
    case "FOK":
      return complete
        ? { _tag: "Accepted", matches, rest: 0 as Size }
        : { _tag: "Killed", matches: [], reason: "the book cannot fill the whole order" }
    case "FAK":
      return complete
        ? { _tag: "Accepted", matches, rest: 0 as Size }
        : { _tag: "Killed", matches, reason: matches.length === 0 ? "nothing to match" : "remainder killed" }
    default:
      return { _tag: "Accepted", matches, rest: (complete ? 0 : left) as Size }
  }
}

/** The most shares, in steps of 0.01, that `money` pays for at `price`. */
const affordable = (money: number, price: Price): number => {
  if (money === Number.POSITIVE_INFINITY || price === 0) return Number.POSITIVE_INFINITY
  const shares = Number(BigInt(money) * BigInt(Micro.unit) / BigInt(price))
  return shares - shares % 10_000
}

/** How long a share that left the queue may be the share of a trade told later, ms: the venue tells both, in either order. */
const tradeToldWithin = 1_000

/** An order waiting in the book. */
export interface RestingOrder {
  readonly side: Side
  readonly price: Price
  readonly remaining: Size
  /** Shares that were there first and are served first. */
  readonly queueAhead: Size
  /** Shares ahead that left with the book, for which no trade was told yet, and when the last of them left, ms. */
  readonly leftUnexplained: Size
  readonly leftAt: number
}

/** A resting order after something happened at the venue, with the shares of it that were filled, at its own price. */
export interface Progress {
  readonly order: RestingOrder
  readonly filled: Size
}

/** An order that comes to rest behind `queueAhead` shares. */
export const rest = (side: Side, price: Price, remaining: Size, queueAhead: Size): RestingOrder => ({
  side,
  price,
  remaining,
  queueAhead,
  leftUnexplained: 0 as Size,
  leftAt: 0
})

const unexplained = (order: RestingOrder, now: number): number =>
  now - order.leftAt <= tradeToldWithin ? order.leftUnexplained : 0

/**
 * What a trade at the venue does to a resting order. A trade beyond its price fills it as far as the trade's size goes; one
 * at its price first serves the queue ahead, unless the book told of that already. `takerSide` is the taker's: sellers hit
 * bids. When several of our orders meet one trade, each is given what those before it left of it.
 */
export const afterTrade = (order: RestingOrder, takerSide: Side, price: Price, size: Size, now: number): Progress => {
  if (takerSide === order.side) return { order, filled: 0 as Size }
  const beyond = order.side === "buy" ? price < order.price : price > order.price
  if (!beyond && price !== order.price) return { order, filled: 0 as Size }
  const told = beyond ? 0 : Math.min(unexplained(order, now), size)
  const served = beyond ? 0 : Math.min(order.queueAhead, size - told)
  const filled = Math.min(order.remaining, size - told - served) as Size
  return {
    order: {
      ...order,
      remaining: (order.remaining - filled) as Size,
      queueAhead: (beyond ? 0 : order.queueAhead - served) as Size,
      leftUnexplained: (beyond ? 0 : Math.max(0, unexplained(order, now) - told)) as Size
    },
    filled
  }
}

/**
 * What a new book does to a resting order: fewer shares at its price than were ahead of it means that some of those left;
 * an opposite side that has come to its price has traded through it, so it takes what stands there: `matches`, at the levels
 * they came from. `opposite` is without the shares our orders took before.
 */
export const afterBook = (
  order: RestingOrder,
  sizeAtPrice: Size,
  opposite: ReadonlyArray<Level>,
  now: number
): Progress & { readonly matches: ReadonlyArray<Match> } => {
  const matches: Array<Match> = []
  let remaining: number = order.remaining
  for (const level of opposite) {
    if (remaining === 0 || !crosses(order.side, order.price, level.price)) break
    const size = Math.min(remaining, level.size) as Size
    matches.push({ price: level.price, size })
    remaining -= size
  }
  const left = Math.max(0, order.queueAhead - sizeAtPrice)
  return {
    order: {
      ...order,
      remaining: remaining as Size,
      queueAhead: (order.queueAhead - left) as Size,
      ...(left === 0 ? {} : { leftUnexplained: (unexplained(order, now) + left) as Size, leftAt: now })
    },
    filled: (order.remaining - remaining) as Size,
    matches
  }
}
