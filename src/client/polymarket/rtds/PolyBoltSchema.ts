/**
 * Frames of PolyBolt, the socket for prices. Unknown keys are dropped.
 * @see https://docs.polymarket.com/api-reference/wss/polybolt
 */
import { Schema } from "effect"
import { maybe } from "../../Wire.ts"

/** A price at a time (ms); `full_accuracy_value` is decimal text. */
const point = {
  value: Schema.Finite,
  full_accuracy_value: maybe(Schema.String),
  timestamp: Schema.Finite
}

const envelope = {
  v: Schema.Finite,
  channel: Schema.String,
  /** Counts up within a subscription. */
  seq: Schema.Finite,
  /** ms. */
  ts: Schema.Finite,
  /** How many messages the server left out because we were slow. */
  dropped: maybe(Schema.Finite)
}

/** A price that just came in. */
export const PolyBoltPrice = Schema.Struct({
  ...envelope,
  payload: Schema.Struct({ symbol: maybe(Schema.String), asset_id: maybe(Schema.String), ...point })
})
export type PolyBoltPrice = typeof PolyBoltPrice.Type

/** The last two minutes, first thing after a subscription. */
export const PolyBoltSnapshot = Schema.Struct({
  ...envelope,
  snapshot: Schema.Literal(true),
  payload: Schema.Struct({ symbol: maybe(Schema.String), data: Schema.Array(Schema.Struct(point)) })
})
export type PolyBoltSnapshot = typeof PolyBoltSnapshot.Type

/** An answer to something we sent. */
export const PolyBoltReply = Schema.Struct({
  op: Schema.Literals(["subscribed", "unsubscribed", "authed", "pong", "error"]),
  channel: maybe(Schema.String),
  rid: maybe(Schema.String),
  /** bad_op, bad_channel, bad_filter, sub_limit, rate_limited, auth_required, … */
  code: maybe(Schema.String),
  message: maybe(Schema.String)
})
export type PolyBoltReply = typeof PolyBoltReply.Type

/** Any frame. */
export const PolyBoltFrame = Schema.Union([PolyBoltSnapshot, PolyBoltPrice, PolyBoltReply])
export type PolyBoltFrame = typeof PolyBoltFrame.Type
