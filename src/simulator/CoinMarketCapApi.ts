/**
 * CoinMarketCap's nine calls for a handful of coins, at the prices that the sockets tell. A key is any that does not begin with "invalid"; credits are counted.
 * @see https://coinmarketcap.com/api/documentation/v1/
 */
import { headerOf, integerOf, json, listOf, type Reply, type Surface } from "./Http.ts"
import type { Prices } from "./Prices.ts"

const coins = [
  { id: 1, name: "Bitcoin", symbol: "BTC", slug: "bitcoin", supply: 19_900_000 },
  { id: 1027, name: "Ethereum", symbol: "ETH", slug: "ethereum", supply: 120_000_000 },
  { id: 5426, name: "Solana", symbol: "SOL", slug: "solana", supply: 540_000_000 },
  { id: 52, name: "XRP", symbol: "XRP", slug: "xrp", supply: 59_000_000_000 },
  { id: 74, name: "Dogecoin", symbol: "DOGE", slug: "dogecoin", supply: 150_000_000_000 }
] as const

type Coin = typeof coins[number]

/** USD of one unit of other currencies. */
const rates: Readonly<Record<string, number>> = { USD: 1, EUR: 1.1, GBP: 1.25 }

/** Credits of a month. */
const monthly = 10_000

/** Serves it. */
export const make = (options: { readonly prices: Prices; readonly now: () => number }): Surface => {
  const { now, prices } = options
  let used = 0

  const status = (credits: number, code = 0, message: string | null = null) => ({
    timestamp: new Date(now()).toISOString(),
    error_code: code,
    error_message: message,
    elapsed: 1,
    credit_count: credits,
    notice: null
  })
  const ok = (data: unknown, credits = 1): Reply => {
    used += credits
    return json({ status: status(credits), data })
  }
  const no = (http: number, code: number, message: string): Reply => json({ status: status(0, code, message) }, http)

  const currencies = (query: URLSearchParams): ReadonlyArray<string> => {
    const convert = listOf(query, "convert")
    return convert.length === 0 ? ["USD"] : convert
  }

  /** Quotes are those of the last whole minute. */
  const minute = () => Math.floor(now() / 60_000) * 60_000

  const usd = (coin: Coin): number => prices.at(coin.symbol, minute()).value

  const updated = () => new Date(minute()).toISOString()

  const quote = (coin: Coin, query: URLSearchParams) =>
    Object.fromEntries(
      currencies(query).map((currency) => {
        const price = usd(coin) / (rates[currency] ?? 1)
        return [currency, {
          price,
          volume_24h: price * coin.supply / 50,
          volume_change_24h: 0,
          percent_change_1h: 0.1,
          percent_change_24h: -0.4,
          percent_change_7d: 1.2,
          percent_change_30d: 3.4,
          market_cap: price * coin.supply,
          market_cap_dominance: 10,
          fully_diluted_market_cap: price * coin.supply,
          last_updated: updated()
        }]
      })
    )

  const listing = (query: URLSearchParams) => (coin: Coin) => ({
    id: coin.id,
    name: coin.name,
    symbol: coin.symbol,
    slug: coin.slug,
    num_market_pairs: 100,
    date_added: "2013-04-28T00:00:00.000Z",
    tags: [],
    max_supply: null,
    circulating_supply: coin.supply,
    total_supply: coin.supply,
    infinite_supply: false,
    platform: null,
    cmc_rank: coins.indexOf(coin) + 1,
    last_updated: updated(),
    quote: quote(coin, query)
  })

  /** The coins that are asked for, each by the key that named it. */
  const named = (query: URLSearchParams): ReadonlyArray<readonly [string, Coin]> =>
    [
      ...listOf(query, "id").map((id) => [id, coins.find((coin) => String(coin.id) === id)] as const),
      ...listOf(query, "slug").map((slug) => {
        const coin = coins.find((one) => one.slug === slug)
        return [String(coin?.id), coin] as const
      }),
      ...listOf(query, "symbol").map((symbol) =>
        [symbol, coins.find((coin) => coin.symbol === symbol.toUpperCase())] as const
      )
    ].flatMap(([key, coin]) => (coin === undefined ? [] : [[key, coin] as const]))

  /** Answers by key: bare by id, in a list by symbol, since symbols are not unique. */
  const byKey = (query: URLSearchParams, rowOf: (coin: Coin) => unknown): Reply => {
    const found = named(query)
    if (found.length === 0) return no(400, 400, "\"id\", \"slug\" or \"symbol\" is required and has to be known")
    const isList = query.has("symbol")
    return ok(Object.fromEntries(found.map(([key, coin]) => [key, isList ? [rowOf(coin)] : rowOf(coin)])))
  }

  const firsts = <A>(rows: ReadonlyArray<A>, query: URLSearchParams): ReadonlyArray<A> => {
    const start = Math.max(1, integerOf(query, "start", 1, 1_000_000)) - 1
    return rows.slice(start, start + integerOf(query, "limit", 100, 5_000))
  }

  return (request) => {
    const { method, path, query } = request
    const key = headerOf(request, "x-cmc_pro_api_key")
    if (key === "") return no(401, 1002, "API key missing.")
    if (key.startsWith("invalid")) return no(401, 1001, "This API Key is invalid.")
    if (method !== "GET") return no(404, 404, "Not found.")
    switch (path) {
      case "/v1/cryptocurrency/listings/latest":
        return ok(firsts(coins, query).map(listing(query)), currencies(query).length)
      case "/v1/global-metrics/quotes/latest":
        return ok({
          active_cryptocurrencies: coins.length,
          active_exchanges: 1,
          active_market_pairs: coins.length,
          btc_dominance: 58.2,
          eth_dominance: 12.1,
          btc_dominance_yesterday: 58,
          eth_dominance_yesterday: 12,
          last_updated: updated(),
          quote: Object.fromEntries(
            currencies(query).map((currency) => {
              const total = coins.reduce((sum, coin) => sum + usd(coin) * coin.supply, 0) / (rates[currency] ?? 1)
              return [currency, { total_market_cap: total, total_volume_24h: total / 50, last_updated: updated() }]
            })
          )
        })
      case "/v3/fear-and-greed/latest":
        return json({
          status: { ...status(1), error_code: "0" },
          data: { value: 40, value_classification: "Neutral", update_time: updated() }
        })
      case "/v1/key/info":
        return ok({
          plan: {
            credit_limit_monthly: monthly,
            credit_limit_monthly_reset: "In 7 days",
            credit_limit_monthly_reset_timestamp: updated(),
            rate_limit_minute: 30
          },
          usage: {
            current_minute: { requests_made: 1, requests_left: 29 },
            current_day: { credits_used: used, credits_left: monthly - used },
            current_month: { credits_used: used, credits_left: monthly - used }
          }
        }, 0)
      case "/v1/cryptocurrency/map":
        return ok(
          firsts(coins, query).map((coin, at) => ({
            id: coin.id,
            rank: at + 1,
            name: coin.name,
            symbol: coin.symbol,
            slug: coin.slug,
            is_active: 1,
            first_historical_data: "2013-04-28T18:47:21.000Z",
            last_historical_data: updated(),
            platform: null
          }))
        )
      case "/v2/cryptocurrency/info":
        return byKey(query, (coin) => ({
          id: coin.id,
          name: coin.name,
          symbol: coin.symbol,
          slug: coin.slug,
          category: "coin",
          description: `${coin.name}, simulated.`,
          logo: "",
          date_added: "2013-04-28T00:00:00.000Z",
          urls: { website: [] }
        }))
      case "/v2/cryptocurrency/quotes/latest":
        return byKey(query, listing(query))
      case "/v1/fiat/map":
        return ok(firsts([
          { id: 2781, name: "United States Dollar", sign: "$", symbol: "USD" },
          { id: 2790, name: "Euro", sign: "€", symbol: "EUR" },
          { id: 2791, name: "Pound Sterling", sign: "£", symbol: "GBP" }
        ], query))
      case "/v2/tools/price-conversion": {
        const amount = Number(query.get("amount"))
        const [first] = named(query)
        if (!(amount > 0) || first === undefined) {
          return no(400, 400, "\"amount\" and \"id\" or \"symbol\" are required")
        }
        const [, coin] = first
        const converted = {
          id: coin.id,
          symbol: coin.symbol,
          name: coin.name,
          amount,
          last_updated: updated(),
          quote: Object.fromEntries(
            currencies(query).map((
              currency
            ) => [currency, { price: amount * usd(coin) / (rates[currency] ?? 1), last_updated: updated() }])
          )
        }
        return ok(query.has("symbol") ? [converted] : converted)
      }
      default:
        return no(404, 404, "Not found.")
    }
  }
}
