/** What became of an action, as the executor finds it out and as the actions after it read it. Pure. */
import * as Fixed from "../../domain/Fixed.ts"
import type { IntentId } from "../../domain/Order.ts"
import { isFinal } from "../../domain/Order.ts"
import type { ActionResult, Results } from "../policy/Results.ts"
import { refusedOrder } from "../policy/Results.ts"
import { averagePriceOf, type OwnOrder } from "../Portfolio.ts"
import type { WebhookError } from "../Webhook.ts"

/** What became of an action; `intentId` of an order on its way. */
export interface Done {
  readonly intentId: IntentId | undefined
  readonly result: ActionResult
}

/** How far the actions of a firing have come. */
export interface Progress {
  results: Results
  /** The last order, when it went out. */
  placed: { readonly index: number; readonly intentId: IntentId; readonly continues: boolean } | undefined
}

/** The outcome of an action that is no order. */
export const done = (type: ActionResult["type"], error: string | undefined, httpStatus?: number): Done => ({
  intentId: undefined,
  result: { type, error, httpStatus, order: undefined }
})

/** The outcome of an order that never was one. */
export const refused = (reason: string): Done => ({
  intentId: undefined,
  result: { type: "order", error: reason, httpStatus: undefined, order: refusedOrder(reason) }
})

/** What is known of an order so far. */
export const resultOf = (order: OwnOrder): ActionResult => {
  const { filledSize, intent, reason, status } = order
  const average = averagePriceOf(order)
  const isFailed = status === "refused" || status === "rejected" || status === "unknown" ||
    (status === "expired" && filledSize === 0)
  return {
    type: "order",
    error: isFailed ? reason ?? status : undefined,
    httpStatus: undefined,
    order: {
      id: intent.orderId,
      status,
      assetId: intent.assetId,
      side: intent.side,
      price: intent.price,
      size: intent.size,
      filled: filledSize,
      average: average === undefined ? undefined : Fixed.fromDecimal(average),
      reason
    }
  }
}

/** The status a host refused with, when it gave one. */
export const statusOf = ({ reason }: WebhookError): number | undefined => {
  const status = reason._tag === "Rejected" ? Number(reason.code) : reason._tag === "RateLimited" ? 429 : Number.NaN
  return Number.isInteger(status) ? status : undefined
}

/** Whether the venue has said of an order what it says at once: orders that do not rest are over then. */
export const isAnswered = (order: OwnOrder | undefined): boolean => {
  if (order === undefined) return true
  const { intent, status } = order
  const rests = intent.timeInForce === "GTC" || intent.timeInForce === "GTD"
  return isFinal(status) || status === "unknown" || (rests && status === "live")
}
