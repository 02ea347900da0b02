/**
 * Everything that can change a decision, one tagged union; the log is a sequence of these.
 *
 * Every event has an `id` that increases strictly in the order events enter the log, the venue's `time`, the engine's
 * `receivedAt` (event time: never decreases within the log) and the `source` it came from. An ingestor makes events with
 * `unstamped` ids; the dispatcher stamps id and `receivedAt` once, when they are published. Nothing changes an event after.
 */
import { Schema } from "effect"
import { AssetId } from "../domain/Asset.ts"
import { Decimal } from "../domain/Decimal.ts"
import { Level, LevelChange } from "../domain/Level.ts"
import { ConditionId, Market } from "../domain/Market.ts"
import { Fill, IntentId, OrderId, OrderStatus, Side } from "../domain/Order.ts"
import { Price } from "../domain/Price.ts"
import { Size } from "../domain/Size.ts"
import { TickSize } from "../domain/TickSize.ts"
import type { VenueMode } from "../domain/VenueMode.ts"

/** (ms of `receivedAt` since 2020-01-01) × 2^13 + engine instance × 2^8 + counter: a safe integer, BIGINT in SQL. */
export const EventId = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).pipe(
  Schema.brand("EventId")
)
export type EventId = typeof EventId.Type

/** The id of an event that has not entered the log. */
export const unstamped = 0 as EventId

/** Milliseconds since 1970, UTC. */
const Time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8_640_000_000_000_000 }))

const head = {
  id: EventId,
  /** The venue's time, ms UTC; the engine's own where no venue speaks. */
  time: Time,
  /** Event time, ms UTC on the engine's monotonic clock. */
  receivedAt: Time,
  /** Where it comes from, for example "clob", "gamma", "clock", "paper". */
  source: Schema.String
}

/** What the venue may tell twice carries text of venue fields only; a key seen in the last 15 minutes is dropped. */
const dedupeKey = Schema.optionalKey(Schema.String)

/** A price of a token (then the midpoint of bid and ask) or of a symbol. Absent bid or ask: that side is empty or unknown. */
export const PriceUpdate = Schema.TaggedStruct("PriceUpdate", {
  ...head,
  assetId: AssetId,
  /** Absent when a side of the book is empty. */
  price: Schema.optionalKey(Decimal),
  bid: Schema.optionalKey(Decimal),
  ask: Schema.optionalKey(Decimal),
  /** In the source's currency; absent where the source does not say. */
  volume: Schema.optionalKey(Decimal),
  volume24h: Schema.optionalKey(Decimal),
  /** Another source speaks for the symbol: this one counts for those alone who ask for it. It is not archived, and no candle has it. */
  beside: Schema.optionalKey(Schema.Literal(true))
})
export type PriceUpdate = typeof PriceUpdate.Type

/** A whole book of one asset: forgets everything before it. */
export const OrderBookSnapshot = Schema.TaggedStruct("OrderBookSnapshot", {
  ...head,
  market: ConditionId,
  assetId: AssetId,
  /** Best first: descending prices. */
  bids: Schema.Array(Level),
  /** Best first: ascending prices. */
  asks: Schema.Array(Level),
  /** The venue's SHA-1 of this book, 40 hex digits. */
  hash: Schema.optionalKey(Schema.String),
  tickSize: Schema.optionalKey(TickSize),
  dedupeKey
})
export type OrderBookSnapshot = typeof OrderBookSnapshot.Type

/** Changed levels of one asset's book. */
export const OrderBookDelta = Schema.TaggedStruct("OrderBookDelta", {
  ...head,
  market: ConditionId,
  assetId: AssetId,
  changes: Schema.Array(LevelChange),
  /** Top of the book after the change, with the sizes there; absent when that side is empty. */
  bestBid: Schema.optionalKey(Price),
  bestAsk: Schema.optionalKey(Price),
  bidSize: Schema.optionalKey(Size),
  askSize: Schema.optionalKey(Size),
  /** The venue's SHA-1 of the book that results once every frame of the same change has been applied. */
  hash: Schema.optionalKey(Schema.String)
})
export type OrderBookDelta = typeof OrderBookDelta.Type

/** A match at the venue; `side` is the taker's. */
export const Trade = Schema.TaggedStruct("Trade", {
  ...head,
  market: ConditionId,
  assetId: AssetId,
  side: Side,
  price: Price,
  size: Size,
  transactionHash: Schema.optionalKey(Schema.String),
  tradeId: Schema.optionalKey(Schema.String),
  dedupeKey
})
export type Trade = typeof Trade.Type

/** What a wallet holds of an asset. */
export const PositionUpdate = Schema.TaggedStruct("PositionUpdate", {
  ...head,
  wallet: Schema.String,
  assetId: AssetId,
  size: Size,
  /** pUSD per share paid on average; absent without a position. */
  averagePrice: Schema.optionalKey(Decimal),
  realizedPnl: Schema.optionalKey(Decimal),
  unrealizedPnl: Schema.optionalKey(Decimal)
})
export type PositionUpdate = typeof PositionUpdate.Type

