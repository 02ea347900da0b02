/** Which markets to follow: those named, those that policies name, and the busiest of the last 24 hours. */
import { Effect } from "effect"
import { Clob } from "../client/polymarket/Clob.ts"
import type { ClobError } from "../client/polymarket/Clob.ts"
import { marketByToken } from "../client/polymarket/clob/PublicEndpoints.ts"
import { Gamma } from "../client/polymarket/Gamma.ts"
import type { GammaError } from "../client/polymarket/Gamma.ts"
import type { AssetId } from "../domain/Asset.ts"
import { isRetryable } from "../domain/Failure.ts"
import { conditionIdFromText } from "../domain/Market.ts"
import type { ConditionId, Market } from "../domain/Market.ts"

/** What is wanted. */
export interface Wishes {
  /** Slugs and condition ids. */
  readonly names: ReadonlyArray<string>
  /** Tokens, each of which stands for its market. */
  readonly tokens: ReadonlyArray<AssetId>
  /** How many of the busiest markets beside them. */
  readonly top: number
}

/** A name that stands for no market that can be followed. */
export interface Unknown {
  readonly name: string
  /** What the venue said of it; absent when it knows no such market. */
  readonly reason: string | undefined
}

/** The markets found, and the names that stand for none. */
export interface Choice {
  readonly markets: ReadonlyArray<Market>
  readonly unknown: ReadonlyArray<Unknown>
}

/**
 * Asks for the wanted markets, each once, named ones first. A name that the venue cannot describe is reported as unknown and stops
 * no other; what may be asked again fails the whole.
 */
export const choose = Effect.fnUntraced(function*(
  wishes: Wishes
): Effect.fn.Return<Choice, GammaError | ClobError, Gamma | Clob> {
  const gamma = yield* Gamma
  const clob = yield* Clob
  const found = new Map<ConditionId, Market>()
  const unknown: Array<Unknown> = []
  const ids = new Map<ConditionId, string>()

  /** What was asked, or nothing and a note of it when asking again would not help. */
  const orUnknown = <A, E extends GammaError | ClobError>(name: string, ask: Effect.Effect<A, E>) =>
    ask.pipe(
      Effect.catch((error): Effect.Effect<undefined, E> => {
        const { reason } = error
        if (isRetryable(reason)) return Effect.fail(error)
        const isMissing = reason._tag === "Rejected" && reason.code === "404"
        unknown.push({ name, reason: isMissing ? undefined : error.message })
        return Effect.succeed(undefined)
      })
    )
  const take = (markets: ReadonlyArray<Market>) => {
    for (const market of markets) if (!found.has(market.conditionId)) found.set(market.conditionId, market)
  }

  for (const name of wishes.names) {
    const id = conditionIdFromText(name)
    if (id !== undefined) {
      ids.set(id, name)
      continue
    }
    const market = yield* orUnknown(name, Effect.map(gamma.marketBySlug(name), (market) => market ?? missing))
    if (market === missing) unknown.push({ name, reason: undefined })
    else if (market !== undefined) take([market])
  }
  for (const token of wishes.tokens) {
    const answer = yield* orUnknown(token, clob.call(marketByToken, { token }))
    const id = answer === undefined ? undefined : conditionIdFromText(answer.condition_id)
    if (id !== undefined) ids.set(id, token)
    else if (answer !== undefined) unknown.push({ name: token, reason: undefined })
  }
  const together = yield* gamma.marketsByConditionIds([...ids.keys()].filter((id) => !found.has(id))).pipe(
    Effect.catchIf((error) => !isRetryable(error.reason), () => Effect.succeed(undefined))
  )
  take(together ?? [])
  for (const [id, name] of ids) {
    if (found.has(id)) continue
    const alone = together === undefined ? yield* orUnknown(name, gamma.marketsByConditionIds([id])) : []
    take(alone ?? [])
    if (alone !== undefined && !found.has(id)) unknown.push({ name, reason: undefined })
  }
  if (wishes.top > 0) {
    const top = gamma.topMarketsByVolume24h(wishes.top)
    take(found.size === 0 ? yield* top : (yield* orUnknown("the busiest markets", top)) ?? [])
  }
  return { markets: [...found.values()], unknown }
})

const missing = Symbol("missing")
