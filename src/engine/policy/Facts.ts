/** What policies know of the world, as a fold over the log: what each event tells, and what gaps and time take back. */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { Market } from "../../domain/Market.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import { isVenueMode } from "../../domain/VenueMode.ts"
import { isBlinding } from "../MarketEvent.ts"
import type { FeedStatus, MarketEvent, OrderBookDelta, OrderBookSnapshot, PriceUpdate, Trade } from "../MarketEvent.ts"
import { modeField } from "./Fields.ts"
import { KnownFacts } from "./KnownFacts.ts"
import {
  type AssetFacts,
  type Fact,
  lose,
  newestOf,
  quoteFields,
  type SourceFacts,
  topFields,
  type Value
} from "./SourceFacts.ts"

/** What an event told; it holds until the next event is taken. */
export interface Told {
  /** The assets it speaks of; `undefined` stands for metrics and ticks. */
  readonly assetIds: ReadonlyArray<AssetId | undefined>
  /** The fields it set that were asked for, metrics by their name. What comes by the thousand always has the same list. */
  readonly fields: ReadonlyArray<string>
  /** The event, when it is one of prices alone by the source that counts before all others: it says itself what those hear who name no source. */
  readonly quote?: PriceUpdate | undefined
}

/** How long nothing has been told of a market that is over until it is forgotten, ms. */
const forgottenAfter = 86_400_000

const nothing: Told = { assetIds: [], fields: [] }

/** What is meant by policies that do not say. */
export interface Meant {
  /** Whose positions; absent means anybody's. */
  readonly wallet?: string
  /** Whose prices of symbols, best first; absent: `priceSources`. */
  readonly primaries?: ReadonlyArray<string>
  /** The account has nothing but what its orders were filled with, and all of that is told: a position that was never told is none. */
  readonly startsEmpty?: boolean
}

/** The facts of the log so far. Changed in place by `take`. */
export class Facts extends KnownFacts {
  private readonly wallet: string | undefined
  private wanted: ReadonlySet<string> = new Set()
  /** Prices come by the thousand: what they tell is always this, written anew. */
  private readonly toldOfQuote: {
    readonly assetIds: [AssetId | undefined]
    fields: ReadonlyArray<string>
    quote: PriceUpdate | undefined
  } = { assetIds: [undefined], fields: [], quote: undefined }
  private wantedOfTop: ReadonlyArray<string> = []
  private wantedOfTrade: ReadonlyArray<string> = []

  /** `wanted`: the fields, metrics and ticks whose news is to be told; all can be read. */
  constructor(wanted: ReadonlySet<string>, { primaries = priceSources, startsEmpty = false, wallet }: Meant = {}) {
    super(primaries, startsEmpty)
    this.wallet = wallet
    this.want(wanted)
  }

  /** Tells the news of these from here on, and of no others. */
  want(wanted: ReadonlySet<string>): void {
    this.wanted = wanted
    this.toldOfQuote.fields = [...quoteFields].filter((field) => wanted.has(field))
    this.wantedOfTop = [...topFields].filter((field) => wanted.has(field))
    this.wantedOfTrade = tradeFields.filter((field) => wanted.has(field))
  }

