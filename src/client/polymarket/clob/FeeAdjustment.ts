/**
 * Fits what a buyer spends into the balance with the fees on top, as the official client does it, in doubles: fees are those of the smaller of
 * amount and balance, and once the balance does not cover amount and fees, they come off the balance.
 * @see https://docs.polymarket.com/trading/fees
 */
import { Result } from "effect"
import { type OrderRefused, refuse } from "./OrderRefused.ts"

/** What taking costs. */
export interface TakerFees {
  /** A fraction, 0.07 for example. */
  readonly rate: number
  readonly exponent: number
  /** The builder's fraction of what is spent, 0 when absent. */
  readonly builderRate?: number
  /** By how many per cent the venue's fee may turn out higher: 0 (when absent), or 1 to 100. */
  readonly slippage?: number
}

/** The pUSD to spend, from `amount` pUSD wanted at `price` with `balance` pUSD at hand; never negative. */
export const adjustBuyAmountForFees = (
  amount: number,
  price: number,
  balance: number,
  { builderRate = 0, exponent, rate, slippage = 0 }: TakerFees
): Result.Result<number, OrderRefused> => {
  if (!(slippage === 0 || (slippage >= 1 && slippage <= 100))) {
    return refuse("feeSlippage", `expected 0 or a percentage between 1 and 100, found ${slippage}`)
  }
  const effectiveRate = rate * (price * (1 - price)) ** exponent * (1 + slippage / 100)
  const base = Math.min(amount, balance)
  const venueFee = base / price * effectiveRate
  const builderFee = base * builderRate
  return Result.succeed(
    balance <= amount + venueFee + builderFee ? Math.max(balance - venueFee - builderFee, 0) : amount
  )
}
