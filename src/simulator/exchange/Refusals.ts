/** What the venue says of an order that it does not take, and of one that it does not cancel. */
import type { BookRefusal } from "./BookOrder.ts"

/** Why an order was not taken. */
export const refusals = {
  crosses: "invalid post-only order: order crosses book",
  "not filled whole": "order couldn't be fully filled. FOK orders are fully filled or killed.",
  "nothing to match":
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
  balance: "not enough balance / allowance",
  closed: "the market is not yet ready to process new orders"
} as const satisfies Record<BookRefusal | "balance" | "closed", string>

/** Why an order was not taken whose id is known already. */
export const duplicated = (id: string): string => `order ${id} is invalid. Duplicated.`

/** Why an order was not canceled. */
export const keeps = {
  gone: "order can't be found - already canceled or matched",
  held: "order can't be canceled while it is delayed"
} as const
