/**
 * Frames of the real-time data socket (RTDS), being wound down for prices in favour of PolyBolt. Unknown keys are dropped.
 * @see https://docs.polymarket.com/developers/RTDS/RTDS-overview
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"

/** A price at a time (ms). `full_accuracy_value` is decimal text, an integer of 10^-18 on the Chainlink topics. */
export const PricePoint = Schema.Struct({
  timestamp: Schema.Finite,
  value: Schema.Finite,
  full_accuracy_value: maybe(Schema.String)
})

/** A price that just came in. */
export const PricePayload = Schema.Struct({
  symbol: Schema.String,
  ...PricePoint.fields,
  /** When RTDS received it, ms. */
  received_at: maybe(Schema.Finite),
  /** The window of a time-weighted average, s. */
  window_s: maybe(Schema.Finite)
})
export type PricePayload = typeof PricePayload.Type

/** The history that a subscription with a filter begins with. */
export const HistoryPayload = Schema.Struct({ symbol: Schema.String, data: Schema.Array(PricePoint) })
export type HistoryPayload = typeof HistoryPayload.Type

/** A public trade of the `activity` topic; numbers as sent. */
export const ActivityPayload = Schema.Struct({
  asset: maybe(Schema.String),
  conditionId: maybe(Schema.String),
  eventSlug: maybe(Schema.String),
  slug: maybe(Schema.String),
  outcome: maybe(Schema.String),
  outcomeIndex: maybe(Schema.Finite),
  side: maybe(Schema.String),
  price: maybe(Schema.Finite),
  size: maybe(Schema.Finite),
  timestamp: maybe(Schema.Finite),
  title: maybe(Schema.String),
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  proxyWallet: maybe(Schema.String),
  transactionHash: maybe(Schema.String)
})
export type ActivityPayload = typeof ActivityPayload.Type

/** A comment or a reaction of the `comments` topic. */
export const CommentPayload = Schema.Struct({
  id: maybe(NumberOrText),
  body: maybe(Schema.String),
  commentID: maybe(NumberOrText),
  reactionType: maybe(Schema.String),
  parentEntityID: maybe(Schema.Finite),
  parentEntityType: maybe(Schema.String),
  userAddress: maybe(Schema.String),
  createdAt: maybe(Schema.String)
})
export type CommentPayload = typeof CommentPayload.Type

const frame = {
  /** ms. */
  timestamp: Schema.Finite,
  connection_id: maybe(Schema.String)
}

/** The price topics. */
export const priceTopics = [
  "crypto_prices",
  "crypto_prices_chainlink",
  "crypto_prices_twap_thirty",
  "crypto_prices_twap_sixty",
  "equity_prices"
] as const

/** A frame with a price. */
export const PriceFrame = Schema.Struct({
  topic: Schema.Literals(priceTopics),
  type: Schema.Literal("update"),
  ...frame,
  payload: PricePayload
})
export type PriceFrame = typeof PriceFrame.Type

/** A frame with history. */
export const HistoryFrame = Schema.Struct({
  topic: Schema.Literals(priceTopics),
  type: Schema.Literal("subscribe"),
  ...frame,
  payload: HistoryPayload
})

/** A frame with a public trade. */
export const ActivityFrame = Schema.Struct({
  topic: Schema.Literal("activity"),
  type: Schema.Literals(["trades", "orders_matched"]),
  ...frame,
  payload: ActivityPayload
})

/** A frame with a comment or a reaction. */
export const CommentFrame = Schema.Struct({
  topic: Schema.Literal("comments"),
  type: Schema.Literals(["comment_created", "comment_removed", "reaction_created", "reaction_removed"]),
  ...frame,
  payload: CommentPayload
})

/** Any frame that is read; others are counted and passed over. */
export const RtdsFrame = Schema.Union([PriceFrame, HistoryFrame, ActivityFrame, CommentFrame])
export type RtdsFrame = typeof RtdsFrame.Type
