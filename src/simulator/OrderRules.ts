/**
 * The venue's rules for a posted order whose signature holds: what its amounts mean as a price and a size, and whether tick, bounds, minimum,
 * precision, expiration and timestamp allow it. Prices and sizes in millionths.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { format, unit } from "../domain/Micro.ts"
import { checksummed } from "./Ethereum.ts"
import { type DeskOrder, type TradedMarket, untouched } from "./exchange/DeskOrder.ts"
import { duplicated } from "./exchange/Refusals.ts"
import type { ApiKey } from "./Keyring.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { PostedOrder } from "./SignedOrder.ts"

/** How far ahead orders have to expire at least, s. */
const shortestLife = 180

/** How far an order's timestamp may be ahead of the venue's clock, and behind it, ms. */
const mostAhead = 300_000
const mostBehind = 365 * 86_400_000

/** Hundredths of a share or a pUSD. */
const hundredth = unit / 100

/** The order in the desk's words, or the venue's words on why it cannot be one; `now` in ms UTC. */
export const orderOf = (options: {
  readonly desk: OrderDesk
  readonly now: number
  readonly key: ApiKey
  readonly posted: PostedOrder
  /** The digest of its struct. */
  readonly id: string
  readonly market: TradedMarket
  readonly outcome: 0 | 1
}): DeskOrder | string => {
  const { desk, id, key, market, now, outcome, posted } = options
  const { order, orderType } = posted
  if (desk.orders.has(id)) return duplicated(id)
  const [making, taking] = [Number(order.makerAmount), Number(order.takerAmount)]
  const [collateral, shares] = order.side === "BUY" ? [making, taking] : [taking, making]
  if (!Number.isSafeInteger(making) || !Number.isSafeInteger(taking) || collateral === 0 || shares === 0) {
    return "Invalid order payload"
  }
  const isResting = orderType === "GTC" || orderType === "GTD"
  if (posted.postOnly === true && !isResting) return "Invalid order payload"
  const isBudget = !isResting && order.side === "BUY"
  const limit = limitOf(order.side, BigInt(collateral), BigInt(shares))
  const tick = market.tickSize()
  const tickText = format(tick)
  // Amounts of market orders are rounded against the order: its price is the tick they come from.
  const price = isResting ? limit.price : (order.side === "BUY" ? Math.floor : Math.ceil)(limit.price / tick) * tick
  if (isResting && (!limit.isExact || price % tick !== 0)) {
    return `order ${id} is invalid. Price (${collateral / shares}) breaks minimum tick size rule: ${tickText}`
  }
  if (price < tick || price > unit - tick) {
    return `invalid price (${format(price)}), min: ${tickText} - max: ${format(unit - tick)}`
  }
  if (isResting && shares < market.minimumSize) {
    return `order ${id} is invalid. Size (${format(shares)}) lower than the minimum: ${format(market.minimumSize)}`
  }
  if (!isResting && making % hundredth !== 0) {
    return `invalid amounts, the market ${
      order.side === "BUY" ? "buy" : "sell"
    } orders maker amount supports a max accuracy of 2 decimals`
  }
  const expiration = Number(order.expiration)
  const seconds = Math.floor(now / 1_000)
  if (orderType === "GTD" ? expiration < seconds + shortestLife : expiration !== 0) return "invalid expiration"
  const timestamp = Number(order.timestamp)
  if (timestamp > now + mostAhead || timestamp < now - mostBehind) return "invalid timestamp"
  const made: DeskOrder = {
    id,
    apiKey: key.apiKey,
    maker: checksummed(order.maker),
    market: market.conditionId,
    assetId: order.tokenId,
    outcome,
    outcomeName: market.outcomes[outcome] ?? "",
    side: order.side,
    price: isResting ? price : limit.price,
    size: shares,
    budget: isBudget ? collateral : undefined,
    type: orderType,
    postOnly: posted.postOnly === true,
    expiration,
    createdAt: seconds,
    ...untouched()
  }
  if (order.side === "BUY" && collateral < unit) {
    const isMarketable = !isResting ||
      (!made.postOnly && (desk.book(market.conditionId)?.quote(made).matches.length ?? 0) > 0)
    if (isMarketable) return `invalid amount for a marketable BUY order ($${format(collateral)}), min size: $1`
  }
  return made
}

/** The worst price that amounts allow, in whole millionths: what a buyer pays at most, what a seller takes at least. */
const limitOf = (
  side: "BUY" | "SELL",
  collateral: bigint,
  shares: bigint
): { readonly price: number; readonly isExact: boolean } => {
  const scaled = collateral * BigInt(unit)
  const isExact = scaled % shares === 0n
  const down = scaled / shares
  return { price: Number(side === "BUY" || isExact ? down : down + 1n), isExact }
}
