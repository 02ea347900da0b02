/** What people are told of orders, in one line. Pure. */
import type { Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import type { Fill, Intent, OrderStatus } from "../../domain/Order.ts"
import type { OrderRequest } from "../policy/Decision.ts"

type Asked = Pick<OrderRequest, "assetId" | "price" | "side" | "size">

/** Which outcome of which market, as people know it. */
const nameOf = (assetId: string, market: Market | undefined): string => {
  const outcome = market?.outcomes.find((one) => one.assetId === assetId)
  return market === undefined || outcome === undefined ? assetId : `${outcome.name} of ${market.slug}`
}

const orderText = ({ assetId, price, side, size }: Asked, market: Market | undefined): string =>
  `${side} ${Micro.format(size)} ${nameOf(assetId, market)} at ${Micro.format(price)}`

/** An order that risk let nobody send. */
export const ofRefusal = (request: Asked, market: Market | undefined, policyId: string, reason: string): string =>
  `Refused by risk: ${orderText(request, market)} (${policyId}): ${reason}`

/** News of an order that somebody waits for: a fill, or that it failed; nothing for the rest. */
export const ofOutcome = (
  intent: Intent,
  market: Market | undefined,
  { fill, reason, status }: {
    readonly fill?: Fill | undefined
    readonly reason?: string | undefined
    readonly status: OrderStatus
  }
): string | undefined => {
  const { policyId } = intent
  if (fill !== undefined) {
    const did = intent.side === "buy" ? "Bought" : "Sold"
    return `${did} ${Micro.format(fill.size)} ${nameOf(intent.assetId, market)} at ${
      Micro.format(fill.price)
    } (${policyId})`
  }
  const failed = status === "rejected" || status === "refused" || status === "unknown"
  if (!failed) return undefined
  const because = reason === undefined ? "" : `: ${reason}`
  return status === "unknown"
    ? `No answer on an order, it may be open: ${orderText(intent, market)} (${policyId})${because}`
    : `Order ${status}: ${orderText(intent, market)} (${policyId})${because}`
}
