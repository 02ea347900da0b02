/**
 * The dead man's switch: once a key has sent a sign of life, a gap of more than ten seconds cancels its orders. Ids are chained: each answer names
 * the next one.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { json, type Reply } from "./Http.ts"
import { digestOf } from "./Seeded.ts"

const patience = 10_000

/** The signs of life of all keys. */
export class Heartbeats {
  readonly #beats = new Map<string, { readonly id: string; readonly at: number; readonly count: number }>()
  readonly #seed: number
  readonly #now: () => number

  constructor(seed: number, now: () => number) {
    this.#seed = seed
    this.#now = now
  }

  /** Takes one; a wrong id is answered with the right one. */
  beat(apiKey: string, given: unknown): Reply {
    const last = this.#beats.get(apiKey)
    const expected = last?.id ?? ""
    if (given !== expected) return json({ error_msg: "Invalid Heartbeat ID", heartbeat_id: expected }, 400)
    const count = (last?.count ?? 0) + 1
    const id = digestOf(this.#seed, `heartbeat/${apiKey}/${count}`).toString("hex").slice(0, 32)
    this.#beats.set(apiKey, { id, at: this.#now(), count })
    return json({ heartbeat_id: id })
  }

  /** Keys that have fallen silent since the last look; they begin anew. */
  silent(): ReadonlyArray<string> {
    const now = this.#now()
    const silent = [...this.#beats].filter(([, { at }]) => now - at > patience).map(([apiKey]) => apiKey)
    for (const apiKey of silent) this.#beats.delete(apiKey)
    return silent
  }
}
