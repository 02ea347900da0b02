/** The markets that policies may name: by slug or condition id, by token, and by series, whose market is another one as time goes by. A fold. */
import type { AssetId } from "../../domain/Asset.ts"
import { conditionIdFromText } from "../../domain/Market.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import type { TickSize } from "../../domain/TickSize.ts"
import { KnownMarkets } from "../KnownMarkets.ts"

const seriesPrefix = "series:"

/** Markets by their names. */
export class NamedMarkets {
  readonly #markets = new KnownMarkets()
  readonly #marketOf = new Map<AssetId, ConditionId>()
  readonly #bySlug = new Map<string, ConditionId>()
  readonly #series = new Map<string, ReadonlyArray<Market>>()
  /** How often names have come to mean something else than before: which assets they mean changes with it. */
  namings = 0

  get(conditionId: ConditionId): Market | undefined {
    return this.#markets.get(conditionId)
  }

  /** The market an asset belongs to. */
  of(assetId: AssetId): Market | undefined {
    const conditionId = this.#marketOf.get(assetId)
    return conditionId === undefined ? undefined : this.#markets.get(conditionId)
  }

  /** The market of a slug. */
  named(slug: string): ConditionId | undefined {
    return this.#bySlug.get(slug)
  }

  /** The outcome token that `slug:Outcome` names at a time; a condition id may stand for the slug. */
  tokenOf(name: string, outcome: string, now: number): AssetId | undefined {
    if (name.startsWith(seriesPrefix)) return outcomeOf(this.#currentOf(name.slice(seriesPrefix.length), now), outcome)
    const conditionId = (name.startsWith("0x") ? conditionIdFromText(name) : undefined) ?? this.#bySlug.get(name)
    return conditionId === undefined ? undefined : outcomeOf(this.#markets.get(conditionId), outcome)
  }

  /** Whether a token is an outcome of any market of a series. */
  isOfSeries(series: string, outcome: string, assetId: AssetId): boolean {
    const market = this.of(assetId)
    return market !== undefined && seriesOf(market.slug)?.name === series && outcomeOf(market, outcome) === assetId
  }

  /** Takes a description at a time; returns the market as it now counts. */
  describe(described: Market, now: number): Market {
    const { conditionId, slug } = described
    const isNamedAlike = this.#bySlug.get(slug) === conditionId && this.#markets.get(conditionId)?.slug === slug &&
      this.#hasOutcomesOf(described)
    const market = this.#markets.describe(described)
    if (isNamedAlike) return market
    this.namings++
    if (!this.#bySlug.has(slug)) this.#joinSeries(market, now)
    this.#bySlug.set(slug, conditionId)
    for (const { assetId } of market.outcomes) this.#marketOf.set(assetId, conditionId)
    return market
  }

  /** Takes a tick size from the CLOB. */
  learnTick(conditionId: ConditionId, tickSize: TickSize): void {
    this.#markets.learnTick(conditionId, tickSize)
  }

  /** Takes note of an end. */
  end(conditionId: ConditionId, status: "closed" | "resolved"): void {
    this.#markets.end(conditionId, status)
  }

  /** The markets that are over at a time: that have ended, or whose end has passed. */
  over(now: number): ReadonlyArray<Market> {
    return [...this.#markets.all()].filter(({ endTime, status }) =>
      status === "closed" || status === "resolved" || (endTime !== undefined && endTime <= now)
    )
  }

  /** Lets go of a market and its names. */
  forget({ conditionId, outcomes, slug }: Market): void {
    this.#markets.forget(conditionId)
    if (this.#bySlug.get(slug) === conditionId) this.#bySlug.delete(slug)
    for (const { assetId } of outcomes) {
      if (this.#marketOf.get(assetId) === conditionId) this.#marketOf.delete(assetId)
    }
    this.namings++
  }

  #hasOutcomesOf({ conditionId, outcomes }: Market): boolean {
    const before = this.#markets.get(conditionId)?.outcomes ?? []
    return before.length === outcomes.length &&
      outcomes.every(({ assetId, name }, index) =>
        before[index]?.assetId === assetId && before[index]?.name === name &&
        this.#marketOf.get(assetId) === conditionId
      )
  }

  #joinSeries(market: Market, now: number): void {
    const series = seriesOf(market.slug)
    if (series === undefined) return
    const all = this.#series.get(series.name) ?? []
    // Those of long ago are nobody's current one.
    const left = all.filter(({ endTime }) => endTime === undefined || endTime > now)
    this.#series.set(series.name, [...left, market])
  }

  /** The market of a clocked series whose time it is: the last that has begun and has not ended. */
  #currentOf(series: string, now: number): Market | undefined {
    let current: Market | undefined
    let begun = -Infinity
    for (const market of this.#series.get(series) ?? []) {
      const start = seriesOf(market.slug)?.start ?? Infinity
      const known = this.#markets.get(market.conditionId) ?? market
      if (start > now || start <= begun || (known.endTime !== undefined && known.endTime <= now)) continue
      current = known
      begun = start
    }
    return current
  }
}

const outcomeOf = (market: Market | undefined, outcome: string): AssetId | undefined =>
  market?.outcomes.find(({ name }) => name.toLowerCase() === outcome.toLowerCase())?.assetId

/** The series that a slug belongs to, and when its market begins, ms: "btc-updown-5m-1795564800". */
const seriesOf = (slug: string): { readonly name: string; readonly start: number } | undefined => {
  const match = /^(.+)-(\d{9,11})$/.exec(slug)
  return match === null ? undefined : { name: match[1] as string, start: Number(match[2]) * 1_000 }
}
