/** Orders that are held before they may match, and what became of them for whoever waits for the answer. */
import type { DeskOrder, Placed } from "./DeskOrder.ts"

interface Held {
  readonly order: DeskOrder
  /** ms UTC. */
  readonly due: number
  outcome: Placed | undefined
  /** True while somebody waits for the outcome. */
  isAwaited: boolean
}

/** The held orders of all markets, in the order they came. */
export class HeldOrders {
  readonly #held = new Map<string, Held>()

  /** Holds an order until then, ms UTC; `isAwaited`: somebody will ask what became of it. */
  add(order: DeskOrder, due: number, isAwaited: boolean): void {
    this.#held.set(order.id, { order, due, outcome: undefined, isAwaited })
  }

  /** When the first order's time comes, ms UTC. */
  get due(): number {
    let soonest = Number.POSITIVE_INFINITY
    for (const { due, outcome } of this.#held.values()) if (outcome === undefined) soonest = Math.min(soonest, due)
    return soonest
  }

  /** Orders whose time has come. */
  ripe(now: number): ReadonlyArray<DeskOrder> {
    return this.#open(({ due }) => due <= now)
  }

  /** Orders of a market, whenever they are due. */
  of(market: string): ReadonlyArray<DeskOrder> {
    return this.#open(({ order }) => order.market === market)
  }

  /** Notes what became of an order. */
  settle(id: string, outcome: Placed): void {
    const held = this.#held.get(id)
    if (held?.isAwaited === true) held.outcome = outcome
    else this.#held.delete(id)
  }

  /** What became of an order, once it was looked at again. */
  outcomeOf(id: string): Placed | undefined {
    return this.#held.get(id)?.outcome
  }

  /** Nobody waits for an order any more. */
  release(id: string): void {
    const held = this.#held.get(id)
    if (held === undefined) return
    held.isAwaited = false
    if (held.outcome !== undefined) this.#held.delete(id)
  }

  #open(fits: (held: Held) => boolean): ReadonlyArray<DeskOrder> {
    if (this.#held.size === 0) return []
    return [...this.#held.values()].filter((held) => held.outcome === undefined && fits(held)).map(({ order }) => order)
  }
}
