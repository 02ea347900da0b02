/**
 * Gamma's market, the fields a trading engine needs. Most of them may be absent or null, lists are JSON inside strings
 * (but `positionIds` is a real array), prices are stale. Unknown keys are dropped.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { Option, Schema, SchemaGetter } from "effect"
import { maybe } from "../../Wire.ts"

const maximumJson = 64 * 1024

const parseTexts = (text: string): Option.Option<ReadonlyArray<string>> => {
  if (text.length > maximumJson) return Option.none()
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.every((item) => typeof item === "string")
      ? Option.some(parsed)
      : Option.none()
  } catch {
    return Option.none()
  }
}

/** A JSON array of strings inside a string, written as Gamma does: `["Yes", "No"]`. */
export const TextsInText = Schema.String.check(
  Schema.makeFilter((text) => Option.isSome(parseTexts(text)), { expected: "a JSON array of strings in a string" })
).pipe(
  Schema.decodeTo(Schema.Array(Schema.String), {
    decode: SchemaGetter.transform((text: string) => Option.getOrElse(parseTexts(text), () => [])),
    encode: SchemaGetter.transform((texts: ReadonlyArray<string>) =>
      `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`
    )
  })
)

/** What takers pay; see `domain/Market.ts`. */
export const FeeScheduleWire = Schema.Struct({
  exponent: Schema.Finite,
  rate: Schema.Finite,
  takerOnly: maybe(Schema.Boolean),
  rebateRate: maybe(Schema.Finite)
})
export type FeeScheduleWire = typeof FeeScheduleWire.Type

/** A market as Gamma answers it. */
export const GammaMarket = Schema.Struct({
  /** Digits. */
  id: maybe(Schema.String),
  /** "0x" and 64 hex digits, 62 in documents of Protocol V2. */
  conditionId: maybe(Schema.String),
  questionID: maybe(Schema.String),
  slug: maybe(Schema.String),
  question: maybe(Schema.String),
  /** Same index = same outcome as in `clobTokenIds`, `positionIds` and `outcomePrices`. */
  outcomes: maybe(TextsInText),
  outcomePrices: maybe(TextsInText),
  /** What "v1" markets trade. */
  clobTokenIds: maybe(TextsInText),
  /** What "v2" markets trade. */
  positionIds: maybe(Schema.Array(Schema.String)),
  /** "v1" or "v2"; absent on old markets, which are v1. */
  version: maybe(Schema.String),
  /** pUSD. */
  volume: maybe(Schema.String),
  liquidity: maybe(Schema.String),
  volumeNum: maybe(Schema.Finite),
  liquidityNum: maybe(Schema.Finite),
  volume24hr: maybe(Schema.Finite),
  orderPriceMinTickSize: maybe(Schema.Finite),
  /** Shares. */
  orderMinSize: maybe(Schema.Finite),
  bestBid: maybe(Schema.Finite),
  bestAsk: maybe(Schema.Finite),
  lastTradePrice: maybe(Schema.Finite),
  spread: maybe(Schema.Finite),
  active: maybe(Schema.Boolean),
  closed: maybe(Schema.Boolean),
  archived: maybe(Schema.Boolean),
  acceptingOrders: maybe(Schema.Boolean),
  enableOrderBook: maybe(Schema.Boolean),
  restricted: maybe(Schema.Boolean),
  negRisk: maybe(Schema.Boolean),
  negRiskMarketID: maybe(Schema.String),
  /** ISO times. */
  startDate: maybe(Schema.String),
  endDate: maybe(Schema.String),
  gameStartTime: maybe(Schema.String),
  eventStartTime: maybe(Schema.String),
  acceptingOrdersTimestamp: maybe(Schema.String),
  /** "2026-07-24 00:00:16+00": a space and a short zone. */
  closedTime: maybe(Schema.String),
  umaResolutionStatus: maybe(Schema.String),
  umaResolutionStatuses: maybe(TextsInText),
  /** "inactive", "active" or "resolved" on Protocol V2 markets. */
  resolutionStatus: maybe(Schema.String),
  feesEnabled: maybe(Schema.Boolean),
  feeType: maybe(Schema.String),
  feeSchedule: maybe(FeeScheduleWire),
  /** Matching delay, seconds. */
  secondsDelay: maybe(Schema.Finite)
})
export type GammaMarket = typeof GammaMarket.Type

/** One page of `GET /markets/keyset`; the last has no cursor. */
export const MarketsPage = Schema.Struct({
  markets: Schema.Array(GammaMarket),
  next_cursor: maybe(Schema.String)
})
export type MarketsPage = typeof MarketsPage.Type

/** The same page with its markets unread, so that one odd market does not cost the others. */
export const RawMarketsPage = Schema.Struct({
  markets: Schema.Array(Schema.Unknown),
  next_cursor: maybe(Schema.String)
})
export type RawMarketsPage = typeof RawMarketsPage.Type
