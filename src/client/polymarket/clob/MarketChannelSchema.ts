/**
 * The wire shapes of the CLOB market channel: what the venue pushes, one object or an array of them a frame, and what is
 * sent to it. Prices, sizes and times stay text; absent decimals are "". Unknown keys are dropped, unknown event types are
 * the decoder's business.
 * @see https://docs.polymarket.com/api-reference/wss/market
 */
import { Schema } from "effect"
import { WireLevel } from "./BookSchema.ts"

/** A whole book of one asset. The first dump also has `tick_size` and `last_trade_price`, frames after trades do not. */
export const BookMessage = Schema.Struct({
  event_type: Schema.tag("book"),
  market: Schema.String,
  asset_id: Schema.String,
  /** ms UTC. */
  timestamp: Schema.String,
  /** SHA-1 of this book, 40 hex digits. */
  hash: Schema.String,
  /** Worst to best. */
  bids: Schema.Array(WireLevel),
  /** Worst to best. */
  asks: Schema.Array(WireLevel),
  tick_size: Schema.optionalKey(Schema.String),
  last_trade_price: Schema.optionalKey(Schema.String),
  /** "v2" on Protocol V2 markets. */
  version: Schema.optionalKey(Schema.String)
})
export type BookMessage = typeof BookMessage.Type

/** One level of one asset as it now is. */
export const PriceChange = Schema.Struct({
  asset_id: Schema.String,
  price: Schema.String,
  /** The new total at that price; "0" removes the level. */
  size: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  /** SHA-1 of the whole book once every frame of the same timestamp and hash has been applied. */
  hash: Schema.String,
  /** Top of the book after all of them. */
  best_bid: Schema.optionalKey(Schema.String),
  best_ask: Schema.optionalKey(Schema.String)
})
export type PriceChange = typeof PriceChange.Type

/** Changed levels, of both tokens of a market. */
export const PriceChangeMessage = Schema.Struct({
  event_type: Schema.tag("price_change"),
  market: Schema.String,
  timestamp: Schema.String,
  price_changes: Schema.Array(PriceChange)
})
export type PriceChangeMessage = typeof PriceChangeMessage.Type

/** A match; `side` is the taker's. Comes some 40 ms after the book that already contains it. */
export const LastTradePriceMessage = Schema.Struct({
  event_type: Schema.tag("last_trade_price"),
  market: Schema.String,
  asset_id: Schema.String,
  price: Schema.String,
  size: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  timestamp: Schema.String,
  fee_rate_bps: Schema.optionalKey(Schema.String),
  transaction_hash: Schema.optionalKey(Schema.String)
})
export type LastTradePriceMessage = typeof LastTradePriceMessage.Type

/** The market's tick became finer or coarser. */
export const TickSizeChangeMessage = Schema.Struct({
  event_type: Schema.tag("tick_size_change"),
  market: Schema.String,
  asset_id: Schema.String,
  old_tick_size: Schema.String,
  new_tick_size: Schema.String,
  timestamp: Schema.String
})
export type TickSizeChangeMessage = typeof TickSizeChangeMessage.Type

/** The top of a book, sent before the changes that lead to it. Custom feature. */
export const BestBidAskMessage = Schema.Struct({
  event_type: Schema.tag("best_bid_ask"),
  market: Schema.String,
  asset_id: Schema.String,
  best_bid: Schema.String,
  best_ask: Schema.String,
  spread: Schema.optionalKey(Schema.String),
  timestamp: Schema.String
})
export type BestBidAskMessage = typeof BestBidAskMessage.Type

/** A market was made; sent for all markets of the venue. Custom feature. */
export const NewMarketMessage = Schema.Struct({
  event_type: Schema.tag("new_market"),
  id: Schema.optionalKey(Schema.String),
  market: Schema.String,
  question: Schema.optionalKey(Schema.String),
  slug: Schema.optionalKey(Schema.String),
  assets_ids: Schema.Array(Schema.String),
  outcomes: Schema.optionalKey(Schema.Array(Schema.String)),
  timestamp: Schema.String,
  condition_id: Schema.optionalKey(Schema.String),
  active: Schema.optionalKey(Schema.Boolean),
  clob_token_ids: Schema.optionalKey(Schema.Array(Schema.String)),
  order_price_min_tick_size: Schema.optionalKey(Schema.String),
  fees_enabled: Schema.optionalKey(Schema.Boolean)
})
export type NewMarketMessage = typeof NewMarketMessage.Type

/** A market was decided. Custom feature. */
export const MarketResolvedMessage = Schema.Struct({
  event_type: Schema.tag("market_resolved"),
  id: Schema.optionalKey(Schema.String),
  market: Schema.String,
  assets_ids: Schema.optionalKey(Schema.Array(Schema.String)),
  winning_asset_id: Schema.optionalKey(Schema.String),
  winning_outcome: Schema.optionalKey(Schema.String),
  timestamp: Schema.String
})
export type MarketResolvedMessage = typeof MarketResolvedMessage.Type

/** Everything the market channel is known to push. */
export const MarketChannelMessage = Schema.Union([
  BookMessage,
  PriceChangeMessage,
  LastTradePriceMessage,
  TickSizeChangeMessage,
  BestBidAskMessage,
  NewMarketMessage,
  MarketResolvedMessage
])
export type MarketChannelMessage = typeof MarketChannelMessage.Type

/** The event types of `MarketChannelMessage`. */
export const eventTypes = [
  "book",
  "price_change",
  "last_trade_price",
  "tick_size_change",
  "best_bid_ask",
  "new_market",
  "market_resolved"
] as const

/** The first message on a connection. */
export const MarketSubscription = Schema.Struct({
  assets_ids: Schema.Array(Schema.String),
  type: Schema.tag("market"),
  custom_feature_enabled: Schema.optionalKey(Schema.Boolean),
  /** Absent means true. */
  initial_dump: Schema.optionalKey(Schema.Boolean),
  /** 1 to 3, absent means 2. */
  level: Schema.optionalKey(Schema.Int)
})
export type MarketSubscription = typeof MarketSubscription.Type

/** A later change of what is subscribed. */
export const MarketSubscriptionChange = Schema.Struct({
  operation: Schema.Literals(["subscribe", "unsubscribe"]),
  assets_ids: Schema.Array(Schema.String),
  custom_feature_enabled: Schema.optionalKey(Schema.Boolean)
})
export type MarketSubscriptionChange = typeof MarketSubscriptionChange.Type

/** Text frames that are not JSON: the keep-alive, its answer, and the answers to a subscription. */
export const textFrames = {
  ping: "PING",
  pong: "PONG",
  noNewAssets: "NO NEW ASSETS",
  invalidOperation: "INVALID OPERATION"
} as const
