/** Own orders and trades as REST and the user channel write them. */
import { format } from "../domain/Micro.ts"
import type { DeskEvent, DeskOrder, Leg, Trade } from "./exchange/DeskOrder.ts"

/** A row of `/data/orders`. What a market buy wanted is told in pUSD. */
export const openOrder = (order: DeskOrder) => ({
  id: order.id,
  status: order.status,
  owner: order.apiKey,
  maker_address: order.maker,
  market: order.market,
  asset_id: order.assetId,
  side: order.side,
  original_size: format(order.budget ?? order.size),
  size_matched: format(order.matched),
  price: format(order.price),
  outcome: order.outcomeName,
  expiration: String(order.expiration),
  order_type: order.type,
  associate_trades: order.trades,
  created_at: order.createdAt
})

const nobody = `0x${"0".repeat(64)}`

const makerOrder = ({ assetId, order, outcomeName, price, side, size, wallet }: Leg) => ({
  order_id: order?.id ?? nobody,
  owner: order?.apiKey ?? "",
  maker_address: wallet,
  matched_amount: format(size),
  price: format(price),
  fee_rate_bps: "0",
  asset_id: assetId,
  outcome: outcomeName,
  side
})

/** True when a key has a side of a trade. */
export const isParty = ({ makers, taker }: Trade, apiKey: string): boolean =>
  taker.order?.apiKey === apiKey || makers.some(({ order }) => order?.apiKey === apiKey)

/** A row of `/data/trades` as one of its parties sees it; a maker finds its part among `maker_orders`. */
export const ownTrade = (trade: Trade, apiKey: string) => {
  const { taker } = trade
  return {
    id: trade.id,
    taker_order_id: taker.order?.id ?? nobody,
    market: trade.market,
    asset_id: taker.assetId,
    side: taker.side,
    size: format(taker.size),
    fee_rate_bps: "0",
    price: format(taker.price),
    status: trade.status,
    match_time: String(Math.floor(trade.at / 1_000)),
    match_time_nano: `${trade.at}000000`,
    last_update: String(Math.floor(trade.updatedAt / 1_000)),
    outcome: taker.outcomeName,
    bucket_index: 0,
    owner: taker.order?.apiKey ?? "",
    maker_address: taker.wallet,
    transaction_hash: trade.transactionHash,
    ...(trade.status === "FAILED" ? { err_msg: "transaction failed" } : {}),
    trader_side: taker.order?.apiKey === apiKey ? "TAKER" : "MAKER",
    maker_orders: trade.makers.map(makerOrder)
  }
}

/** Keys that are to hear of something. */
export const hearersOf = (event: DeskEvent): ReadonlyArray<string> => {
  if (event.kind !== "TRADE") return [event.order.apiKey]
  const { makers, taker } = event.trade
  const keys = [taker, ...makers].map(({ order }) => order?.apiKey ?? "")
  return [...new Set(keys)].filter((key) => key !== "")
}

/** What the user channel says to a key of something that happened; `now` in ms UTC. */
export const userMessage = (event: DeskEvent, apiKey: string, now: number): Readonly<Record<string, unknown>> => {
  if (event.kind === "TRADE") {
    const row = ownTrade(event.trade, apiKey)
    return { ...row, event_type: "trade", type: "TRADE", trade_owner: row.owner, timestamp: String(now) }
  }
  const { order } = event
  const row = {
    ...openOrder(order),
    event_type: "order",
    type: event.kind,
    order_owner: order.apiKey,
    timestamp: String(now)
  }
  return order.reason === ""
    ? row
    : { ...row, status: `CANCELED_${order.reason}`, size_matched: "", created_at: "" }
}
