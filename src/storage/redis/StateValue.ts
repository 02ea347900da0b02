/**
 * What Redis holds of the state: `polymarket:price:{asset_id}` and `polymarket:position:{wallet}:{asset}` are JSON texts, `polymarket:orderbook:{market}`
 * is a hash with a JSON text per asset. Each begins with its version, the id of the newest event in it. What comes back is checked like anything
 * from outside. Pure.
 */
import { Option, Schema } from "effect"
import { AssetId } from "../../domain/Asset.ts"
import { Level } from "../../domain/Level.ts"
import { ConditionId } from "../../domain/Market.ts"
import { TickSize } from "../../domain/TickSize.ts"
import { EventId, PositionUpdate, PriceUpdate } from "../../engine/MarketEvent.ts"

/** A book as Redis holds it. */
export const BookValue = Schema.TaggedStruct("OrderBook", {
  market: ConditionId,
  assetId: AssetId,
  source: Schema.String,
  usable: Schema.Boolean,
  /** Event time, ms. */
  receivedAt: Schema.Int,
  tickSize: TickSize,
  /** Best first. */
  bids: Schema.Array(Level),
  asks: Schema.Array(Level)
})
export type BookValue = typeof BookValue.Type

/** Anything that is kept. */
export const StateValue = Schema.Union([PriceUpdate, PositionUpdate, BookValue])
export type StateValue = typeof StateValue.Type

/** A value with its version. */
export const Versioned = Schema.Struct({ version: EventId, value: StateValue })
export type Versioned = typeof Versioned.Type

/** Where a value is kept: its key, and its field when that is a hash. */
export interface Place {
  readonly key: string
  /** "" for a plain key. */
  readonly field: string
}

/** The keys of the state. */
export const pattern = "polymarket:*"

/** Where a value belongs. */
export const placeOf = (value: StateValue): Place => {
  switch (value._tag) {
    case "PriceUpdate":
      return { key: `polymarket:price:${value.assetId}`, field: "" }
    case "PositionUpdate":
      return { key: `polymarket:position:${value.wallet}:${value.assetId}`, field: "" }
    case "OrderBook":
      return { key: `polymarket:orderbook:${value.market}`, field: value.assetId }
  }
}

/** The text of a value; begins with its version. */
export const encode = ({ value, version }: Versioned): string =>
  `{"version":${version},"value":${JSON.stringify(value)}}`

/** Longest text that is looked at: a book of a thousand levels has some 40 kB. */
const longest = 1_048_576

const decodeVersioned = Schema.decodeUnknownOption(Schema.fromJsonString(Versioned))

/** The value of a text that stands at a place; `undefined` when it is none, or belongs elsewhere. */
export const decode = (text: unknown, place: Place): Versioned | undefined => {
  if (typeof text !== "string" || text.length > longest) return undefined
  const versioned = Option.getOrUndefined(decodeVersioned(text))
  if (versioned === undefined) return undefined
  const { field, key } = placeOf(versioned.value)
  return field === place.field && key === place.key ? versioned : undefined
}
