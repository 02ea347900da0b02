/** Own orders and trades as REST and the user channel write them. */
import { format } from "../domain/Micro.ts"
import type { DeskEvent, DeskOrder, DeskTrade } from "./OrderDesk.ts"

/** A row of `/data/orders`. */
export const openOrder = (order: DeskOrder) => ({
  id: order.id,
  status: order.status,
  owner: order.apiKey,
  maker_address: order.maker,
  market: order.market,
  asset_id: order.assetId,
  side: order.side,
  original_size: format(order.size),
  size_matched: format(order.matched),
  price: format(order.price),
  outcome: order.outcome,
  expiration: String(order.expiration),
  order_type: order.type,
  associate_trades: order.trades,
  created_at: order.createdAt
})

/** A row of `/data/trades`. */
export const ownTrade = ({ at, id, isTaker, order, price, size, status, transactionHash }: DeskTrade) => ({
  id,
  taker_order_id: isTaker ? order.id : `0x${"0".repeat(64)}`,
  market: order.market,
  asset_id: order.assetId,
  side: order.side,
  size: format(size),
  fee_rate_bps: "0",
  price: format(price),
  status,
  match_time: String(Math.floor(at / 1_000)),
  last_update: String(Math.floor(at / 1_000)),
  outcome: order.outcome,
  bucket_index: 0,
  owner: order.apiKey,
  maker_address: order.maker,
  transaction_hash: transactionHash,
  trader_side: isTaker ? "TAKER" : "MAKER",
  maker_orders: isTaker ? [] : [{
    order_id: order.id,
    owner: order.apiKey,
    maker_address: order.maker,
    matched_amount: format(size),
    price: format(price),
    fee_rate_bps: "0",
    asset_id: order.assetId,
    outcome: order.outcome,
    side: order.side
  }]
})

/** What the user channel says of something that happened; `now` in ms UTC. */
export const userMessage = (event: DeskEvent, now: number): Readonly<Record<string, unknown>> =>
  event.kind === "TRADE"
    ? {
      ...ownTrade(event.trade),
      event_type: "trade",
      type: "TRADE",
      trade_owner: event.trade.order.apiKey,
      timestamp: String(now)
    }
    : {
      ...openOrder(event.order),
      event_type: "order",
      type: event.kind,
      order_owner: event.order.apiKey,
      timestamp: String(now)
    }
