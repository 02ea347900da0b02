/** Which markets to follow: those named, those that policies name, and the busiest of the last 24 hours. */
import { Effect } from "effect"
import { Gamma } from "../client/polymarket/Gamma.ts"
import type { GammaError } from "../client/polymarket/Gamma.ts"
import { conditionIdFromText } from "../domain/Market.ts"
import type { ConditionId, Market } from "../domain/Market.ts"

/** What is wanted. */
export interface Wishes {
  /** Slugs and condition ids. */
  readonly names: ReadonlyArray<string>
  /** How many of the busiest markets beside them. */
  readonly top: number
}

/** The markets found, and the names that nobody knows. */
export interface Choice {
  readonly markets: ReadonlyArray<Market>
  readonly unknown: ReadonlyArray<string>
}

/** Asks Gamma for the wanted markets, each once, named ones first. */
export const choose = Effect.fnUntraced(function*(wishes: Wishes): Effect.fn.Return<Choice, GammaError, Gamma> {
  const gamma = yield* Gamma
  const found = new Map<ConditionId, Market>()
  const unknown: Array<string> = []
  const ids = new Map<ConditionId, string>()
  for (const name of wishes.names) {
    const id = conditionIdFromText(name)
    if (id !== undefined) {
      ids.set(id, name)
      continue
    }
    const market = yield* gamma.marketBySlug(name)
    if (market === undefined) unknown.push(name)
    else found.set(market.conditionId, market)
  }
  if (ids.size > 0) {
    for (const market of yield* gamma.marketsByConditionIds([...ids.keys()])) found.set(market.conditionId, market)
    for (const [id, name] of ids) if (!found.has(id)) unknown.push(name)
  }
  if (wishes.top > 0) {
    for (const market of yield* gamma.topMarketsByVolume24h(wishes.top)) {
      if (!found.has(market.conditionId)) found.set(market.conditionId, market)
    }
  }
  return { markets: [...found.values()], unknown }
})
