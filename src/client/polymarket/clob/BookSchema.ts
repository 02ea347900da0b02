/**
 * The wire shapes of order books over REST. Prices and sizes stay text, exactly as the venue wrote them: the book hash is
 * made of these texts. Unknown keys are dropped.
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import { Schema } from "effect"

/** One price of one side; `size` is the total resting there, in shares. */
export const WireLevel = Schema.Struct({ price: Schema.String, size: Schema.String })
export type WireLevel = typeof WireLevel.Type

/** `GET /book` and the elements of `POST /books`. */
export const OrderBookSummary = Schema.Struct({
  /** The condition id. */
  market: Schema.String,
  asset_id: Schema.String,
  /** When the book last changed, ms UTC as text. */
  timestamp: Schema.String,
  /** SHA-1 of the book, 40 hex digits. */
  hash: Schema.String,
  /** Worst to best: ascending prices. */
  bids: Schema.Array(WireLevel),
  /** Worst to best: descending prices. */
  asks: Schema.Array(WireLevel),
  /** Least size of a resting order in shares, for example "5". */
  min_order_size: Schema.String,
  /** For example "0.01". */
  tick_size: Schema.String,
  neg_risk: Schema.Boolean,
  /** The market's previous trade, of either token, three decimals; "" before the first. */
  last_trade_price: Schema.String,
  /** "v2" on Protocol V2 markets, absent on others. */
  version: Schema.optionalKey(Schema.String)
})
export type OrderBookSummary = typeof OrderBookSummary.Type

/** An element of the body of `POST /books`, at most 500 of them. */
export const BookParams = Schema.Struct({ token_id: Schema.String })
export type BookParams = typeof BookParams.Type

/** `GET /clob-markets/{condition}`: the market in short keys. */
export const CompactMarket = Schema.Struct({
  /** The condition id. */
  c: Schema.String,
  /** Tokens with their outcomes. */
  t: Schema.Array(Schema.Struct({ t: Schema.String, o: Schema.String })),
  /** Tick size, for example 0.01. */
  mts: Schema.Finite,
  /** Least size of a resting order, shares. */
  mos: Schema.Finite,
  /** Neg risk; absent means false. */
  nr: Schema.optionalKey(Schema.Boolean),
  /** Fee rate and exponent, `to`: takers only; absent without fees. */
  fd: Schema.optionalKey(Schema.NullOr(Schema.Struct({
    r: Schema.Finite,
    e: Schema.Finite,
    to: Schema.optionalKey(Schema.Boolean)
  }))),
  /** Accepting orders, and since when (ISO time). */
  ao: Schema.optionalKey(Schema.Boolean),
  aot: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** Matching delay, seconds. */
  sd: Schema.optionalKey(Schema.Finite),
  /** Taker delay on. */
  itode: Schema.optionalKey(Schema.Boolean),
  /** Legacy base fees, meaningless. */
  mbf: Schema.optionalKey(Schema.Finite),
  tbf: Schema.optionalKey(Schema.Finite),
  /** "v1" or "v2"; absent on old markets. */
  v: Schema.optionalKey(Schema.String)
})
export type CompactMarket = typeof CompactMarket.Type

/** The body of an error answer. */
export const ErrorBody = Schema.Struct({
  error: Schema.String,
  code: Schema.optionalKey(Schema.String),
  retry_after_seconds: Schema.optionalKey(Schema.Finite)
})
export type ErrorBody = typeof ErrorBody.Type
