/**
 * Rate budgets: a host publishes how often a group of its routes may be called, and we keep to a share of it. Calls wait for their turn.
 * @see https://docs.polymarket.com/api-reference/rate-limits
 */
import { Effect } from "effect"
import { RateLimiter } from "effect/persistence"

/** A published limit. */
export interface Limit {
  readonly name: string
  /** Requests within the window, as published. */
  readonly requests: number
  /** ms. */
  readonly window: number
  /** Whether a call counts. */
  readonly covers: (method: string, path: string) => boolean
  /** The most of it that we use in any window, 0 to 1; half unless told. */
  readonly share?: number
}

/** Makes calls wait. */
export interface Limiter {
  /** Waits until a call is within every limit that covers it. */
  readonly wait: (method: string, path: string) => Effect.Effect<void>
}

/** A bucket that holds half the share and refills at half the share per window never gives more than the share in any window. */
const bucketOf = (limit: Limit): number => Math.max(1, Math.floor(limit.requests * (limit.share ?? 0.5) / 2))

/** A limiter of its own for a host. */
export const make = (limits: ReadonlyArray<Limit>): Effect.Effect<Limiter> =>
  Effect.gen(function*() {
    const limiter = yield* RateLimiter.make
    const sleep = RateLimiter.sleep(limiter)
    return {
      wait: (method: string, path: string) =>
        Effect.forEach(
          limits.filter((limit) => limit.covers(method, path)),
          (limit) =>
            sleep({
              key: limit.name,
              algorithm: "token-bucket",
              limit: bucketOf(limit),
              window: limit.window
            }),
          { discard: true }
        ).pipe(Effect.orDie)
    }
  }).pipe(Effect.provide(RateLimiter.layerStoreMemory))
