/** The assets that a policy names: which those are, and what has to be followed so that they are heard of. */
import { Schema } from "effect"
import { AssetId as AssetIdSchema, isToken } from "../../domain/Asset.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { AssetFilter } from "./Conditions.ts"
import * as Filters from "./Filters.ts"
import type { SimpleCondition } from "./Policy.ts"

const isAssetId = Schema.is(AssetIdSchema)

type Path = ReadonlyArray<PropertyKey>

/** The names of one policy. What is wrong with one is reported where it stands. */
export class AssetNames {
  /** Slugs and condition ids, to be followed. */
  readonly markets = new Set<string>()
  /** Token ids, to be followed. */
  readonly tokens = new Set<AssetId>()
  /** What conditions name is one filter for all that name it. */
  readonly #filters = new Map<string, AssetFilter>()
  readonly #report: (path: Path, message: string) => undefined
  #problems = 0

  constructor(report: (path: Path, message: string) => undefined) {
    this.#report = (path, message) => {
      this.#problems++
      return report(path, message)
    }
  }

  /** The assets that a condition speaks of; `undefined` when it names none, or wrongly. */
  filterOf(condition: SimpleCondition, path: Path): AssetFilter | undefined {
    const { asset, market, outcome } = condition
    const key = JSON.stringify([asset, market, outcome])
    const before = this.#filters.get(key)
    if (before !== undefined) return before
    const told = this.#problems
    const filter = this.#newFilterOf(condition, path)
    // What is wrong is told wherever it stands.
    if (filter !== undefined && this.#problems === told) this.#filters.set(key, filter)
    return filter
  }

  /** The asset of a name: a token id, a symbol, `slug:Outcome` or `series:NAME:Outcome`; a slug may have `*`. */
  filterNamed(text: string, path: Path): AssetFilter | undefined {
    const colon = text.lastIndexOf(":")
    if (colon < 0) {
      if (!isAssetId(text)) return this.#reportName(text, path)
      if (isToken(text)) this.tokens.add(text)
      return Filters.ofAsset(text)
    }
    const slug = text.slice(0, colon)
    const outcome = text.slice(colon + 1)
    if (slug === "" || outcome === "") {
      return this.#report(path, `expected slug:Outcome, found ${JSON.stringify(text)}`)
    }
    if (slug.startsWith("series:")) {
      const series = slug.slice("series:".length)
      if (!/^[a-z0-9-]+$/.test(series)) {
        return this.#report(path, `expected series:NAME:Outcome, found ${JSON.stringify(text)}`)
      }
      this.markets.add(slug)
      return Filters.ofSeries(slug, series, outcome)
    }
    if (slug.includes("*")) return Filters.ofSlugs(slug, outcome)
    this.markets.add(slug)
    return Filters.ofSlug(slug, outcome)
  }

  /** Follows what an action names like what a condition names. */
  follow(text: string, path: Path): void {
    const colon = text.lastIndexOf(":")
    if (colon > 0) this.markets.add(text.slice(0, colon))
    else if (!isAssetId(text)) this.#reportName(text, path)
    else if (isToken(text)) this.tokens.add(text)
  }

  #newFilterOf({ asset, market, outcome }: SimpleCondition, path: Path): AssetFilter | undefined {
    if (market !== undefined) this.markets.add(market)
    if (asset === undefined && market !== undefined && outcome !== undefined) return Filters.ofSlug(market, outcome)
    const parts: Array<AssetFilter> = []
    if (asset !== undefined) {
      const texts = typeof asset === "string" ? [asset] : asset
      const found = texts.flatMap((text, at) =>
        this.filterNamed(text, typeof asset === "string" ? [...path, "asset"] : [...path, "asset", at]) ?? []
      )
      const [single] = found
      parts.push(found.length === 1 && single !== undefined ? single : Filters.any(found))
    }
    if (market !== undefined) parts.push(Filters.ofMarket(market))
    if (outcome !== undefined) parts.push(Filters.ofOutcome(outcome))
    const [only] = parts
    return only === undefined || parts.length === 1 ? only : Filters.all(parts)
  }

  #reportName(text: string, path: Path): undefined {
    return this.#report(
      path,
      `expected a token id, slug:Outcome or a symbol in upper case, found ${JSON.stringify(text)}`
    )
  }
}
