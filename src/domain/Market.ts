/**
 * One question with its outcomes, as far as trading needs it.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { Schema } from "effect"
import { AssetId } from "./Asset.ts"
import { Decimal } from "./Decimal.ts"
import { Size } from "./Size.ts"
import { TickSize } from "./TickSize.ts"

/** A market's condition: "0x" and 64 lower case hex digits. */
export const ConditionId = Schema.String.check(Schema.isPattern(/^0x[0-9a-f]{64}$/)).pipe(Schema.brand("ConditionId"))
export type ConditionId = typeof ConditionId.Type

/**
 * Reads a condition id as any surface writes it: upper case digits, or the 62 digit form of Protocol V2 documents,
 * which is padded on the right as CLOB and Data want it. `undefined` when it is neither.
 */
export const conditionIdFromText = (text: string): ConditionId | undefined => {
  const lower = text.toLowerCase()
  if (!/^0x(?:[0-9a-f]{62}|[0-9a-f]{64})$/.test(lower)) return undefined
  return lower.padEnd(66, "0") as ConditionId
}

/** One possible answer and the token that pays one pUSD if it comes true. */
export const Outcome = Schema.Struct({ name: Schema.String, assetId: AssetId })
export type Outcome = typeof Outcome.Type

/** What takers pay: `shares × rate × (p(1 − p))^exponent` pUSD; makers pay nothing. */
export const FeeSchedule = Schema.Struct({
  /** A fraction, for example "0.07". */
  rate: Decimal,
  /** Whole number, 1 or 2 as seen. */
  exponent: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))
})
export type FeeSchedule = typeof FeeSchedule.Type

/** Where a market is in its life. */
export const MarketStatus = Schema.Literals(["open", "paused", "closed", "resolved"])
export type MarketStatus = typeof MarketStatus.Type

/** A market of the venue. */
export const Market = Schema.Struct({
  conditionId: ConditionId,
  slug: Schema.String,
  question: Schema.String,
  /** In the venue's order: index 0 is Yes or Up on binary markets. */
  outcomes: Schema.Array(Outcome),
  tickSize: TickSize,
  /** Least size of a resting order, in millionths of a share. */
  minimumSize: Size,
  negativeRisk: Schema.Boolean,
  /** "v1": tokens of the CTF; "v2": positions of Protocol V2. */
  version: Schema.Literals(["v1", "v2"]),
  status: MarketStatus,
  /** Absent when the market charges nothing. */
  fee: Schema.optionalKey(FeeSchedule),
  /** When the question ends, ms UTC; absent when the venue names none. */
  endTime: Schema.optionalKey(Schema.Int),
  /** pUSD traded in the last 24 hours, and on offer; absent when the source leaves them out. */
  volume24h: Schema.optionalKey(Decimal),
  liquidity: Schema.optionalKey(Decimal)
})
export type Market = typeof Market.Type
