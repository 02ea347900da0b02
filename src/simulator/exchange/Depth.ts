/**
 * Liquidity from outside of the exchange, which no order of ours may move: the levels of a recording. What was taken from a level stays taken until
 * the level changes, so that no share of it fills two orders.
 */
import type { BookSide, Level } from "./BookOrder.ts"

/** Where the levels come from: those of a side of the first outcome's book, best first, as of now. */
export type DepthSource = (side: BookSide) => ReadonlyArray<Level>

interface Taken {
  /** The level's size when it was last looked at. */
  size: number
  taken: number
}

/** The levels of a source less what was taken from them. */
export class Depth {
  readonly #source: DepthSource
  readonly #taken = { bids: new Map<number, Taken>(), asks: new Map<number, Taken>() }

  constructor(source: DepthSource) {
    this.#source = source
  }

  /** What may still be taken of a side, best first. */
  levels(side: BookSide): ReadonlyArray<Level> {
    const taken = this.#taken[side]
    const levels = this.#source(side)
    if (taken.size === 0) return levels
    const standing = new Map(levels.map(({ price, size }) => [price, size]))
    for (const [price, { size }] of taken) if (standing.get(price) !== size) taken.delete(price)
    return levels.flatMap(({ price, size }) => {
      const left = size - (taken.get(price)?.taken ?? 0)
      return left > 0 ? [{ price, size: left }] : []
    })
  }

  /** Takes shares of a level that has them. */
  take(side: BookSide, price: number, size: number): void {
    const known = this.#taken[side].get(price)
    if (known !== undefined) {
      known.taken += size
      return
    }
    const level = this.#source(side).find((one) => one.price === price)
    if (level !== undefined) this.#taken[side].set(price, { size: level.size, taken: size })
  }
}
