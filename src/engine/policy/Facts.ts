/**
 * What policies know of the world: for each asset the latest value of each field, as a fold over the log. A value is unknown
 * until it has been told, after a gap until it is told again, and when it is older than `timeToLive`; what is told only when it
 * changes (positions, orders, status, tick size, feed) does not age.
 *
 * Quotes and books come by the thousand and few are asked about: the latest event of each is kept as it is, and its fields are
 * worked out when they are read.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import type { FeedStatus, MarketEvent, OrderBookDelta, OrderBookSnapshot, PriceUpdate } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"

/** What a field holds: an exact number, or text. */
export type Value = Fixed.Fixed | string

/** The fields a condition may name, besides metrics and `cron:<name>`. */
export const fields = [
  "price",
  "last",
  "bid",
  "ask",
  "mid",
  "spread",
  "bid_size",
  "ask_size",
  "imbalance",
  "microprice",
  "volume",
  "volume_24h",
  "liquidity",
  "trade_size",
  "trade_side",
  "tick_size",
  "position",
  "avg_price",
  "realized_pnl",
  "unrealized_pnl",
  "time_to_end",
  "status",
  "order_status",
  "feed",
  "tick"
] as const
export type Field = typeof fields[number]

/** Fields whose value is text. */
export const textFields: ReadonlySet<string> = new Set(["trade_side", "status", "order_status", "feed"])

/** A value with when it was told. */
interface Fact {
  readonly value: Value
  readonly receivedAt: number
  readonly source: string
}

/** What is known of one asset. */
interface AssetFacts {
  quote: PriceUpdate | undefined
  top: OrderBookDelta | OrderBookSnapshot | undefined
  /** Every other field by name. */
  readonly others: Map<string, Fact>
}

/** What an event told. */
export interface Told {
  /** The asset it speaks of; absent for metrics and ticks. */
  readonly assetId: AssetId | undefined
  /** The fields it set that were asked for, metrics by their name. */
  readonly fields: ReadonlyArray<string>
}

const nothing: Told = { assetId: undefined, fields: [] }

/** The facts of the log so far. Changed in place by `take`. */
export class Facts {
  private readonly wallet: string | undefined
  private readonly wanted: ReadonlySet<string>
  private readonly wantedOfQuote: ReadonlyArray<string>
  private readonly wantedOfTop: ReadonlyArray<string>
  private readonly byAsset = new Map<AssetId, AssetFacts>()
  private readonly metrics = new Map<string, Fact>()
  private readonly markets = new Map<ConditionId, Market>()
  private readonly marketOf = new Map<AssetId, ConditionId>()
  private readonly bySlug = new Map<string, Market>()
  /** Event time of the last event, ms. */
  now = 0

  /**
   * `wanted`: the fields, metrics and ticks whose news is to be told; all can be read. `wallet`: whose positions are meant; absent means
   * anybody's.
   */
  constructor(wanted: ReadonlySet<string>, wallet: string | undefined) {
    this.wallet = wallet
    this.wanted = wanted
    this.wantedOfQuote = [...quoteFields].filter((field) => wanted.has(field))
    this.wantedOfTop = [...topFields].filter((field) => wanted.has(field))
  }

  /** The value of a field of an asset, or of a metric when no asset is given; `undefined` is unknown. */
  value(field: string, assetId: AssetId | undefined): Value | undefined {
    if (field === "time_to_end") return assetId === undefined ? undefined : this.timeToEnd(assetId)
    if (assetId === undefined) return this.fresh(this.metrics.get(field))?.value
    const facts = this.byAsset.get(assetId)
    if (facts === undefined) return undefined
    if (quoteFields.has(field)) return quoteValue(this.fresh(facts.quote), field)
    if (topFields.has(field)) return topValue(this.fresh(facts.top), field)
    const told = facts.others.get(field)
    return (lastingFields.has(field) ? told : this.fresh(told))?.value
  }

  private fresh<A extends { readonly receivedAt: number }>(told: A | undefined): A | undefined {
    return told === undefined || this.now - told.receivedAt > timeToLive ? undefined : told
  }

  /** The market an asset belongs to. */
  market(assetId: AssetId): Market | undefined {
    const conditionId = this.marketOf.get(assetId)
    return conditionId === undefined ? undefined : this.markets.get(conditionId)
  }

  /** The outcome token that `slug:Outcome` names. */
  tokenOf(slug: string, outcome: string): AssetId | undefined {
    return this.bySlug.get(slug)?.outcomes.find(({ name }) => name.toLowerCase() === outcome.toLowerCase())?.assetId
  }

