/**
 * The venue's limits: requests of one address wait for their turn in the sliding windows of every group they count in, and are refused with 429 when
 * that would take too long; orders and cancels pay from their signer's buckets besides.
 */
import { refusal, type Reply, type Request } from "../Http.ts"
import { limitGroups } from "./LimitGroups.ts"
import { SignerBuckets } from "./SignerBuckets.ts"
import { SlidingWindow } from "./SlidingWindow.ts"

/** The longest a request is queued rather than refused, ms. The venue does not say how long it queues. */
const patience = 2_000

/** What was counted. */
export interface LimitStats {
  /** Requests that had to wait. */
  readonly throttled: number
  /** Requests refused with 429: by address, and by signer. */
  readonly limitedByAddress: number
  readonly limitedBySigner: number
}

/** The limits of all clients. */
export class RateLimits {
  readonly #now: () => number
  readonly #later: (ms: number, act: () => void) => void
  readonly #factor: number
  readonly #buckets: SignerBuckets
  readonly #windows = new Map<string, ReadonlyArray<SlidingWindow>>()
  #throttled = 0
  #limited = 0

  /** `factor` times the published figures. */
  constructor(factor: number, now: () => number, later: (ms: number, act: () => void) => void) {
    this.#factor = factor
    this.#now = now
    this.#later = later
    this.#buckets = new SignerBuckets(factor, now)
  }

  stats(): LimitStats {
    return {
      throttled: this.#throttled,
      limitedByAddress: this.#limited,
      limitedBySigner: this.#buckets.refused
    }
  }

  /** Processes a request at once, later, or not at all. */
  guard(surface: string, request: Request, process: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    const pay = surface === "clob" ? () => this.#buckets.guard(request, process) : process
    const windows = this.#windowsOf(surface, request)
    const now = this.#now()
    const at = windows.reduce((latest, window) => Math.max(latest, window.earliest(now)), now)
    const wait = at - now
    if (wait > patience) {
      this.#limited++
      return {
        ...refusal("Too Many Requests", 429),
        headers: { "retry-after": String(Math.ceil(wait / 1_000)) }
      }
    }
    for (const window of windows) window.take(at)
    if (wait === 0) return pay()
    this.#throttled++
    return new Promise((resolve) => {
      this.#later(wait, () => resolve(pay()))
    })
  }

  #windowsOf(surface: string, { ip = "127.0.0.1", method, path }: Request): ReadonlyArray<SlidingWindow> {
    const windows: Array<SlidingWindow> = []
    for (const { includes, limits, name } of limitGroups) {
      if (!includes(surface, method, path)) continue
      const key = `${ip} ${name}`
      let known = this.#windows.get(key)
      if (known === undefined) {
        known = limits.map(([most, seconds]) =>
          new SlidingWindow(Math.max(1, Math.round(most * this.#factor)), seconds * 1_000)
        )
        this.#windows.set(key, known)
      }
      windows.push(...known)
    }
    return windows
  }
}
