/** Why an order is not made or not sent: what was expected, what was found, and the rule by name. A value, never thrown. */
import { Result, Schema } from "effect"

/**
 * The rules. Of making an order: `price` (bounds), `book` (nothing to match), `amount` (no number the chain can hold), `token`, `wallet`,
 * `bytes`, `feeSlippage`, `postOnly`. Of the venue besides: `tick`, `size`, `decimals`, `marketableMinimum`, `expiration`, `exact`.
 */
export const OrderRule = Schema.Literals([
  "price",
  "book",
  "amount",
  "token",
  "wallet",
  "bytes",
  "feeSlippage",
  "postOnly",
  "tick",
  "size",
  "decimals",
  "marketableMinimum",
  "expiration",
  "exact"
])
export type OrderRule = typeof OrderRule.Type

/** A refused order. */
export class OrderRefused extends Schema.TaggedError<OrderRefused>()("OrderRefused", {
  rule: OrderRule,
  /** What was expected and what was found. */
  detail: Schema.String
}) {
  override get message(): string {
    return `order refused (${this.rule}): ${this.detail}`
  }
}

/** A refusal as a result. */
export const refuse = (rule: OrderRule, detail: string): Result.Result<never, OrderRefused> =>
  Result.fail(new OrderRefused({ rule, detail }))
