/**
 * What an order gives and gets, in base units, by integers alone: the recipe of the venue's documentation computed exactly. Prices off the
 * tick's decimals are rounded (half up for limit orders, down for market orders), sizes and spent money are cut to 2 decimals.
 * Never worse than the price asked for when that is a multiple of the tick; a market buy may get less than one last place fewer shares.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Result } from "effect"
import * as Micro from "../../../domain/Micro.ts"
import type { Money } from "../../../domain/Money.ts"
import type { Price } from "../../../domain/Price.ts"
import type { Size } from "../../../domain/Size.ts"
import type { TickSize } from "../../../domain/TickSize.ts"
import { type OrderRefused, refuse } from "./OrderRefused.ts"
import type { WireSide } from "./Signing.ts"

/** What the maker gives and gets, base units. */
export interface Amounts {
  readonly makerAmount: bigint
  readonly takerAmount: bigint
}

/** How many decimals prices, sizes and products have. */
export interface Decimals {
  readonly price: number
  readonly size: number
  readonly amount: number
}

const table: Readonly<Record<TickSize, Decimals>> = {
  100_000: { price: 1, size: 2, amount: 3 },
  10_000: { price: 2, size: 2, amount: 4 },
  5_000: { price: 3, size: 2, amount: 5 },
  2_500: { price: 4, size: 2, amount: 6 },
  1_000: { price: 3, size: 2, amount: 5 },
  100: { price: 4, size: 2, amount: 6 }
}

/** The decimals of a market with this tick. */
export const decimalsOf = (tick: TickSize): Decimals => table[tick]

const unit = 1_000_000n

/** Base units of the last of `decimals` places. */
const lastPlace = (decimals: number): bigint => 10n ** BigInt(6 - decimals)

const cut = (micro: number, decimals: number): bigint => BigInt(micro) - BigInt(micro) % lastPlace(decimals)

const ordered = (side: WireSide, collateral: bigint, shares: bigint): Amounts =>
  side === "BUY" ? { makerAmount: collateral, takerAmount: shares } : { makerAmount: shares, takerAmount: collateral }

/** Of a limit order for `size` shares. */
export const limitAmounts = (side: WireSide, price: Price, size: Size, tick: TickSize): Amounts => {
  const { price: priceDecimals, size: sizeDecimals } = decimalsOf(tick)
  const step = lastPlace(priceDecimals)
  const rounded = (BigInt(price) + step / 2n) / step * step
  const shares = cut(size, sizeDecimals)
  // Exact: the decimals of a price and a size together are those of an amount, never more than six.
  return ordered(side, rounded * shares / unit, shares)
}

/** Of a market order: `amount` is pUSD to spend when buying, shares to sell when selling; `price` the worst accepted. */
export const marketAmounts = (side: WireSide, price: Price, amount: Money | Size, tick: TickSize): Amounts => {
  const decimals = decimalsOf(tick)
  const worst = cut(price, decimals.price)
  const given = cut(amount, decimals.size)
  if (side === "SELL") return { makerAmount: given, takerAmount: given * worst / unit }
  // The recipe first rounds up four decimals further on: with prices of at most four decimals that never reaches the last place.
  const shares = given * 10n ** BigInt(decimals.amount) / worst
  return { makerAmount: given, takerAmount: shares * lastPlace(decimals.amount) }
}

/** A way to compute amounts from what is asked for: by integers (`exactAmounts`), or as the official client (`clientAmounts`). */
export interface Arithmetic {
  /** Of a limit order for `size` shares. */
  readonly limit: Compute
  /** Of a market order: `size` is pUSD to spend when buying, shares to sell when selling; `price` the worst accepted. */
  readonly market: Compute
}

type Compute = (side: WireSide, price: number, size: number, tick: TickSize) => Result.Result<Amounts, OrderRefused>

const exactly =
  (compute: (side: WireSide, price: Price, size: Size, tick: TickSize) => Amounts): Compute =>
  (side, price, size, tick) => {
    const [microPrice, microSize] = [Micro.parse(String(price)), Micro.parse(String(size))]
    return microPrice >= 0 && microSize >= 0
      ? Result.succeed(compute(side, microPrice as Price, microSize as Size, tick))
      : refuse("amount", `expected numbers of at most 6 decimals, found ${size} at ${price}`)
  }

/** By integers: exact for everything that has at most six decimals, and refuses what has more. */
export const exactAmounts: Arithmetic = { limit: exactly(limitAmounts), market: exactly(marketAmounts) }
