/**
 * The least step between two prices of a market. It changes while a market trades, finer near 0 and 1.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Schema } from "effect"
import * as Micro from "./Micro.ts"
import type { Price } from "./Price.ts"

/** Every tick size the venue knows, coarse to fine, in millionths: 0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001. */
export const all = [100_000, 10_000, 5_000, 2_500, 1_000, 100] as const

/** A tick size in millionths. */
export const TickSize = Schema.Literals(all)
export type TickSize = typeof TickSize.Type

/** Reads wire text or a JSON number such as "0.01"; `undefined` when the venue knows no such tick. */
export const fromText = (text: string | number): TickSize | undefined => {
  const micro = Micro.parse(String(text))
  return all.find((tick) => tick === micro)
}

/** Canonical decimal text, as on the wire. */
export const toText = (tick: TickSize): string => Micro.formatPrice(tick)

/** True when the price is a multiple of the tick. */
export const fits = (tick: TickSize, price: Price): boolean => price % tick === 0

/** The coarsest known tick of which every price is a multiple; `undefined` when not even the finest fits. */
export const coarsestFor = (prices: Iterable<Price>): TickSize | undefined => {
  let index = 0
  for (const price of prices) {
    while (index < all.length && price % (all[index] as number) !== 0) index++
    if (index === all.length) return undefined
  }
  return all[index]
}
