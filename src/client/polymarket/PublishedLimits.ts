/**
 * How often the venue lets its routes be called, per address, as published; we use at most half of each, of order limits a quarter.
 * @see https://docs.polymarket.com/api-reference/rate-limits
 */
import type { Limit } from "../Limits.ts"

const tenSeconds = 10_000
const tenMinutes = 600_000

/** Orders keep well away from their limits: a throttled order is a late order. */
const orderShare = 0.25

const exactly = (...paths: ReadonlyArray<string>) => (_method: string, path: string): boolean => paths.includes(path)
const below = (...starts: ReadonlyArray<string>) => (_method: string, path: string): boolean =>
  starts.some((start) => path === start || path.startsWith(`${start}/`))
const call = (method: string, path: string) => (ofMethod: string, ofPath: string): boolean =>
  ofMethod === method && ofPath === path
const everything = (): boolean => true

const limit = (name: string, requests: number, covers: Limit["covers"], more: Partial<Limit> = {}): Limit => ({
  name,
  requests,
  window: tenSeconds,
  covers,
  ...more
})

const orders = (
  name: string,
  covers: Limit["covers"],
  perTenSeconds: number,
  perTenMinutes: number
): ReadonlyArray<Limit> => [
  limit(`${name} 10s`, perTenSeconds, covers, { share: orderShare }),
  limit(`${name} 10m`, perTenMinutes, covers, { share: orderShare, window: tenMinutes })
]

/** The CLOB. */
export const clob: ReadonlyArray<Limit> = [
  limit("clob", 9_000, everything),
  limit("ok", 100, exactly("/ok")),
  limit("book", 1_500, exactly("/book")),
  limit("price", 1_500, exactly("/price")),
  limit("midpoint", 1_500, exactly("/midpoint")),
  limit("books", 500, exactly("/books")),
  limit("prices", 500, exactly("/prices")),
  limit("midpoints", 500, exactly("/midpoints")),
  limit("prices-history", 1_000, exactly("/prices-history", "/batch-prices-history")),
  limit("tick-size", 200, below("/tick-size")),
  limit("own reads", 900, below("/data", "/trades", "/orders", "/order", "/notifications")),
  limit("data/orders", 500, exactly("/data/orders")),
  limit("data/trades", 500, exactly("/data/trades")),
  limit("notifications", 125, exactly("/notifications")),
  limit("balance-allowance", 200, exactly("/balance-allowance")),
  limit("balance-allowance update", 50, exactly("/balance-allowance/update")),
  limit("keys", 100, below("/auth")),
  ...orders("post order", call("POST", "/order"), 5_000, 120_000),
  ...orders("delete order", call("DELETE", "/order"), 5_000, 120_000),
  ...orders("post orders", call("POST", "/orders"), 2_000, 21_000),
  ...orders("delete orders", call("DELETE", "/orders"), 2_000, 15_000),
  ...orders("cancel all", call("DELETE", "/cancel-all"), 250, 6_000),
  ...orders("cancel market", call("DELETE", "/cancel-market-orders"), 1_500, 21_000)
]

/** Gamma. */
export const gamma: ReadonlyArray<Limit> = [
  limit("gamma", 4_000, everything),
  limit("events", 500, below("/events")),
  limit("markets", 300, below("/markets")),
  limit("lists", 900, below("/events", "/markets")),
  limit("comments and tags", 200, below("/comments", "/tags")),
  limit("public-search", 350, exactly("/public-search"))
]

/** The Data API. */
export const data: ReadonlyArray<Limit> = [
  limit("data", 1_000, everything),
  limit("trades", 200, exactly("/trades", "/v2/trades")),
  limit("positions", 150, exactly("/positions", "/v2/positions", "/closed-positions"))
]
