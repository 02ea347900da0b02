/**
 * What our paper orders took from one asset's book. The venue does not know of it and goes on showing it, so it is set aside:
 * nobody takes the same share twice, neither the same order nor another.
 */
import type { Level } from "./Level.ts"
import type { Match } from "./Matching.ts"
import type { Side } from "./Order.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"

/** Shares taken, by the side of the book they stood on and their price. Changed in place. */
export interface Taken {
  readonly buy: Map<Price, Size>
  readonly sell: Map<Price, Size>
}

/** Nothing taken. */
export const make = (): Taken => ({ buy: new Map(), sell: new Map() })

/** True when nothing is set aside. */
export const isEmpty = (taken: Taken): boolean => taken.buy.size === 0 && taken.sell.size === 0

/** Sets matches aside that came from `side` of the book. */
export const add = (taken: Taken, side: Side, matches: ReadonlyArray<Match>): void => {
  for (const { price, size } of matches) taken[side].set(price, ((taken[side].get(price) ?? 0) + size) as Size)
}

/** Levels of `side` without what was taken of them. */
export const without = (taken: Taken, side: Side, levels: ReadonlyArray<Level>): ReadonlyArray<Level> =>
  taken[side].size === 0
    ? levels
    : levels.flatMap((level) => {
      const size = level.size - (taken[side].get(level.price) ?? 0)
      return size > 0 ? [{ ...level, size: size as Size }] : []
    })

/** Follows the venue's book: of a level that shrank, no more is set aside than still stands there. */
export const follow = (taken: Taken, sizeAt: (side: Side, price: Price) => Size): void => {
  for (const side of ["buy", "sell"] as const) {
    for (const [price, size] of taken[side]) {
      const now = sizeAt(side, price)
      if (now === 0) taken[side].delete(price)
      else if (now < size) taken[side].set(price, now)
    }
  }
}
