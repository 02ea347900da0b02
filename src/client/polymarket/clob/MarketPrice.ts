/**
 * The price at which a book fills a market order, as the official client walks it: from the end of the array, which is the best level when
 * the array is as the venue sends it, with sums in doubles. The order of the levels is trusted.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Result } from "effect"
import { type OrderRefused, refuse } from "./OrderRefused.ts"
import type { WireSide } from "./Signing.ts"

/** A level as on the wire. */
export interface WireLevel {
  readonly price: string
  readonly size: string
}

/** Both sides as on the wire, best level last. */
export interface WireBook {
  readonly bids: ReadonlyArray<WireLevel>
  readonly asks: ReadonlyArray<WireLevel>
}

/**
 * The price of the level that completes `amount` (pUSD when buying, shares when selling). A book that is too thin has none for FOK, and its
 * first level's price for FAK.
 */
export const marketPrice = (
  book: WireBook,
  side: WireSide,
  amount: number,
  orderType: "FOK" | "FAK" = "FOK"
): Result.Result<number, OrderRefused> => {
  const levels = side === "BUY" ? book.asks : book.bids
  const [worst] = levels
  if (worst === undefined) return refuse("book", "expected orders to match, found none")
  let sum = 0
  for (const { price, size } of levels.toReversed()) {
    sum += Number.parseFloat(size) * (side === "BUY" ? Number.parseFloat(price) : 1)
    if (sum >= amount) return Result.succeed(Number.parseFloat(price))
  }
  return orderType === "FAK"
    ? Result.succeed(Number.parseFloat(worst.price))
    : refuse("book", `expected orders for ${amount} to match, found them for ${sum}`)
}
