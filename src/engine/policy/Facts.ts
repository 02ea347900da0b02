/**
 * What policies know of the world: for each asset the latest value of each field, as a fold over the log. A value is unknown
 * until it has been told, after a gap until it is told again, and when it is older than `timeToLive`; what is told only when it
 * changes (positions, orders, status, tick size, feed) does not age.
 *
 * Prices, books and trades are kept by source. Who does not ask for one gets the primary's: of a token the CLOB, of a symbol the
 * first of those wanted that is live. Positions, orders and what is said of markets have no such split.
 */
import { isToken } from "../../domain/Asset.ts"
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import { isVenueMode } from "../../domain/VenueMode.ts"
import type { FeedStatus, MarketEvent, PriceUpdate } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"
import { NamedMarkets } from "./NamedMarkets.ts"
import {
  type AssetFacts,
  type Fact,
  lose,
  newestOf,
  quoteFields,
  type SourceFacts,
  sourceFields,
  toldOf,
  topFields,
  type Value,
  valueIn
} from "./SourceFacts.ts"

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
  "venue_mode",
  "tick"
] as const
export type Field = typeof fields[number]

/** What the venue takes, whatever the asset. */
export const modeField = "venue_mode"

/** The fields that belong to assets: all but the clock and the venue's mode. */
export const fieldsOfAssets: ReadonlySet<string> = new Set(
  fields.filter((field) => field !== "tick" && field !== modeField)
)

/** Fields whose value is text. */
export const textFields: ReadonlySet<string> = new Set(["trade_side", "status", "order_status", "feed", modeField])

/** Which values count. */
export interface Wish {
  /** None older than this, ms. */
  readonly maxAge: number | undefined
  /** The last value counts however old, and across gaps. */
  readonly ignoreStale: boolean
}

/** A value with the source it is from, "" for what is not kept by source. */
export interface Reading {
  readonly value: Value
  readonly source: string
}

/** What was told last of a field, whether or not it still counts. */
export interface Trace {
  /** Absent: that it has none, such as the price of an empty book. */
  readonly value: Value | undefined
  /** Event time, ms. */
  readonly receivedAt: number
  readonly source: string
  /** It is behind a gap, a stale feed or a lost connection. */
  readonly isLost: boolean
}

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
}

/** Whose word counts for a token when no source is named. */
const primariesOfToken: ReadonlyArray<string> = ["clob"]

/** The facts of the log so far. Changed in place by `take`. */
export class Facts {
  private readonly wallet: string | undefined
  private readonly primaries: ReadonlyArray<string>
  /** Sources that are not among those, and so count for those alone who name them. */
  private readonly others: ReadonlySet<string>
  private wanted: ReadonlySet<string> = new Set()
  /** Prices come by the thousand: what they tell is always this, written anew. */
  private readonly toldOfQuote: {
    readonly assetIds: [AssetId | undefined]
    fields: ReadonlyArray<string>
    quote: PriceUpdate | undefined
  } = { assetIds: [undefined], fields: [], quote: undefined }
  private wantedOfTop: ReadonlyArray<string> = []
  private wantedOfTrade: ReadonlyArray<string> = []
  private readonly byAsset = new Map<AssetId, AssetFacts>()
  private readonly metrics = new Map<string, Fact>()
  private readonly markets = new NamedMarkets()
  private timeToLive = timeToLive
  private wish: Wish | undefined
  /** Event time of the last event, ms. */
  now = 0

  /** `wanted`: the fields, metrics and ticks whose news is to be told; all can be read. */
  constructor(wanted: ReadonlySet<string>, { primaries = priceSources, wallet }: Meant = {}) {
    this.wallet = wallet
    this.primaries = primaries
    this.others = new Set(priceSources.filter((source) => !primaries.includes(source)))
    this.want(wanted)
  }

  /** Tells the news of these from here on, and of no others. */
  want(wanted: ReadonlySet<string>): void {
    this.wanted = wanted
    this.toldOfQuote.fields = [...quoteFields].filter((field) => wanted.has(field))
    this.wantedOfTop = [...topFields].filter((field) => wanted.has(field))
    this.wantedOfTrade = tradeFields.filter((field) => wanted.has(field))
  }

  /**
   * The value of a field of an asset, or of a metric when no asset is given; `undefined` is unknown. Without `source` it is the primary's.
   */
  value(field: string, assetId: AssetId | undefined, source?: string): Value | undefined {
    return this.read(field, assetId, source)?.value
  }

  /** The same, with the source it is from. */
  read(field: string, assetId: AssetId | undefined, source?: string, wish?: Wish): Reading | undefined {
    const wanted = wish ?? this.wish
    if (wanted?.maxAge !== undefined || wanted?.ignoreStale === true) return this.readAs(wanted, field, assetId, source)
    return this.readFresh(field, assetId, source)
  }

