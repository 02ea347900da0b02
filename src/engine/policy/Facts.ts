/**
 * What policies know of the world: for each asset the latest value of each field, as a fold over the log. A value is unknown
 * until it has been told, after a gap until it is told again, and when it is older than `maximumAge`.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import type { FeedStatus, MarketEvent } from "../MarketEvent.ts"
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

/** What an event told. */
export interface Told {
  /** The asset it speaks of; absent for metrics and ticks. */
  readonly assetId: AssetId | undefined
  /** The fields it set, metrics by their name. */
  readonly fields: ReadonlyArray<string>
}

const nothing: Told = { assetId: undefined, fields: [] }

/** The facts of the log so far. Changed in place by `take`. */
export class Facts {
  private readonly byAsset = new Map<AssetId, Map<string, Fact>>()
  private readonly metrics = new Map<string, Fact>()
  private readonly markets = new Map<ConditionId, Market>()
  private readonly marketOf = new Map<AssetId, ConditionId>()
  private readonly bySlug = new Map<string, Market>()
  /** Event time of the last event, ms. */
  now = 0

  /** The value of a field of an asset, or of a metric when no asset is given; `undefined` is unknown. */
  value(field: string, assetId: AssetId | undefined): Value | undefined {
    if (field === "time_to_end") return assetId === undefined ? undefined : this.timeToEnd(assetId)
    const fact = assetId === undefined ? this.metrics.get(field) : this.byAsset.get(assetId)?.get(field)
    return fact === undefined || this.now - fact.receivedAt > timeToLive ? undefined : fact.value
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
        const bid = event.bid === undefined ? undefined : Fixed.fromDecimal(event.bid)
        const ask = event.ask === undefined ? undefined : Fixed.fromDecimal(event.ask)
        const both = bid !== undefined && ask !== undefined
        return this.tell(event, event.assetId, {
          price: event.price === undefined ? undefined : Fixed.fromDecimal(event.price),
          bid,
          ask,
          mid: both ? (bid + ask) / 2n : undefined,
          spread: both ? ask - bid : undefined,
          ...(event.volume === undefined ? {} : { volume: Fixed.fromDecimal(event.volume) }),
          ...(event.volume24h === undefined ? {} : { volume_24h: Fixed.fromDecimal(event.volume24h) })
        })
      }
      case "OrderBookDelta":
        return this.tellTop(event, event.bestBid, event.bidSize, event.bestAsk, event.askSize)
      case "OrderBookSnapshot": {
        const bid = event.bids[0]
        const ask = event.asks[0]
        return this.tellTop(event, bid?.price, bid?.size, ask?.price, ask?.size)
      }
      case "Trade":
        return this.tell(event, event.assetId, {
          last: Fixed.fromMicro(event.price),
          trade_size: Fixed.fromMicro(event.size),
          trade_side: event.side
        })
      case "PositionUpdate":
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
        return { assetId: undefined, fields: [event.name] }
      case "Tick":
        return { assetId: undefined, fields: [event.kind === "cron" ? `cron:${event.name}` : "tick"] }
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
      let isOfFeed = false
      for (const name of quoteFields) {
        if (facts.get(name)?.source !== event.feed) continue
        facts.delete(name)
        isOfFeed = true
      }
      if (isOfFeed) assets.push(assetId)
    }
    return assets
  }

  private takeFeed(event: FeedStatus): Told {
    if (event.kind === "conflated" || event.kind === "connected" || event.assetId === undefined) return nothing
    const value = event.kind === "resynced" ? "live" : event.kind === "disconnected" ? "down" : event.kind
    return this.tell(event, event.assetId, { feed: value })
  }

  private tellTop(
    event: MarketEvent & { readonly assetId: AssetId },
    bestBid: number | undefined,
    bidSize: number | undefined,
    bestAsk: number | undefined,
    askSize: number | undefined
  ): Told {
    const facts = this.factsOf(event.assetId)
    put(facts, "bid_size", bidSize === undefined ? undefined : Fixed.fromMicro(bidSize), event)
    put(facts, "ask_size", askSize === undefined ? undefined : Fixed.fromMicro(askSize), event)
    const complete = bestBid !== undefined && bestAsk !== undefined && bidSize !== undefined && askSize !== undefined
    if (complete && this.derived) {
      const bid = BigInt(bidSize)
      const ask = BigInt(askSize)
      const total = bid + ask
      const weighted = BigInt(bestBid) * ask + BigInt(bestAsk) * bid
      put(facts, "imbalance", total === 0n ? undefined : ((bid - ask) * Fixed.one) / total, event)
      put(facts, "microprice", total === 0n ? undefined : (weighted * Fixed.fromMicro(1)) / total, event)
    } else {
      facts.delete("imbalance")
      facts.delete("microprice")
    }
    return { assetId: event.assetId, fields: topFields }
  }

  /** Whether anybody asks for imbalance or microprice; they cost divisions on every delta. */
  derived = true

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
    const facts = this.factsOf(assetId)
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
    const facts = this.factsOf(assetId)
    const names = Object.keys(values)
    for (const name of names) put(facts, name, values[name], event)
    return { assetId, fields: names }
  }

  private factsOf(assetId: AssetId): Map<string, Fact> {
    let facts = this.byAsset.get(assetId)
    if (facts === undefined) {
      facts = new Map()
      this.byAsset.set(assetId, facts)
    }
    return facts
  }
}

const topFields: ReadonlyArray<string> = ["bid_size", "ask_size", "imbalance", "microprice"]

const quoteFields = ["price", "bid", "ask", "mid", "spread", ...topFields]

const put = (facts: Map<string, Fact>, name: string, value: Value | undefined, { receivedAt, source }: MarketEvent): void => {
  if (value === undefined) facts.delete(name)
  else facts.set(name, { value, receivedAt, source })
}
