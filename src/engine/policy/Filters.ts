/** Which assets conditions speak of, by what they name. Each keeps what it names and nothing else: there are as many as conditions. */
import type { AssetId } from "../../domain/Asset.ts"
import { conditionIdFromText } from "../../domain/Market.ts"
import type { AssetFilter } from "./Conditions.ts"
import type { Facts } from "./Facts.ts"
import { isLike } from "./Like.ts"

/** One token or symbol. */
export const ofAsset = (assetId: AssetId): AssetFilter => ({
  single: () => assetId,
  matches: (_facts, other) => other === assetId,
  fixed: assetId
})

/** An outcome of the market of a slug. */
export const ofSlug = (slug: string, outcome: string): AssetFilter => {
  const single = (facts: Facts) => facts.tokenOf(slug, outcome)
  return { single, matches: (facts, assetId) => single(facts) === assetId }
}

/** An outcome of the current market of a series; `name` is `series:` and the series. */
export const ofSeries = (name: string, series: string, outcome: string): AssetFilter => ({
  single: (facts) => facts.tokenOf(name, outcome),
  matches: (facts, assetId) => facts.isOfSeries(series, outcome, assetId),
  isSeries: true,
  isNow: (facts, assetId) => facts.tokenOf(name, outcome) === assetId
})

/** An outcome of every market whose slug is like a text with `*` in it. */
export const ofSlugs = (text: string, outcome: string): AssetFilter => {
  return {
    single: undefined,
    matches: (facts, assetId) => {
      const market = facts.market(assetId)
      return market !== undefined && isLike(text, market.slug) && isOutcome(facts, assetId, outcome)
    }
  }
}

/** All outcomes of a market, by slug or condition id. */
export const ofMarket = (name: string): AssetFilter => {
  const conditionId = conditionIdFromText(name)
  return {
    single: undefined,
    matches: (facts, assetId) => {
      const known = facts.market(assetId)
      return known !== undefined && (known.slug === name || known.conditionId === conditionId)
    }
  }
}

/** The outcomes of a name, of every market. */
export const ofOutcome = (outcome: string): AssetFilter => ({
  single: undefined,
  matches: (facts, assetId) => isOutcome(facts, assetId, outcome)
})

/** What passes one of several. */
export const any = (filters: ReadonlyArray<AssetFilter>): AssetFilter => ({
  single: undefined,
  matches: (facts, assetId) => filters.some((filter) => filter.matches(facts, assetId)),
  ...(filters.some(({ isNow }) => isNow !== undefined)
    ? { isNow: (facts, assetId) => filters.some((filter) => passesNow(filter, facts, assetId)) }
    : {})
})

/** What passes all of several. */
export const all = (filters: ReadonlyArray<AssetFilter>): AssetFilter => ({
  single: undefined,
  matches: (facts, assetId) => filters.every((filter) => filter.matches(facts, assetId)),
  ...(filters.some(({ isNow }) => isNow !== undefined)
    ? { isNow: (facts, assetId) => filters.every((filter) => passesNow(filter, facts, assetId)) }
    : {})
})

const passesNow = (filter: AssetFilter, facts: Facts, assetId: AssetId): boolean =>
  filter.matches(facts, assetId) && (filter.isNow?.(facts, assetId) ?? true)

const isOutcome = (facts: Facts, assetId: AssetId, outcome: string): boolean =>
  facts.market(assetId)?.outcomes.some((one) =>
    one.assetId === assetId && one.name.toLowerCase() === outcome.toLowerCase()
  ) ?? false
