/**
 * The venue's published limits by address: which requests count together, and how many of them are allowed in which time.
 * @see https://docs.polymarket.com/api-reference/rate-limits
 */

/** Requests that count together. */
export interface LimitGroup {
  readonly name: string
  readonly includes: (surface: string, method: string, path: string) => boolean
  /** Most requests in any stretch of so many seconds. */
  readonly limits: ReadonlyArray<readonly [most: number, seconds: number]>
}

const of = (
  surface: string,
  path: RegExp,
  limits: LimitGroup["limits"],
  method?: "GET" | "POST" | "DELETE"
): LimitGroup => ({
  name: `${surface} ${method === undefined ? "" : `${method} `}${path.source}`,
  includes: (at, by, name) => at === surface && (method === undefined || by === method) && path.test(name),
  limits
})

const tenSeconds = (most: number): LimitGroup["limits"] => [[most, 10]]

/** All of them; a request counts in every group that includes it. */
export const limitGroups: ReadonlyArray<LimitGroup> = [
  { name: "all", includes: (surface) => surface !== "coinmarketcap", limits: tenSeconds(15_000) },
  of("clob", /^\/ok$/, tenSeconds(100)),
  of("clob", /^/, tenSeconds(9_000)),
  of("clob", /^\/book$/, tenSeconds(1_500)),
  of("clob", /^\/price$/, tenSeconds(1_500)),
  of("clob", /^\/midpoint$/, tenSeconds(1_500)),
  of("clob", /^\/books$/, tenSeconds(500)),
  of("clob", /^\/prices$/, tenSeconds(500)),
  of("clob", /^\/midpoints$/, tenSeconds(500)),
  of("clob", /^\/prices-history$/, tenSeconds(1_000)),
  of("clob", /^\/tick-size(?:\/|$)/, tenSeconds(200)),
  of("clob", /^\/(?:data\/(?:trades|orders|order\/.*)|notifications)$/, tenSeconds(900), "GET"),
  of("clob", /^\/data\/orders$/, tenSeconds(500), "GET"),
  of("clob", /^\/data\/trades$/, tenSeconds(500), "GET"),
  of("clob", /^\/notifications$/, tenSeconds(125), "GET"),
  of("clob", /^\/balance-allowance$/, tenSeconds(200), "GET"),
  of("clob", /^\/balance-allowance\/update$/, tenSeconds(50)),
  of("clob", /^\/auth\//, tenSeconds(100)),
  of("clob", /^\/order$/, [[5_000, 10], [120_000, 600]], "POST"),
  of("clob", /^\/order$/, [[5_000, 10], [120_000, 600]], "DELETE"),
  of("clob", /^\/orders$/, [[2_000, 10], [21_000, 600]], "POST"),
  of("clob", /^\/orders$/, [[2_000, 10], [15_000, 600]], "DELETE"),
  of("clob", /^\/cancel-all$/, [[250, 10], [6_000, 600]], "DELETE"),
  of("clob", /^\/cancel-market-orders$/, [[1_500, 10], [21_000, 600]], "DELETE"),
  of("gamma", /^/, tenSeconds(4_000)),
  of("gamma", /^\/events(?:\/|$)/, tenSeconds(500)),
  of("gamma", /^\/markets(?:\/|$)/, tenSeconds(300)),
  of("gamma", /^\/(?:events|markets)(?:\/|$)/, tenSeconds(900)),
  of("gamma", /^\/comments(?:\/|$)/, tenSeconds(200)),
  of("gamma", /^\/tags(?:\/|$)/, tenSeconds(200)),
  of("gamma", /^\/public-search$/, tenSeconds(350)),
  of("data", /^/, tenSeconds(1_000)),
  of("data", /^(?:\/v2)?\/trades$/, tenSeconds(200)),
  of("data", /^(?:\/v2)?\/positions$/, tenSeconds(150)),
  of("data", /^(?:\/v2)?\/closed-positions$/, tenSeconds(150))
]
