/** No order may be worth more than the limit. */
import * as Micro from "../../domain/Micro.ts"
import { notionalUp } from "../../domain/Money.ts"
import type { RiskCheck } from "./Refusal.ts"

/** Refuses an order worth more than `risk.maxOrderNotional`. */
export const orderNotional: RiskCheck = ({ limits, request }) => {
  const notional = request.amount ?? notionalUp(request.price, request.size)
  return notional <= limits.maxOrderNotional
    ? undefined
    : {
      check: "orderNotional",
      reason: `expected at most ${Micro.format(limits.maxOrderNotional)} pUSD an order, found ${Micro.format(notional)}`
    }
}
