/** The one way out for orders: every check, in order; the first refusal stands, with its reason. */
import { Context, Effect, Layer } from "effect"
import * as OrderBook from "../domain/OrderBook.ts"
import { riskLimits, Settings } from "../Settings.ts"
import { EventClock } from "./EventClock.ts"
import type { OrderRequest } from "./policy/Decision.ts"
import { Portfolio } from "./Portfolio.ts"
import { orderNotional } from "./risk/OrderNotional.ts"
import { positionLimit } from "./risk/PositionLimit.ts"
import { priceCollar } from "./risk/PriceCollar.ts"
import type { Refusal, RiskCheck, RiskContext } from "./risk/Refusal.ts"
import { balance, freshness, venueRules } from "./risk/VenueRules.ts"
import { StateManager } from "./StateManager.ts"

/** Every check, cheapest and most telling first. */
export const checks: ReadonlyArray<RiskCheck> = [
  freshness,
  venueRules,
  orderNotional,
  positionLimit,
  balance,
  priceCollar
]

/** The first refusal, if any check refuses. */
export const judge = (context: RiskContext): Refusal | undefined => {
  for (const check of checks) {
    const refusal = check(context)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

export class RiskGate extends Context.Service<RiskGate, {
  /** Judges an order against what is known now; `undefined` lets it pass. Reserve before anything else is judged. */
  readonly judge: (request: OrderRequest) => Refusal | undefined
}>()("polymarket-hft/engine/RiskGate") {
  static readonly layer = Layer.effect(
    RiskGate,
    Effect.gen(function*() {
      const settings = yield* Settings
      const state = yield* StateManager
      const portfolio = yield* Portfolio
      const clock = yield* EventClock
      const limits = riskLimits(settings)
      return RiskGate.of({
        judge: (request) => {
          const { assetId } = request
          const known = state.orderBook(assetId)
          const book = known === undefined || !known.usable || OrderBook.isCrossed(known.book)
            ? undefined
            : { bestBid: OrderBook.bestBid(known.book), bestAsk: OrderBook.bestAsk(known.book) }
          return judge({
            request,
            market: state.marketOf(assetId),
            book,
            held: portfolio.position(assetId).size,
            openBuys: portfolio.openSize(assetId, "buy"),
            openSells: portfolio.openSize(assetId, "sell"),
            freeCash: portfolio.freeCash(),
            now: clock.now(),
            limits
          })
        }
      })
    })
  )
}
