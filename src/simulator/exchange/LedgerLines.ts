/** What the ledger keeps of orders and trades: decimal text for prices, sizes and money. */
import { format } from "../../domain/Micro.ts"
import type { LedgerLine } from "../Ledger.ts"
import type { DeskOrder, Leg, Trade } from "./DeskOrder.ts"

/** The ledger's fields of an order. */
export const describe = (order: DeskOrder): Readonly<Record<string, unknown>> => {
  const { assetId, budget, expiration, id, maker, market, postOnly, price, side, size, type } = order
  return {
    order: id,
    wallet: maker,
    market,
    asset: assetId,
    side,
    type,
    price: format(price),
    size: format(size),
    ...(budget === undefined ? {} : { budget: format(budget) }),
    ...(postOnly ? { postOnly } : {}),
    ...(expiration === 0 ? {} : { expiration })
  }
}

/** The ledger's lines of a trade: the match, then a fill for each side. */
export const linesOf = (trade: Trade): ReadonlyArray<LedgerLine> => {
  const fill = (leg: Leg, role: "taker" | "maker"): LedgerLine => ({
    kind: "fill",
    trade: trade.id,
    role,
    order: leg.order?.apiKey === undefined || leg.order.apiKey === "" ? null : leg.order.id,
    wallet: leg.wallet,
    asset: leg.assetId,
    side: leg.side,
    price: format(leg.price),
    size: format(leg.size),
    money: format(leg.money),
    fee: format(leg.fee)
  })
  return [
    {
      kind: "match",
      trade: trade.id,
      market: trade.market,
      transaction: trade.transactionHash,
      price: format(trade.taker.price),
      size: format(trade.taker.size)
    },
    fill(trade.taker, "taker"),
    ...trade.makers.map((leg) => fill(leg, "maker"))
  ]
}