/** News of an own order. `fill` is the execution that this update tells of, when it tells of one. */
export const OrderUpdate = Schema.TaggedStruct("OrderUpdate", {
  ...head,
  orderId: OrderId,
  intentId: Schema.optionalKey(IntentId),
  policyId: Schema.optionalKey(Schema.String),
  market: ConditionId,
  assetId: AssetId,
  side: Side,
  price: Price,
  size: Size,
  status: OrderStatus,
  /** Shares filled so far in all. */
  filledSize: Size,
  averagePrice: Schema.optionalKey(Decimal),
  fill: Schema.optionalKey(Fill),
  /** Why it was refused, rejected or canceled. */
  reason: Schema.optionalKey(Schema.String),
  dedupeKey
})
export type OrderUpdate = typeof OrderUpdate.Type

/** A market as Gamma describes it. */
export const MarketMetadata = Schema.TaggedStruct("MarketMetadata", { ...head, market: Market })
export type MarketMetadata = typeof MarketMetadata.Type

/** A turn in a market's life. */
export const MarketLifecycle = Schema.TaggedStruct("MarketLifecycle", {
  ...head,
  market: ConditionId,
  kind: Schema.Literals(["created", "tick_size_changed", "resolved", "closed"]),
  /** The asset concerned; absent when it is the whole market. */
  assetId: Schema.optionalKey(AssetId),
  tickSize: Schema.optionalKey(TickSize),
  winningAssetId: Schema.optionalKey(AssetId)
})
export type MarketLifecycle = typeof MarketLifecycle.Type

/** A named number from elsewhere, for example "fear_greed". */
export const MetricUpdate = Schema.TaggedStruct("MetricUpdate", { ...head, name: Schema.String, value: Decimal })
export type MetricUpdate = typeof MetricUpdate.Type

/**
 * What a feed can and cannot be trusted with. `gap`: from `from` to `to` frames may be missing. `stale`: connected, but no
 * data while the venue has newer. `resynced`: a fresh snapshot is in. `conflated`: a slow consumer skipped `eventIds`.
 * `mode`: what the venue called `feed` takes from here on; `detail` is a `VenueMode`.
 */
export const FeedStatus = Schema.TaggedStruct("FeedStatus", {
  ...head,
  feed: Schema.String,
  kind: Schema.Literals(["connected", "disconnected", "gap", "stale", "resynced", "conflated", "mode"]),
  /** The asset concerned; absent when it is the whole feed. */
  assetId: Schema.optionalKey(AssetId),
  from: Schema.optionalKey(Time),
  to: Schema.optionalKey(Time),
  eventIds: Schema.optionalKey(Schema.Array(EventId)),
  detail: Schema.optionalKey(Schema.String)
})
export type FeedStatus = typeof FeedStatus.Type

/** The clock, once a second (`name` "second"), or a cron expression firing under its name. */
export const Tick = Schema.TaggedStruct("Tick", {
  ...head,
  kind: Schema.Literals(["clock", "cron"]),
  name: Schema.String
})
export type Tick = typeof Tick.Type

/** The policies now in force, by id, each with the hash of its meaning. */
export const PolicyReload = Schema.TaggedStruct("PolicyReload", {
  ...head,
  revisions: Schema.Record(Schema.String, Schema.String)
})
export type PolicyReload = typeof PolicyReload.Type

/** A person or a guard intervened. */
export const Control = Schema.TaggedStruct("Control", {
  ...head,
  action: Schema.Literals(["kill", "rearm", "enable", "disable", "settings"]),
  actor: Schema.String,
  /** What it concerns, for example a policy id. */
  subject: Schema.optionalKey(Schema.String),
  reason: Schema.String
})
export type Control = typeof Control.Type

/** Anything that can change a decision. */
export const MarketEvent = Schema.Union([
  PriceUpdate,
  OrderBookSnapshot,
  OrderBookDelta,
  Trade,
  PositionUpdate,
  OrderUpdate,
  MarketMetadata,
  MarketLifecycle,
  MetricUpdate,
  FeedStatus,
  Tick,
  PolicyReload,
  Control
])
export type MarketEvent = typeof MarketEvent.Type

/** The name of an event's kind. */
export type EventTag = MarketEvent["_tag"]

/** The asset an event speaks of, when it speaks of one. */
export const assetOf = (event: MarketEvent): AssetId | undefined => "assetId" in event ? event.assetId : undefined

/** News of what a venue takes. */
export const modeEvent = (source: string, mode: VenueMode): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source,
  feed: source,
  kind: "mode",
  detail: mode
})

/** True when what a feed told before is not to be relied on until it is told again: for its asset, or for the whole feed. */
export const isBlinding = (event: MarketEvent): event is FeedStatus =>
  event._tag === "FeedStatus" && (event.kind === "gap" || event.kind === "stale" || event.kind === "disconnected")
