/**
 * What the matching engine takes: everything, nothing while it restarts (425), post-only orders and cancels afterwards (503), cancels alone, or nothing.
 * Reads are answered in every mode, and signs of life too.
 * @see https://docs.polymarket.com/trading/matching-engine
 */
import { json, parseJson, refusal, type Reply, type Request } from "./Http.ts"

/** Modes that are set by hand. */
export type Mode = "normal" | "post-only" | "cancel-only" | "disabled"

/** A restart: how long it takes, how long only post-only orders are taken afterwards, and whether 425 says how long. */
export interface Restart {
  readonly forMs: number
  readonly postOnlyMs: number
  readonly retryAfter: boolean
}

const postOnly = "post-only mode: only post-only orders and cancels are allowed"

const placements = /^\/orders?$/
const cancels = /^\/(?:orders?|cancel-all|cancel-market-orders)$/

/** The engine's mode. */
export class Modes {
  /** Requests that were refused because of it. */
  refused = 0
  readonly #now: () => number
  #mode: Mode = "normal"
  /** When the mode ends by itself, ms UTC. */
  #until = Number.POSITIVE_INFINITY
  /** Until when the engine restarts. */
  #downUntil = 0
  #saysHowLong = true

  constructor(now: () => number) {
    this.#now = now
  }

  /** Sets a mode, for ever or for so many ms. */
  set(mode: Mode, forMs = Number.POSITIVE_INFINITY): void {
    this.#downUntil = 0
    this.#mode = mode
    this.#until = this.#now() + forMs
  }

  /** Restarts the engine. */
  restart({ forMs, postOnlyMs, retryAfter }: Restart): void {
    this.set("post-only", forMs + postOnlyMs)
    this.#downUntil = this.#now() + forMs
    this.#saysHowLong = retryAfter
  }

  get mode(): Mode | "restarting" {
    const now = this.#now()
    if (now < this.#downUntil) return "restarting"
    return now < this.#until ? this.#mode : "normal"
  }

  /** Why an order of a batch is not taken; `undefined`: it is. */
  refusalOf(isPostOnly: boolean): string | undefined {
    return this.mode === "post-only" && !isPostOnly ? postOnly : undefined
  }

  /** What a request of the CLOB is answered instead; `undefined`: it passes. */
  answer(request: Request): Reply | undefined {
    const refused = this.#refusal(request)
    if (refused !== undefined) this.refused++
    return refused
  }

  #refusal({ body, method, path }: Request): Reply | undefined {
    const isPlacement = method === "POST" && placements.test(path)
    const isCancel = method === "DELETE" && cancels.test(path)
    if (!isPlacement && !isCancel) return undefined
    switch (this.mode) {
      case "normal":
        return undefined
      case "restarting": {
        const seconds = Math.ceil((this.#downUntil - this.#now()) / 1_000)
        const reply = refusal("matching engine is restarting", 425)
        return this.#saysHowLong ? { ...reply, headers: { "retry-after": String(seconds) } } : reply
      }
      case "disabled":
        return refusal("Trading is currently disabled. Check polymarket.com for updates", 503)
      case "cancel-only":
        return isPlacement
          ? refusal("Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", 503)
          : undefined
      case "post-only": {
        if (path !== "/order" || !isPlacement || isPostOnly(body)) return undefined
        const seconds = Number.isFinite(this.#until) ? Math.ceil((this.#until - this.#now()) / 1_000) : 120
        return {
          ...json({ error: postOnly, code: "post_only_mode", retry_after_seconds: seconds }, 503),
          headers: { "retry-after": String(seconds) }
        }
      }
    }
  }
}

const isPostOnly = (body: string): boolean =>
  (parseJson(body) as { readonly postOnly?: unknown } | null | undefined)?.postOnly === true
