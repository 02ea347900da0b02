/**
 * What one source says of one asset, and what fields are worked out from it. Quotes and books come by the thousand and few are asked about: the latest
 * event of each is kept as it is, and its fields are worked out when they are read.
 */
import type { Decimal } from "../../domain/Decimal.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { OrderBookDelta, OrderBookSnapshot, PriceUpdate } from "../MarketEvent.ts"

/** What a field holds: an exact number, or text. */
export type Value = Fixed.Fixed | string

/** A value with when it was told. */
export interface Fact {
  readonly value: Value
  readonly receivedAt: number
  readonly source: string
}

/** What one source says of one asset. */
export interface SourceFacts {
  readonly source: string
  /** Whether the state of its feed is known to be live, for this asset. */
  isLive: boolean
  quote: PriceUpdate | undefined
  top: OrderBookDelta | OrderBookSnapshot | undefined
  /** Trades and volumes, by field. */
  readonly others: Map<string, Fact>
}

/** What is known of one asset. */
export interface AssetFacts {
  readonly bySource: Map<string, SourceFacts>
  /** The one of these that was told last, which most often is told next. */
  latest: SourceFacts | undefined
  /** What a source had said before what it said stopped counting; what it says again counts before that. */
  readonly lost: Map<string, SourceFacts>
  /** What has no split by source, by field. */
  readonly others: Map<string, Fact>
}

/** What a source said of an asset does not count any more. */
export const lose = (facts: AssetFacts, source: string): boolean => {
  const { bySource, lost } = facts
  const facets = bySource.get(source)
  if (facets === undefined) return false
  bySource.delete(source)
  facts.latest = undefined
  const before = lost.get(source)
  lost.set(source, {
    source,
    isLive: false,
    quote: facets.quote ?? before?.quote,
    top: facets.top ?? before?.top,
    others: new Map([...before?.others ?? [], ...facets.others])
  })
  return true
}

/** When something was told of an asset last, ms of event time. */
export const newestOf = ({ bySource, lost, others }: AssetFacts): number => {
  const told: Array<{ readonly receivedAt: number } | undefined> = [...others.values()]
  for (const facets of [...bySource.values(), ...lost.values()]) {
    told.push(facets.quote, facets.top, ...facets.others.values())
  }
  return told.reduce((newest, one) => Math.max(newest, one?.receivedAt ?? 0), 0)
}

/** What a source told a field with. */
export const toldOf = (facets: SourceFacts, field: string): { readonly receivedAt: number } | undefined =>
  quoteFields.has(field) ? facets.quote : topFields.has(field) ? facets.top : facets.others.get(field)

/** The value that a source told of a field, however old. */
export const valueIn = (facets: SourceFacts, field: string): Value | undefined =>
  quoteFields.has(field)
    ? quoteValue(facets.quote, field)
    : topFields.has(field)
    ? topValue(facets.top, field)
    : facets.others.get(field)?.value

export const quoteFields: ReadonlySet<string> = new Set(["price", "bid", "ask", "mid", "spread"])

export const topFields: ReadonlySet<string> = new Set(["bid_size", "ask_size", "imbalance", "microprice"])

/** Kept by source. `volume_24h` of a token is said by its market, of a symbol by each source. */
export const sourceFields: ReadonlySet<string> = new Set([
  ...quoteFields,
  ...topFields,
  "last",
  "trade_size",
  "trade_side",
  "volume",
  "volume_24h"
])

/** What prices say of one of their fields. */
export const quoteValue = (quote: PriceUpdate | undefined, field: string): Value | undefined => {
  if (quote === undefined) return undefined
  switch (field) {
    case "price":
      return valueOf(quote.price)
    case "bid":
      return valueOf(quote.bid)
    case "ask":
      return valueOf(quote.ask)
  }
  const bid = valueOf(quote.bid)
  const ask = valueOf(quote.ask)
  if (bid === undefined || ask === undefined) return undefined
  return field === "mid" ? (bid + ask) / 2n : ask - bid
}

const valueOf = (decimal: Decimal | undefined): Fixed.Fixed | undefined =>
  decimal === undefined ? undefined : Fixed.fromDecimal(decimal)

const topValue = (event: OrderBookDelta | OrderBookSnapshot | undefined, field: string): Value | undefined => {
  if (event === undefined) return undefined
  const isDelta = event._tag === "OrderBookDelta"
  const bidSize = isDelta ? event.bidSize : event.bids[0]?.size
  const askSize = isDelta ? event.askSize : event.asks[0]?.size
  if (field === "bid_size") return bidSize === undefined ? undefined : Fixed.fromMicro(bidSize)
  if (field === "ask_size") return askSize === undefined ? undefined : Fixed.fromMicro(askSize)
  const bestBid = isDelta ? event.bestBid : event.bids[0]?.price
  const bestAsk = isDelta ? event.bestAsk : event.asks[0]?.price
  if (bidSize === undefined || askSize === undefined || bestBid === undefined || bestAsk === undefined) return undefined
  const bid = BigInt(bidSize)
  const ask = BigInt(askSize)
  const total = bid + ask
  if (total === 0n) return undefined
  return field === "imbalance"
    ? ((bid - ask) * Fixed.one) / total
    : ((BigInt(bestBid) * ask + BigInt(bestAsk) * bid) * Fixed.fromMicro(1)) / total
}
