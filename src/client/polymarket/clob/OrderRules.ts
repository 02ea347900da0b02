/**
 * What the venue refuses although its client makes it: prices off the tick, sizes below the minimum, too many decimals, marketable buys below
 * $1, times. And a second computation of the amounts, by integers: an order is sent only when both agree to the last place.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Result } from "effect"
import * as Micro from "../../../domain/Micro.ts"
import type { TimeInForce } from "../../../domain/Order.ts"
import type { Price } from "../../../domain/Price.ts"
import type { Size } from "../../../domain/Size.ts"
import { type Amounts, decimalsOf, limitAmounts, marketAmounts } from "./Amounts.ts"
import type { LimitOrder, MarketOrder } from "./BuildOrder.ts"
import { OrderRefused } from "./OrderRefused.ts"
import type { OrderRule } from "./OrderRefused.ts"
import type { UnsignedOrder } from "./Signing.ts"

/** What the venue knows besides the order. */
export interface OrderCircumstances {
  readonly orderType: TimeInForce
  readonly postOnly: boolean
  /** Least size of a resting order, millionths of a share. */
  readonly minimumSize: Size
  /** Best price asked, millionths; `undefined`: nobody asks, or it is not known. */
  readonly bestAsk: Price | undefined
  /** ms UTC. */
  readonly now: number
}

/** Least worth of a marketable buy, base units. */
const leastMarketableBuy = 1_000_000n

/** Least distance of an expiration, s. */
const leastLife = 180

type Broken = readonly [OrderRule, string] | undefined

/** Nothing when the venue has no reason to refuse the order, else the first rule it breaks. `order` is what `buildOrder` made of `wish`. */
export const checkOrder = (
  wish: LimitOrder | MarketOrder,
  order: UnsignedOrder,
  circumstances: OrderCircumstances
): Result.Result<void, OrderRefused> => {
  const price = microOf(wish.price ?? 0)
  const broken = checkPrice(wish, price) ?? checkAmounts(wish, order, price) ?? checkSize(order, circumstances) ??
    checkWorth(order, price, circumstances) ?? checkTimes(order, circumstances)
  return broken === undefined ? Result.void : Result.fail(new OrderRefused({ rule: broken[0], detail: broken[1] }))
}

const microOf = (value: number): number => Micro.parse(String(value))

const sharesOf = (order: UnsignedOrder): bigint => order.side === "BUY" ? order.takerAmount : order.makerAmount

const collateralOf = (order: UnsignedOrder): bigint => order.side === "BUY" ? order.makerAmount : order.takerAmount

const rests = (orderType: TimeInForce): boolean => orderType === "GTC" || orderType === "GTD"

const checkPrice = ({ market: { tickSize }, price }: LimitOrder | MarketOrder, micro: number): Broken => {
  if (!(micro >= tickSize && micro <= Micro.unit - tickSize)) {
    return [
      "price",
      `expected a price from ${Micro.format(tickSize)} to ${Micro.format(Micro.unit - tickSize)}, found ${price}`
    ]
  }
  return micro % tickSize === 0
    ? undefined
    : ["tick", `expected a multiple of the tick ${Micro.format(tickSize)}, found ${price}`]
}

/** Decimals, and the amounts once more by integers; a wish with a balance may have become smaller, not larger. */
const checkAmounts = (wish: LimitOrder | MarketOrder, order: UnsignedOrder, price: number): Broken => {
  const asked = wish.kind === "limit" ? wish.size : wish.amount
  const given = wish.kind === "limit" ? sharesOf(order) : order.makerAmount
  if (given % 10_000n !== 0n) {
    return ["decimals", `expected at most 2 decimals, found ${Micro.format(Number(given))}`]
  }
  const collateral = wish.kind === "limit" ? collateralOf(order) : order.takerAmount
  const lastPlace = 10n ** BigInt(6 - decimalsOf(wish.market.tickSize).amount)
  if (collateral % lastPlace !== 0n) {
    return [
      "decimals",
      `expected at most ${decimalsOf(wish.market.tickSize).amount} decimals, found ${collateral} base units`
    ]
  }
  const wanted = microOf(asked)
  if (!(wanted >= 0)) return ["decimals", `expected a plain number of at most 6 decimals, found ${asked}`]
  const largest = BigInt(wanted) - BigInt(wanted) % 10_000n
  const fits = wish.balance === undefined ? given === largest : given <= largest
  const exact = exactAmounts(wish, price as Price, Number(given) as Size)
  return fits && exact.makerAmount === order.makerAmount && exact.takerAmount === order.takerAmount
    ? undefined
    : [
      "exact",
      `expected ${exact.makerAmount} for ${exact.takerAmount}, found ${order.makerAmount} for ${order.takerAmount}`
    ]
}

const exactAmounts = ({ kind, market, side }: LimitOrder | MarketOrder, price: Price, given: Size): Amounts =>
  kind === "limit"
    ? limitAmounts(side, price, given, market.tickSize)
    : marketAmounts(side, price, given, market.tickSize)

const checkSize = (order: UnsignedOrder, { minimumSize, orderType }: OrderCircumstances): Broken => {
  const least = rests(orderType) ? BigInt(minimumSize) : 1n
  const shares = sharesOf(order)
  if (collateralOf(order) === 0n) return ["size", "expected an order that is worth something, found one worth 0"]
  return shares >= least && shares > 0n
    ? undefined
    : ["size", `expected at least ${Micro.format(Number(least))} shares, found ${Micro.format(Number(shares))}`]
}

const checkWorth = (order: UnsignedOrder, price: number, { bestAsk, orderType }: OrderCircumstances): Broken => {
  const marketable = !rests(orderType) || (bestAsk !== undefined && price >= bestAsk)
  return order.side === "BUY" && marketable && order.makerAmount < leastMarketableBuy
    ? [
      "marketableMinimum",
      `expected at least 1 pUSD for a marketable buy, found ${Micro.format(Number(order.makerAmount))}`
    ]
    : undefined
}

const checkTimes = (order: UnsignedOrder, { now, orderType, postOnly }: OrderCircumstances): Broken => {
  if (postOnly && !rests(orderType)) return ["postOnly", `expected GTC or GTD for post only, found ${orderType}`]
  if (orderType !== "GTD") {
    return order.expiration === 0
      ? undefined
      : ["expiration", `expected no expiration for ${orderType}, found ${order.expiration}`]
  }
  const least = Math.ceil(now / 1_000) + leastLife
  return order.expiration >= least
    ? undefined
    : [
      "expiration",
      `expected an expiration at least ${leastLife} s ahead, at ${least} or later, found ${order.expiration}`
    ]
}
