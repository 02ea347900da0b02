/** What people write down of an order: numbers as decimal text, times as spans. */
import { Schema } from "effect"
import { TimeInForce } from "../domain/Order.ts"
import * as Span from "../domain/Span.ts"

/** A plain decimal number as text. */
export const Plain = Schema.String.check(Schema.isPattern(/^\d+(?:\.\d+)?$/, { expected: "a plain decimal number" }))

/** A wish for an order. GTC and GTD want price and size, FOK and FAK an amount. */
export const OrderForm = Schema.Struct({
  token: Schema.String,
  side: Schema.Literals(["BUY", "SELL"]),
  /** Absent: FOK with an amount, GTD with an end, else GTC. */
  type: Schema.optionalKey(TimeInForce),
  price: Schema.optionalKey(Plain),
  /** Shares. */
  size: Schema.optionalKey(Plain),
  /** pUSD when buying, shares when selling. */
  amount: Schema.optionalKey(Plain),
  postOnly: Schema.optionalKey(Schema.Boolean),
  /** How long a GTD order may rest, ms once read. */
  expiresIn: Schema.optionalKey(Span.Span)
})
export type OrderForm = typeof OrderForm.Type

/** The order type that is meant. */
export const typeOf = ({ amount, expiresIn, type }: OrderForm): TimeInForce =>
  type ?? (amount !== undefined ? "FOK" : expiresIn !== undefined ? "GTD" : "GTC")
