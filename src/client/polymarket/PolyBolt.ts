/**
 * PolyBolt, the socket for prices of symbols and tokens. Each subscription counts its messages, so a hole is seen.
 * @see https://docs.polymarket.com/api-reference/wss/polybolt
 */
import type { Effect, Scope } from "effect"
import * as JsonFeed from "../JsonFeed.ts"
import { PolyBoltFrame } from "./rtds/PolyBoltSchema.ts"

/** What to hear of. */
export interface PolyBoltSubscription {
  readonly channel: "price.crypto" | "price.crypto.twap" | "price.equity" | "price.polymarket"
  readonly filter: Readonly<Record<string, string | number>>
}

/** Prices of a symbol such as "btcusd". */
export const crypto = (symbol: string): PolyBoltSubscription => ({ channel: "price.crypto", filter: { symbol } })

/** Time-weighted prices of a symbol over 60 s. */
export const twap = (symbol: string): PolyBoltSubscription => ({
  channel: "price.crypto.twap",
  filter: { symbol, window_seconds: 60 }
})

/** Prices of a share such as "aapl". */
export const equity = (symbol: string): PolyBoltSubscription => ({ channel: "price.equity", filter: { symbol } })

/** Most subscriptions of one connection. */
export const mostSubscriptions = 64

/** Longest silence with prices subscribed, ms. */
const staleAfterMs = 15_000

/** Starts it, with at most `mostSubscriptions`. */
export const make = (options: {
  readonly url: string
  readonly subscriptions: ReadonlyArray<PolyBoltSubscription>
}): Effect.Effect<JsonFeed.JsonFeed<PolyBoltFrame>, never, Scope.Scope> =>
  JsonFeed.make({
    name: "polybolt",
    url: options.url,
    schema: PolyBoltFrame,
    onOpen: () => [
      JSON.stringify({
        op: "subscribe",
        rid: "prices",
        subscriptions: options.subscriptions.slice(0, mostSubscriptions)
      })
    ],
    keepAlive: { message: JSON.stringify({ op: "ping" }), everyMs: 30_000 },
    staleAfterMs
  })
