/**
 * Own orders and trades as the CLOB tells them, by REST and on the user channel. Money and sizes are text; states come with and without prefix.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"

/** The answer to a posted order. `success` with an `errorMsg` is accepted; look at both. */
export const PostOrderReply = Schema.Struct({
  success: Schema.Boolean,
  errorMsg: maybe(Schema.String),
  orderID: maybe(Schema.String),
  /** live, matched, delayed (accepted, not matched yet), unmatched; "" on failure. */
  status: maybe(Schema.String),
  /** Decimal text; "" when nothing matched. */
  makingAmount: maybe(Schema.String),
  takingAmount: maybe(Schema.String),
  transactionsHashes: maybe(Schema.Array(Schema.String)),
  tradeIDs: maybe(Schema.Array(Schema.String))
})
export type PostOrderReply = typeof PostOrderReply.Type

/** The answer to a cancel. */
export const CancelReply = Schema.Struct({
  canceled: Schema.Array(Schema.String),
  /** Why not, by order id. */
  not_canceled: Schema.Record(Schema.String, Schema.String)
})
export type CancelReply = typeof CancelReply.Type

/** An order of any status. */
export const ClobOrder = Schema.Struct({
  id: Schema.String,
  /** LIVE, MATCHED, CANCELED, INVALID, CANCELED_MARKET_RESOLVED, or the same after "ORDER_STATUS_". */
  status: Schema.String,
  /** The API key that placed it. */
  owner: maybe(Schema.String),
  maker_address: maybe(Schema.String),
  market: Schema.String,
  asset_id: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  original_size: Schema.String,
  size_matched: Schema.String,
  price: Schema.String,
  outcome: maybe(Schema.String),
  /** Unix s as text, "0" or null for none. */
  expiration: maybe(Schema.String),
  order_type: maybe(Schema.String),
  associate_trades: maybe(Schema.Array(Schema.String)),
  /** Unix s. */
  created_at: maybe(NumberOrText)
})
export type ClobOrder = typeof ClobOrder.Type

/** What a trade took from one maker. */
export const MakerOrder = Schema.Struct({
  order_id: Schema.String,
  owner: maybe(Schema.String),
  maker_address: maybe(Schema.String),
  matched_amount: Schema.String,
  /** May be unrounded: "0.0030000000012" was seen. */
  price: Schema.String,
  fee_rate_bps: maybe(Schema.String),
  asset_id: maybe(Schema.String),
  outcome: maybe(Schema.String),
  side: maybe(Schema.String)
})

const trade = {
  id: Schema.String,
  taker_order_id: maybe(Schema.String),
  market: Schema.String,
  asset_id: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  size: Schema.String,
  price: Schema.String,
  fee_rate_bps: maybe(Schema.String),
  /** MATCHED, MATCHED_NOT_BROADCASTED, MINED, CONFIRMED, RETRYING, FAILED, or the same after "TRADE_STATUS_". */
  status: Schema.String,
  /** Unix s as text, ISO on some routes. */
  match_time: maybe(NumberOrText),
  last_update: maybe(NumberOrText),
  outcome: maybe(Schema.String),
  bucket_index: maybe(Schema.Finite),
  owner: maybe(Schema.String),
  maker_address: maybe(Schema.String),
  transaction_hash: maybe(Schema.String),
  trader_side: maybe(Schema.String),
  maker_orders: maybe(Schema.Array(MakerOrder))
}

/** An own trade. CONFIRMED and FAILED are final. */
export const ClobTrade = Schema.Struct({
  ...trade,
  match_time_nano: maybe(NumberOrText),
  err_msg: maybe(Schema.String)
})
export type ClobTrade = typeof ClobTrade.Type

/** Base units as text; an older shape has one allowance instead of one per spender. */
export const BalanceAllowance = Schema.Struct({
  balance: Schema.String,
  allowances: maybe(Schema.Record(Schema.String, Schema.String)),
  allowance: maybe(Schema.String)
})
export type BalanceAllowance = typeof BalanceAllowance.Type

/** An `order` message of the user channel; old captures have no event_type. */
export const UserOrderMessage = Schema.Struct({
  event_type: Schema.optionalKey(Schema.Literal("order")),
  type: Schema.Literals(["PLACEMENT", "UPDATE", "CANCELLATION"]),
  id: Schema.String,
  owner: maybe(Schema.String),
  order_owner: maybe(Schema.String),
  market: Schema.String,
  asset_id: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  price: Schema.String,
  /** For FAK and FOK buys the pUSD to spend. */
  original_size: Schema.String,
  /** "" on a killed order. */
  size_matched: maybe(Schema.String),
  outcome: maybe(Schema.String),
  order_type: maybe(Schema.String),
  expiration: maybe(Schema.String),
  /** May carry a reason in free text. */
  status: maybe(Schema.String),
  maker_address: maybe(Schema.String),
  created_at: maybe(NumberOrText),
  /** ms as text (s in the documents' example). */
  timestamp: Schema.String,
  associate_trades: maybe(Schema.Array(Schema.String))
})
export type UserOrderMessage = typeof UserOrderMessage.Type

/** A `trade` message of the user channel, repeated as its status advances. */
export const UserTradeMessage = Schema.Struct({
  event_type: Schema.optionalKey(Schema.Literal("trade")),
  type: maybe(Schema.Literal("TRADE")),
  ...trade,
  matchtime: maybe(NumberOrText),
  trade_owner: maybe(Schema.String),
  timestamp: maybe(NumberOrText)
})
export type UserTradeMessage = typeof UserTradeMessage.Type

/** A key for signed requests. */
export const ApiKeyReply = Schema.Struct({ apiKey: Schema.String, secret: Schema.String, passphrase: Schema.String })
