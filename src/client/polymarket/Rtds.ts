/**
 * The real-time data socket: prices of symbols, comments, public trades. It answers PING and freezes all the same, so a connection with
 * subscriptions that brings nothing is replaced.
 * @see https://docs.polymarket.com/developers/RTDS/RTDS-overview
 */
import type { Effect, Scope } from "effect"
import * as JsonFeed from "../JsonFeed.ts"
import { RtdsFrame } from "./rtds/RtdsSchema.ts"

/** What to hear of: a topic, a type, and a filter (JSON or, for Binance prices, comma separated symbols; always text). */
export interface RtdsSubscription {
  readonly topic: string
  readonly type: string
  readonly filters?: string
}

/** Chainlink prices of symbols such as "btc/usd". */
export const chainlink = (symbol: string): RtdsSubscription => ({
  topic: "crypto_prices_chainlink",
  type: "*",
  filters: JSON.stringify({ symbol })
})

/** Binance prices of pairs such as "btcusdt". */
export const binance = (pairs: ReadonlyArray<string>): RtdsSubscription => ({
  topic: "crypto_prices",
  type: "update",
  filters: pairs.join(",")
})

/** Public trades of an event or a market, by slug. */
export const activity = (by: { readonly event_slug: string } | { readonly market_slug: string }): RtdsSubscription => ({
  topic: "activity",
  type: "trades",
  filters: JSON.stringify(by)
})

/** Comments under an event or a series. */
export const comments = (parentEntityID: number, parentEntityType: "Event" | "Series"): RtdsSubscription => ({
  topic: "comments",
  type: "*",
  filters: JSON.stringify({ parentEntityID, parentEntityType })
})

/** Longest silence with prices subscribed, ms. Prices come every second. */
const staleAfterMs = 15_000

/** Starts it. `quiet`: topics such as comments that may say nothing for hours. */
export const make = (options: {
  readonly url: string
  readonly subscriptions: ReadonlyArray<RtdsSubscription>
  readonly quiet?: boolean
}): Effect.Effect<JsonFeed.JsonFeed<RtdsFrame>, never, Scope.Scope> =>
  JsonFeed.make({
    name: "rtds",
    url: options.url,
    schema: RtdsFrame,
    onOpen: () => [JSON.stringify({ action: "subscribe", subscriptions: options.subscriptions })],
    keepAlive: { message: "PING", everyMs: 5_000 },
    ...(options.quiet === true ? {} : { staleAfterMs })
  })
