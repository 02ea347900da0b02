/**
 * The dead man's switch: once a key has sent a sign of life, a gap of more than ten seconds cancels its orders, when the next look finds it: between ten
 * and fifteen seconds after the last one. Ids are chained: each answer names the next one.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { json, type Reply } from "./Http.ts"
import { digestOf } from "./Seeded.ts"

/** How long a key may be silent, and how often that is looked at, ms. */
const patience = 10_000
const lookEvery = 5_000

/** The signs of life of all keys. */
export class Heartbeats {
  readonly #beats = new Map<string, { readonly id: string; readonly at: number; readonly count: number }>()
  readonly #seed: number
  readonly #now: () => number
  #lookedAt: number

  constructor(seed: number, now: () => number) {
    this.#seed = seed
    this.#now = now
    this.#lookedAt = now()
  }

  /** Takes one; a wrong id is answered with the right one, and is no sign of life. None, or null, is the first one's. */
  beat(apiKey: string, id: unknown): Reply {
    const given = id ?? ""
    const last = this.#beats.get(apiKey)
    const expected = last?.id ?? ""
    if (given !== expected) return json({ error_msg: "Invalid Heartbeat ID", heartbeat_id: expected }, 400)
    const count = (last?.count ?? 0) + 1
    const next = digestOf(this.#seed, `heartbeat/${apiKey}/${count}`).toString("hex").slice(0, 32)
    this.#beats.set(apiKey, { id: next, at: this.#now(), count })
    return json({ heartbeat_id: next })
  }

  /** Keys that have fallen silent; they begin anew. Looks every five seconds, and finds nothing in between. */
  silent(): ReadonlyArray<string> {
    const now = this.#now()
    if (now - this.#lookedAt < lookEvery) return []
    this.#lookedAt = now
    const silent = [...this.#beats].filter(([, { at }]) => now - at > patience).map(([apiKey]) => apiKey)
    for (const apiKey of silent) this.#beats.delete(apiKey)
    return silent
  }
}