  /** Takes an event and says what it told. */
  take(event: MarketEvent): Told {
    this.now = event.receivedAt
    switch (event._tag) {
      case "PriceUpdate": {
        const { assetId, source } = event
        const facts = this.sourceFactsOf(assetId, source)
        facts.quote = event
        const isFeedNews = !facts.isLive && this.revive(facts, event)
        if (event.volume !== undefined || event.volume24h !== undefined) return this.tellVolumes(event, facts.others)
        const { toldOfQuote } = this
        if (isFeedNews) return this.told(assetId, [...toldOfQuote.fields, "feed"])
        if (toldOfQuote.fields.length === 0) return nothing
        toldOfQuote.assetIds[0] = assetId
        toldOfQuote.quote = source === this.listed(assetId)[0] ? event : undefined
        return toldOfQuote
      }
      case "OrderBookDelta":
      case "OrderBookSnapshot": {
        const facts = this.sourceFactsOf(event.assetId, event.source)
        facts.top = event
        if (event._tag === "OrderBookSnapshot" && event.tickSize !== undefined) {
          this.markets.learnTick(event.market, event.tickSize)
        }
        const isFeedNews = !facts.isLive && this.revive(facts, event)
        return this.told(event.assetId, isFeedNews ? [...this.wantedOfTop, "feed"] : this.wantedOfTop)
      }
      case "Trade": {
        const facts = this.sourceFactsOf(event.assetId, event.source)
        put(facts.others, "last", Fixed.fromMicro(event.price), event)
        put(facts.others, "trade_size", Fixed.fromMicro(event.size), event)
        put(facts.others, "trade_side", event.side, event)
        const isFeedNews = !facts.isLive && this.revive(facts, event)
        return this.told(event.assetId, isFeedNews ? [...this.wantedOfTrade, "feed"] : this.wantedOfTrade)
      }
      case "PositionUpdate":
        if (this.wallet !== undefined && event.wallet !== this.wallet) return nothing
        return this.tell(event, event.assetId, this.factsOf(event.assetId).others, {
          position: Fixed.fromMicro(event.size),
          avg_price: event.averagePrice === undefined ? undefined : Fixed.fromDecimal(event.averagePrice),
          realized_pnl: event.realizedPnl === undefined ? undefined : Fixed.fromDecimal(event.realizedPnl),
          unrealized_pnl: event.unrealizedPnl === undefined ? undefined : Fixed.fromDecimal(event.unrealizedPnl)
        })
      case "OrderUpdate":
        return this.tell(event, event.assetId, this.factsOf(event.assetId).others, { order_status: event.status })
      case "MarketMetadata":
        return this.tellMarket(this.markets.describe(event.market, this.now), event)
      case "MarketLifecycle": {
        if (event.tickSize !== undefined) this.markets.learnTick(event.market, event.tickSize)
        if (event.kind === "closed" || event.kind === "resolved") this.markets.end(event.market, event.kind)
        const market = this.markets.get(event.market)
        return market === undefined ? nothing : this.tellMarket(market, event)
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

  /** Assets of which what the feed said is unknown from here on, because of an event for which `isBlinding` holds. */
  blinded(event: FeedStatus): ReadonlyArray<AssetId> {
    if (event.assetId !== undefined) {
      const facts = this.byAsset.get(event.assetId)
      return facts !== undefined && lose(facts, event.feed) ? [event.assetId] : []
    }
    const assets: Array<AssetId> = []
    for (const [assetId, facts] of this.byAsset) if (lose(facts, event.feed)) assets.push(assetId)
    return assets
  }

  /** Markets that are over, of which nothing has been told for a day and no share is held. */
  longOver(): ReadonlyArray<Market> {
    return this.markets.over(this.now).filter(({ outcomes }) =>
      outcomes.every(({ assetId }) => this.isForgettable(assetId))
    )
  }

  /** Lets go of a market and its tokens. */
  forget(market: Market): void {
    this.markets.forget(market)
    for (const { assetId } of market.outcomes) this.byAsset.delete(assetId)
  }

  private isForgettable(assetId: AssetId): boolean {
    const facts = this.byAsset.get(assetId)
    if (facts === undefined) return true
    const position = facts.others.get("position")?.value
    return (position === undefined || position === 0n) && this.now - newestOf(facts) >= forgottenAfter
  }

  private told(assetId: AssetId, fields: ReadonlyArray<string>): Told {
    return fields.length === 0 ? nothing : { assetIds: [assetId], fields }
  }

  private tellVolumes(event: PriceUpdate, facts: Map<string, Fact>): Told {
    const { assetId, volume, volume24h } = event
    const more: Array<string> = []
    if (volume !== undefined) more.push(put(facts, "volume", Fixed.fromDecimal(volume), event))
    if (volume24h !== undefined) more.push(put(facts, "volume_24h", Fixed.fromDecimal(volume24h), event))
    return this.told(assetId, [...this.toldOfQuote.fields, ...more.filter((name) => this.wanted.has(name))])
  }

  private only(field: string): Told {
    return this.wanted.has(field) ? { assetIds: [undefined], fields: [field] } : nothing
  }

  private takeFeed(event: FeedStatus): Told {
    if (event.kind === "mode") {
      if (!isVenueMode(event.detail)) return nothing
      put(this.metrics, modeField, event.detail, event)
      return this.only(modeField)
    }
    if (event.kind === "conflated" || event.kind === "connected") return nothing
    const value = event.kind === "resynced" ? "live" : event.kind === "disconnected" ? "down" : event.kind
    if (event.assetId === undefined && !isBlinding(event)) return nothing
    const spoken = event.assetId === undefined
      ? [...this.byAsset].filter(([, { bySource }]) => bySource.has(event.feed))
      : [[event.assetId, this.factsOf(event.assetId)] as const]
    for (const [, { bySource, others }] of spoken) {
      put(others, "feed", value, event)
      for (const facts of bySource.values()) facts.isLive = false
    }
    return this.wanted.has("feed") && spoken.length > 0
      ? { assetIds: spoken.map(([assetId]) => assetId), fields: ["feed"] }
      : nothing
  }

  private tellMarket(market: Market, event: MarketEvent): Told {
    const { volume24h, liquidity } = market
    for (const { assetId } of market.outcomes) {
      const facts = this.factsOf(assetId).others
      put(facts, "tick_size", Fixed.fromMicro(market.tickSize), event)
      put(facts, "status", market.status, event)
      if (event._tag !== "MarketMetadata") continue
      put(facts, "volume_24h", volume24h === undefined ? undefined : Fixed.fromDecimal(volume24h), event)
      put(facts, "liquidity", liquidity === undefined ? undefined : Fixed.fromDecimal(liquidity), event)
    }
    const fields = event._tag === "MarketMetadata" ? fieldsOfMetadata : fieldsOfLifecycle
    const wanted = fields.filter((field) => this.wanted.has(field))
    return wanted.length === 0
      ? nothing
      : { assetIds: market.outcomes.map(({ assetId }) => assetId), fields: wanted }
  }

  private tell(
    event: MarketEvent,
    assetId: AssetId,
    facts: Map<string, Fact>,
    values: Readonly<Record<string, Value | undefined>>
  ): Told {
    const names = Object.keys(values)
    for (const name of names) put(facts, name, values[name], event)
    return this.told(assetId, names.filter((name) => this.wanted.has(name)))
  }

  private factsOf(assetId: AssetId): AssetFacts {
    let facts = this.byAsset.get(assetId)
    if (facts === undefined) {
      this.byAsset.set(assetId, facts = { bySource: new Map(), latest: undefined, lost: new Map(), others: new Map() })
    }
    return facts
  }

  private sourceFactsOf(assetId: AssetId, source: string): SourceFacts {
    const of = this.factsOf(assetId)
    if (of.latest?.source === source) return of.latest
    let facts = of.bySource.get(source)
    if (facts === undefined) {
      of.bySource.set(source, facts = { source, isLive: false, quote: undefined, top: undefined, others: new Map() })
    }
    of.latest = facts
    return facts
  }

  /**
   * News of a feed whose state is not known to be live: true when it is now. A first word says that it is; so does a price of a source without books, and
   * a whole book, after the feed was anything else.
   */
  private revive(facts: SourceFacts, event: PriceUpdate | OrderBookDelta | OrderBookSnapshot | Trade): boolean {
    const { others } = this.factsOf(event.assetId)
    const before = others.get("feed")?.value
    const isWord = event._tag === "PriceUpdate" && event.source !== "clob" && event.beside !== true
    facts.isLive = before === undefined || before === "live" || isWord || event._tag === "OrderBookSnapshot"
    if (!facts.isLive || before === "live") return false
    put(others, "feed", "live", event)
    return this.wanted.has("feed")
  }
}

const tradeFields = ["last", "trade_size", "trade_side"]

const fieldsOfMetadata = ["tick_size", "status", "volume_24h", "liquidity", "time_to_end"]

const fieldsOfLifecycle = ["tick_size", "status"]

const put = (
  facts: Map<string, Fact>,
  name: string,
  value: Value | undefined,
  { receivedAt, source }: MarketEvent
): string => {
  if (value === undefined) facts.delete(name)
  else facts.set(name, { value, receivedAt, source })
  return name
}