  /** Takes an event and says what it told. */
  take(event: MarketEvent): Told {
    this.now = event.receivedAt
    switch (event._tag) {
      case "PriceUpdate": {
        this.factsOf(event.assetId).quote = event
        const { assetId, volume, volume24h } = event
        const fields = this.wantedOfQuote
        if (volume === undefined && volume24h === undefined) return fields.length === 0 ? nothing : { assetId, fields }
        const told = this.tell(event, assetId, {
          ...(volume === undefined ? {} : { volume: Fixed.fromDecimal(volume) }),
          ...(volume24h === undefined ? {} : { volume_24h: Fixed.fromDecimal(volume24h) })
        })
        return { assetId, fields: [...fields, ...told.fields] }
      }
      case "OrderBookDelta":
      case "OrderBookSnapshot": {
        this.factsOf(event.assetId).top = event
        return this.wantedOfTop.length === 0 ? nothing : { assetId: event.assetId, fields: this.wantedOfTop }
      }
      case "Trade":
        return this.tell(event, event.assetId, {
          last: Fixed.fromMicro(event.price),
          trade_size: Fixed.fromMicro(event.size),
          trade_side: event.side
        })
      case "PositionUpdate":
        if (this.wallet !== undefined && event.wallet !== this.wallet) return nothing
        return this.tell(event, event.assetId, {
          position: Fixed.fromMicro(event.size),
          avg_price: event.averagePrice === undefined ? undefined : Fixed.fromDecimal(event.averagePrice),
          realized_pnl: event.realizedPnl === undefined ? undefined : Fixed.fromDecimal(event.realizedPnl),
          unrealized_pnl: event.unrealizedPnl === undefined ? undefined : Fixed.fromDecimal(event.unrealizedPnl)
        })
      case "OrderUpdate":
        return this.tell(event, event.assetId, { order_status: event.status })
      case "MarketMetadata":
        this.describe(event.market)
        for (const { assetId } of event.market.outcomes) this.tellMarket(event.market, assetId, event)
        return nothing
      case "MarketLifecycle": {
        const market = this.markets.get(event.market)
        if (market === undefined) return nothing
        const changed: Market = {
          ...market,
          ...(event.tickSize === undefined ? {} : { tickSize: event.tickSize }),
          ...(event.kind === "closed" || event.kind === "resolved" ? { status: event.kind } : {})
        }
        this.describe(changed)
        for (const { assetId } of changed.outcomes) this.tellMarket(changed, assetId, event)
        return event.assetId === undefined ? nothing : { assetId: event.assetId, fields: ["tick_size", "status"] }
      }
      case "MetricUpdate":
        put(this.metrics, event.name, Fixed.fromDecimal(event.value), event)
        return this.only(event.name)
      case "Tick":
        return this.only(event.kind === "cron" ? `cron:${event.name}` : "tick")
      case "FeedStatus":
        return this.takeFeed(event)
      default:
        return nothing
    }
  }

  /** Quotes of the feed, or of its asset, that are unknown from here on, because of an event for which `isBlinding` holds. */
  blinded(event: FeedStatus): ReadonlyArray<AssetId> {
    const assets: Array<AssetId> = []
    for (const [assetId, facts] of this.byAsset) {
      if (event.assetId !== undefined && event.assetId !== assetId) continue
      const isQuoteOfFeed = facts.quote?.source === event.feed
      const isTopOfFeed = facts.top?.source === event.feed
      if (isQuoteOfFeed) facts.quote = undefined
      if (isTopOfFeed) facts.top = undefined
      if (isQuoteOfFeed || isTopOfFeed) assets.push(assetId)
    }
    return assets
  }

  private only(field: string): Told {
    return this.wanted.has(field) ? { assetId: undefined, fields: [field] } : nothing
  }

  private takeFeed(event: FeedStatus): Told {
    if (event.kind === "conflated" || event.kind === "connected" || event.assetId === undefined) return nothing
    const value = event.kind === "resynced" ? "live" : event.kind === "disconnected" ? "down" : event.kind
    return this.tell(event, event.assetId, { feed: value })
  }

  private timeToEnd(assetId: AssetId): Value | undefined {
    const endTime = this.market(assetId)?.endTime
    return endTime === undefined ? undefined : Fixed.fromMicro((endTime - this.now) * (Micro.unit / 1_000))
  }

  private describe(market: Market): void {
    this.markets.set(market.conditionId, market)
    this.bySlug.set(market.slug, market)
    for (const { assetId } of market.outcomes) this.marketOf.set(assetId, market.conditionId)
  }

  private tellMarket(market: Market, assetId: AssetId, event: MarketEvent): void {
    const facts = this.factsOf(assetId).others
    put(facts, "tick_size", Fixed.fromMicro(market.tickSize), event)
    put(facts, "status", market.status, event)
    put(facts, "volume_24h", market.volume24h && Fixed.fromDecimal(market.volume24h), event)
    put(facts, "liquidity", market.liquidity && Fixed.fromDecimal(market.liquidity), event)
  }

  private tell(
    event: MarketEvent,
    assetId: AssetId,
    values: Readonly<Record<string, Value | undefined>>
  ): Told {
    const facts = this.factsOf(assetId).others
    const names = Object.keys(values)
    for (const name of names) put(facts, name, values[name], event)
    return { assetId, fields: names.filter((name) => this.wanted.has(name)) }
  }

  private factsOf(assetId: AssetId): AssetFacts {
    let facts = this.byAsset.get(assetId)
    if (facts === undefined) this.byAsset.set(assetId, facts = { quote: undefined, top: undefined, others: new Map() })
    return facts
  }
}

const quoteFields: ReadonlySet<string> = new Set(["price", "bid", "ask", "mid", "spread"])

/** Told only when they change: silence means that they have not. */
const lastingFields: ReadonlySet<string> = new Set([
  "position",
  "avg_price",
  "realized_pnl",
  "unrealized_pnl",
  "order_status",
  "feed",
  "tick_size",
  "status"
])

const topFields: ReadonlySet<string> = new Set(["bid_size", "ask_size", "imbalance", "microprice"])

const quoteValue = (quote: PriceUpdate | undefined, field: string): Value | undefined => {
  if (quote === undefined) return undefined
  if (field === "price") return quote.price === undefined ? undefined : Fixed.fromDecimal(quote.price)
  const bid = quote.bid === undefined ? undefined : Fixed.fromDecimal(quote.bid)
  const ask = quote.ask === undefined ? undefined : Fixed.fromDecimal(quote.ask)
  if (field === "bid") return bid
  if (field === "ask") return ask
  if (bid === undefined || ask === undefined) return undefined
  return field === "mid" ? (bid + ask) / 2n : ask - bid
}

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

const put = (
  facts: Map<string, Fact>,
  name: string,
  value: Value | undefined,
  { receivedAt, source }: MarketEvent
): void => {
  if (value === undefined) facts.delete(name)
  else facts.set(name, { value, receivedAt, source })
}
