/**
 * What actions come to in a test of policies, where there is no venue: messages, cancels and calls succeed (a call with 200); an order that the best
 * opposite price known at the firing can fill is `matched` as a whole at that price; one that cannot rests as `live`, or is `rejected` when it
 * may not rest. An action that cannot be filled in fails, and the actions after it are not done unless it continues. Pure.
 */
import * as Fixed from "../../domain/Fixed.ts"
import { opposite } from "../../domain/Order.ts"
import type { Size } from "../../domain/Size.ts"
import { hashOf } from "../HashOf.ts"
import type { DecidedAction, Decision, OrderRequest } from "./Decision.ts"
import type { Facts } from "./Facts.ts"
import * as Results from "./Results.ts"

/** A decision whose actions are all filled in, as far as they are done; `facts` are those of the firing. */
export const carriedOut = (decision: Decision, facts: Facts): Decision => {
  const actions: Array<DecidedAction> = []
  let results = Results.noResults
  for (const [index, decided] of decision.actions.entries()) {
    const action = decided._tag === "Deferred" ? decided.fill(results) : decided
    const result = resultOf(action, facts, hashOf([decision.firingId, String(index)]))
    actions.push(action)
    results = Results.after(results, result)
    if (result.error !== undefined && !action.continues) break
  }
  return { ...decision, actions }
}

const resultOf = (action: DecidedAction, facts: Facts, id: string): Results.ActionResult => {
  const head = { error: undefined, httpStatus: undefined, order: undefined }
  switch (action._tag) {
    case "Notification":
      return { ...head, type: "notification" }
    case "Webhook":
      return { ...head, type: "webhook", httpStatus: 200 }
    case "CancelOrders":
      return { ...head, type: "order" }
    case "Impossible":
      return { ...head, type: "order", error: action.reason, order: Results.refusedOrder(action.reason) }
    case "PlaceOrder": {
      const order = orderOf(action.request, facts, `0x${id}`)
      return { ...head, type: "order", error: order.status === "rejected" ? order.reason : undefined, order }
    }
  }
}

const orderOf = (request: OrderRequest, facts: Facts, id: string): Results.OrderResult => {
  const { assetId, price, side, size, timeInForce } = request
  const best = facts.value(opposite(side) === "sell" ? "ask" : "bid", assetId)
  const limit = Fixed.fromMicro(price)
  const isFilled = typeof best === "bigint" && (side === "buy" ? best <= limit : best >= limit)
  const rests = timeInForce === "GTC" || timeInForce === "GTD"
  return {
    id,
    status: isFilled ? "matched" : rests ? "live" : "rejected",
    assetId,
    side,
    price,
    size,
    filled: isFilled ? size : 0 as Size,
    average: isFilled ? best : undefined,
    reason: isFilled || rests ? undefined : "nothing rests at that price"
  }
}