  /** Runs something whose reads have no wish of their own with one. */
  within<A>(wish: Wish, run: () => A): A {
    const before = this.wish
    this.wish = wish
    try {
      return run()
    } finally {
      this.wish = before
    }
  }

  /** Whether a field was told and does not count any more: too old, or behind a gap. */
  isStale(field: string, assetId: AssetId | undefined, source?: string): boolean {
    return this.readFresh(field, assetId, source) === undefined &&
      this.readAs({ maxAge: undefined, ignoreStale: true }, field, assetId, source) !== undefined
  }

  private readAs(wish: Wish, field: string, assetId: AssetId | undefined, source?: string): Reading | undefined {
    const before = this.timeToLive
    this.timeToLive = wish.ignoreStale ? Number.POSITIVE_INFINITY : Math.min(wish.maxAge ?? before, before)
    try {
      const reading = this.readFresh(field, assetId, source)
      if (reading !== undefined || !wish.ignoreStale || assetId === undefined || !sourceFields.has(field)) {
        return reading
      }
      return this.readLost(field, assetId, source)
    } finally {
      this.timeToLive = before
    }
  }

  private readLost(field: string, assetId: AssetId, source: string | undefined): Reading | undefined {
    for (const [name, facets] of this.byAsset.get(assetId)?.lost ?? []) {
      if (source !== undefined && name !== source) continue
      const value = this.valueOf(facets, field)
      if (value !== undefined) return { value, source: name }
    }
    return undefined
  }

  private valueOf(facets: SourceFacts, field: string): Value | undefined {
    return this.speaks(facets, field) ? valueIn(facets, field) : undefined
  }

  private readFresh(field: string, assetId: AssetId | undefined, source?: string): Reading | undefined {
    if (assetId === undefined) {
      const told = this.metrics.get(field)
      return from(lastingFields.has(field) ? told : this.fresh(told), source)
    }
    if (field === "time_to_end") {
      const value = this.timeToEnd(assetId)
      return value === undefined ? undefined : { value, source: "" }
    }
    const facts = this.byAsset.get(assetId)
    if (facts === undefined) return undefined
    if (sourceFields.has(field)) {
      const found = source ?? this.primary(field, assetId)
      const facets = found === undefined ? undefined : facts.bySource.get(found)
      if (facets !== undefined && found !== undefined) {
        const value = this.valueOf(facets, field)
        if (value !== undefined) return { value, source: found }
      }
    }
    const told = facts.others.get(field)
    return from(lastingFields.has(field) ? told : this.fresh(told), source)
  }

  /** What was told last of a field, also what does not count any more; `undefined`: nothing ever was. For explanations. */
  trace(field: string, assetId: AssetId | undefined, source?: string): Trace | undefined {
    const told = assetId === undefined ? this.metrics.get(field) : this.byAsset.get(assetId)?.others.get(field)
    const other = told === undefined || (source !== undefined && told.source !== source)
      ? undefined
      : { ...told, isLost: false }
    if (assetId === undefined || !sourceFields.has(field)) return other
    const first = source ?? this.primary(field, assetId)
    const facts = this.byAsset.get(assetId)
    const traces: Array<Trace> = []
    for (const [isLost, bySource] of [[false, facts?.bySource], [true, facts?.lost]] as const) {
      for (const [name, facets] of bySource ?? []) {
        const told = toldOf(facets, field)
        if (told === undefined || (first !== undefined && name !== first)) continue
        const value = valueIn(facets, field)
        traces.push({ value, receivedAt: told.receivedAt, source: name, isLost })
      }
    }
    traces.sort((a, b) => Number(a.isLost) - Number(b.isLost) || b.receivedAt - a.receivedAt)
    const [best] = traces
    return best?.value === undefined ? other ?? best : best
  }

  /** The name that an asset goes by: `slug:Outcome` where its market is known, else its id. */
  nameOf(assetId: AssetId): string {
    const market = this.market(assetId)
    const outcome = market?.outcomes.find((one) => one.assetId === assetId)
    return market === undefined || outcome === undefined ? assetId : `${market.slug}:${outcome.name}`
  }

  /** Whether the news of a source is what those hear who name none. */
  isPrimary(field: string, assetId: AssetId | undefined, source: string): boolean {
    if (assetId === undefined || !sourceFields.has(field)) return true
    const primary = this.primary(field, assetId)
    return primary === source ||
      (primary === undefined && !this.others.has(source) && !this.listed(assetId).includes(source))
  }

  /** Whether several sources speak of an asset, or have: then a value may stop counting and another be there that nobody told just now. */
  isContested(assetId: AssetId): boolean {
    const facts = this.byAsset.get(assetId)
    return facts !== undefined && new Set([...facts.bySource.keys(), ...facts.lost.keys()]).size > 1
  }

