/** Whether a wallet has what an order may take, over all that it has promised, and whether the market's contract may take it. */
import { outside, spenders, type Wallets } from "../Wallets.ts"
import { productUp } from "./Amounts.ts"
import type { Quote } from "./BookOrder.ts"
import type { DeskOrder, TradedMarket } from "./DeskOrder.ts"
import { feesOf } from "./TradeMaker.ts"

/** The contract that takes what orders of a market give. */
export const spenderOf = ({ negativeRisk, version }: Pick<TradedMarket, "negativeRisk" | "version">): string =>
  version === "v2" ? spenders.v2 : negativeRisk ? spenders.negativeRisk : spenders.standard

/**
 * True when the wallet can pay. A buyer has to have the whole order's pUSD, however much better it is matched, and the fees of what is matched now.
 */
export const canPay = (wallets: Wallets, market: TradedMarket, order: DeskOrder, quote: Quote<DeskOrder>): boolean => {
  const { maker } = order
  if (maker === outside) return true
  const allowed = wallets.allowed(maker, spenderOf(market))
  if (order.side === "SELL") return allowed > 0 && order.size <= wallets.available(maker, order.assetId)
  const rest = order.type === "GTC" || order.type === "GTD" ? order.size - quote.size : 0
  const fees = market.fee === undefined ? 0 : feesOf(market.fee, quote.matches)
  const whole = order.budget ?? productUp(order.price, order.size)
  const needed = Math.max(whole, quote.money + fees + productUp(order.price, rest))
  return needed <= allowed && needed <= wallets.available(maker, "")
}
