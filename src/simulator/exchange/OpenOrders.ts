/** Users' open orders: by API key, and by when they end by themselves. Times in ms UTC. */
import type { DeskOrder } from "./DeskOrder.ts"

/** The venue ends orders a minute before their expiration. */
const early = 60_000

const endOf = ({ expiration }: DeskOrder): number => expiration * 1_000 - early

/** The open orders of all users. */
export class OpenOrders {
  readonly #byKey = new Map<string, Set<DeskOrder>>()
  readonly #expiring = new Set<DeskOrder>()
  /** Not later than when the first of them ends. */
  #soonest = Number.POSITIVE_INFINITY

  /** Takes an order in. */
  add(order: DeskOrder): void {
    const open = this.#byKey.get(order.apiKey)
    if (open === undefined) this.#byKey.set(order.apiKey, new Set([order]))
    else open.add(order)
    if (order.type !== "GTD") return
    this.#expiring.add(order)
    this.#soonest = Math.min(this.#soonest, endOf(order))
  }

  /** Lets an order go that has ended. */
  remove(order: DeskOrder): void {
    this.#byKey.get(order.apiKey)?.delete(order)
    this.#expiring.delete(order)
  }

  /** Open orders of a key, in the order they were placed. */
  of(apiKey: string): ReadonlyArray<DeskOrder> {
    return [...this.#byKey.get(apiKey) ?? []]
  }

  /** When to look for expired orders next; none may be found then. */
  get due(): number {
    return this.#soonest
  }

  /** Orders that have expired, in the order they were placed. */
  expired(now: number): ReadonlyArray<DeskOrder> {
    if (now < this.#soonest) return []
    const expired = [...this.#expiring].filter((order) => endOf(order) <= now)
    for (const order of expired) this.#expiring.delete(order)
    this.#soonest = Number.POSITIVE_INFINITY
    for (const order of this.#expiring) this.#soonest = Math.min(this.#soonest, endOf(order))
    return expired
  }
}