  /** The first source that has said something of late that still holds: those of the list first, then an embedding program's own. */
  private primary(field: string, assetId: AssetId): string | undefined {
    const bySource = this.byAsset.get(assetId)?.bySource
    if (bySource === undefined) return undefined
    const listed = this.listed(assetId)
    for (const source of listed) if (this.speaks(bySource.get(source), field)) return source
    for (const [source, facets] of bySource) {
      if (!listed.includes(source) && !this.others.has(source) && this.speaks(facets, field)) return source
    }
    return undefined
  }

  private listed(assetId: AssetId): ReadonlyArray<string> {
    return isToken(assetId) ? primariesOfToken : this.primaries
  }

  private speaks(facets: SourceFacts | undefined, field: string): boolean {
    return facets !== undefined && this.fresh(toldOf(facets, field)) !== undefined
  }

  private fresh<A extends { readonly receivedAt: number }>(told: A | undefined): A | undefined {
    return told === undefined || this.now - told.receivedAt > this.timeToLive ? undefined : told
  }

  /** How often names have come to mean something else than before. */
  get namings(): number {
    return this.markets.namings
  }

  /** The market an asset belongs to. */
  market(assetId: AssetId): Market | undefined {
    return this.markets.of(assetId)
  }

  /** The market of a slug. */
  marketNamed(slug: string): ConditionId | undefined {
    return this.markets.named(slug)
  }

  /** The outcome token that `slug:Outcome` names now; a condition id may stand for the slug. */
  tokenOf(name: string, outcome: string): AssetId | undefined {
    return this.markets.tokenOf(name, outcome, this.now)
  }

  /** Whether a token is an outcome of any market of a series. */
  isOfSeries(series: string, outcome: string, assetId: AssetId): boolean {
    return this.markets.isOfSeries(series, outcome, assetId)
  }

  /** Takes an event and says what it told. */
  take(event: MarketEvent): Told {
    this.now = event.receivedAt
    switch (event._tag) {
      case "PriceUpdate": {
        const { assetId, source } = event
        const facts = this.sourceFactsOf(assetId, source)
        facts.quote = event
        if (event.volume !== undefined || event.volume24h !== undefined) return this.tellVolumes(event, facts.others)
        const { toldOfQuote } = this
        if (toldOfQuote.fields.length === 0) return nothing
        toldOfQuote.assetIds[0] = assetId
        toldOfQuote.quote = source === this.listed(assetId)[0] ? event : undefined
        return toldOfQuote
      }
      case "OrderBookDelta":
      case "OrderBookSnapshot":
        this.sourceFactsOf(event.assetId, event.source).top = event
        if (event._tag === "OrderBookSnapshot" && event.tickSize !== undefined) {
          this.markets.learnTick(event.market, event.tickSize)
        }
        return this.told(event.assetId, this.wantedOfTop)
      case "Trade": {
        const facts = this.sourceFactsOf(event.assetId, event.source).others
        put(facts, "last", Fixed.fromMicro(event.price), event)
        put(facts, "trade_size", Fixed.fromMicro(event.size), event)
        put(facts, "trade_side", event.side, event)
        return this.told(event.assetId, this.wantedOfTrade)
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
    if (event.kind === "conflated" || event.kind === "connected" || event.assetId === undefined) return nothing
    const value = event.kind === "resynced" ? "live" : event.kind === "disconnected" ? "down" : event.kind
    return this.tell(event, event.assetId, this.factsOf(event.assetId).others, { feed: value })
  }

  private timeToEnd(assetId: AssetId): Value | undefined {
    const endTime = this.market(assetId)?.endTime
    return endTime === undefined ? undefined : Fixed.fromMicro((endTime - this.now) * (Micro.unit / 1_000))
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
      of.lost.delete(source)
      of.bySource.set(source, facts = { source, quote: undefined, top: undefined, others: new Map() })
    }
    of.latest = facts
    return facts
  }
}

const from = (fact: Fact | undefined, source: string | undefined): Reading | undefined =>
  fact === undefined || (source !== undefined && fact.source !== source)
    ? undefined
    : { value: fact.value, source: "" }

const tradeFields = ["last", "trade_size", "trade_side"]

const fieldsOfMetadata = ["tick_size", "status", "volume_24h", "liquidity", "time_to_end"]

const fieldsOfLifecycle = ["tick_size", "status"]

/** Told only when they change: silence means that they have not. */
const lastingFields: ReadonlySet<string> = new Set([
  "position",
  "avg_price",
  "realized_pnl",
  "unrealized_pnl",
  "order_status",
  "feed",
  "tick_size",
  "status",
  modeField
])

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
