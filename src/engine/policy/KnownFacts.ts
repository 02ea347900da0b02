/**
 * What policies know of the world, to be read: for each asset the latest value of each field. A value is unknown until it has been told, after a gap until
 * it is told again, and when it is older than `timeToLive`; what is told only when it changes (positions, orders, status, tick size, feed) does not age.
 *
 * Prices, books and trades are kept by source. Who does not ask for one gets the primary's: of a token the CLOB, of a symbol the first of those wanted
 * that is live. Positions, orders and what is said of markets have no such split.
 */
import { isToken } from "../../domain/Asset.ts"
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import { type ConditionId, conditionIdFromText, type Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import { timeToLive } from "../State.ts"
import { modeField } from "./Fields.ts"
import { NamedMarkets } from "./NamedMarkets.ts"
import {
  type AssetFacts,
  type Fact,
  type SourceFacts,
  sourceFields,
  toldOf,
  type Value,
  valueIn
} from "./SourceFacts.ts"

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

/** Whose word counts for a token when no source is named. */
const primariesOfToken: ReadonlyArray<string> = ["clob"]

/** The facts of the log so far, as they are read. */
export class KnownFacts {
  /** Event time of the last event, ms. */
  now = 0
  protected readonly byAsset = new Map<AssetId, AssetFacts>()
  protected readonly metrics = new Map<string, Fact>()
  protected readonly markets = new NamedMarkets()
  private readonly primaries: ReadonlyArray<string>
  /** Sources that are not among those, and so count for those alone who name them. */
  private readonly others: ReadonlySet<string>
  /** How long values live, ms, where somebody wishes something else than usual. */
  private life: number | undefined
  private wish: Wish | undefined

  private readonly startsEmpty: boolean

  /** `primaries`: whose prices of symbols count for those who name no source, best first. `startsEmpty`: a position that was never told is none. */
  constructor(primaries: ReadonlyArray<string>, startsEmpty: boolean) {
    this.primaries = primaries
    this.startsEmpty = startsEmpty
    this.others = new Set(priceSources.filter((source) => !primaries.includes(source)))
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
    const before = this.life
    this.life = wish.ignoreStale ? Number.POSITIVE_INFINITY : wish.maxAge ?? before
    try {
      const reading = this.readFresh(field, assetId, source)
      if (reading !== undefined || !wish.ignoreStale || assetId === undefined || !sourceFields.has(field)) {
        return reading
      }
      return this.readLost(field, assetId, source)
    } finally {
      this.life = before
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
    if (field === "position" && this.startsEmpty && facts?.others.get(field) === undefined) return none
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
    const reading = from(lastingFields.has(field) ? told : this.fresh(told), source)
    return reading === undefined && field === "unrealized_pnl" ? this.unrealized(assetId, source) : reading
  }

  /** What a position has gained, going by its price; for who is not told. */
  private unrealized(assetId: AssetId, source: string | undefined): Reading | undefined {
    const [size, average, price] = ["position", "avg_price", "price"].map((field) =>
      this.readFresh(field, assetId, field === "price" ? undefined : source)?.value
    )
    if (typeof size !== "bigint" || typeof average !== "bigint" || typeof price !== "bigint") return undefined
    return { value: Fixed.multiply(size, price - average), source: "" }
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

  protected listed(assetId: AssetId): ReadonlyArray<string> {
    return isToken(assetId) ? primariesOfToken : this.primaries
  }

  private speaks(facets: SourceFacts | undefined, field: string): boolean {
    return facets !== undefined && this.fresh(toldOf(facets, field)) !== undefined
  }

  private fresh<A extends { readonly receivedAt: number }>(told: A | undefined): A | undefined {
    return told === undefined || this.now - told.receivedAt > (this.life ?? timeToLive) ? undefined : told
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

  /** The market of a slug or a condition id. */
  marketWith(name: string): Market | undefined {
    const conditionId = conditionIdFromText(name) ?? this.markets.named(name)
    return conditionId === undefined ? undefined : this.markets.get(conditionId)
  }

  /** The outcome token that `slug:Outcome` names now; a condition id may stand for the slug. */
  tokenOf(name: string, outcome: string): AssetId | undefined {
    return this.markets.tokenOf(name, outcome, this.now)
  }

  /** Whether a token is an outcome of any market of a series. */
  isOfSeries(series: string, outcome: string, assetId: AssetId): boolean {
    return this.markets.isOfSeries(series, outcome, assetId)
  }

  private timeToEnd(assetId: AssetId): Value | undefined {
    const endTime = this.market(assetId)?.endTime
    return endTime === undefined ? undefined : Fixed.fromMicro((endTime - this.now) * (Micro.unit / 1_000))
  }
}

/** No position. */
const none: Reading = { value: 0n, source: "" }

/** How long a value of a field lives unless somebody wishes something else, ms. */
export const lifeOf = (field: string): number => lastingFields.has(field) ? Infinity : timeToLive

const from = (fact: Fact | undefined, source: string | undefined): Reading | undefined =>
  fact === undefined || (source !== undefined && fact.source !== source)
    ? undefined
    : { value: fact.value, source: "" }

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
