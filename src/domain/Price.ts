/** Price of a share of an outcome, in millionths of a pUSD: 0 (impossible) to 1,000,000 (certain). */
import { Schema } from "effect"
import * as Micro from "./Micro.ts"

/** Collateral per share in millionths; book prices are multiples of the market's tick size. */
export const Price = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Micro.unit })).pipe(Schema.brand("Price"))
export type Price = typeof Price.Type

/** Reads wire text such as "0.53"; `undefined` when it is not a decimal of at most six places between 0 and 1. */
export const fromText = (text: string): Price | undefined => {
  const micro = Micro.parse(text)
  return micro >= 0 && micro <= Micro.unit ? micro as Price : undefined
}

/** Canonical decimal text, as on the wire: "0.5", not "0.50". */
export const toText = (price: Price): string => Micro.formatPrice(price)

/** The price of the other outcome: a share of each is worth one pUSD. */
export const complement = (price: Price): Price => (Micro.unit - price) as Price
