/**
 * The nine calls of CoinMarketCap's basic plan. A call's cost in credits is known before it is made.
 * @see https://coinmarketcap.com/api/documentation/v1/
 */
import { Schema } from "effect"
import { endpoint, flag, integer, list, text } from "../Endpoint.ts"
import * as Wire from "./Schema.ts"

const convert = list("Currencies, for example USD")
const which = {
  id: list("Coins by number"),
  slug: list("Coins by slug"),
  symbol: list("Coins by symbol; not unique")
}

export const listings = endpoint({
  name: "listings",
  summary: "Coins by market value, with prices",
  path: "/v1/cryptocurrency/listings/latest",
  params: {
    start: integer("First rank, from 1"),
    limit: integer("Coins, 1 to 5000"),
    convert,
    sort: text("market_cap, price, volume_24h, …"),
    sort_dir: text("asc or desc"),
    cryptocurrency_type: text("all, coins or tokens")
  },
  response: Wire.envelopeOf(Schema.Array(Wire.Coin)),
  example: { limit: 10 }
})

export const globalMetrics = endpoint({
  name: "global",
  summary: "The whole market: value, volume, dominance",
  path: "/v1/global-metrics/quotes/latest",
  params: { convert },
  response: Wire.envelopeOf(Wire.GlobalMetrics),
  example: {}
})

export const fearAndGreed = endpoint({
  name: "fear-greed",
  summary: "The fear and greed index",
  path: "/v3/fear-and-greed/latest",
  params: {},
  response: Wire.envelopeOf(Wire.FearAndGreed),
  example: {}
})

export const keyInfo = endpoint({
  name: "key",
  summary: "What the key may spend and has spent; costs nothing",
  path: "/v1/key/info",
  params: {},
  response: Wire.envelopeOf(Wire.KeyInfo),
  example: {}
})

export const map = endpoint({
  name: "map",
  summary: "The catalogue of coins with their numbers",
  path: "/v1/cryptocurrency/map",
  params: {
    listing_status: text("active, inactive or untracked"),
    start: integer("First, from 1"),
    limit: integer("Coins, 1 to 5000"),
    sort: text("id or cmc_rank"),
    symbol: list("Symbols")
  },
  response: Wire.envelopeOf(Schema.Array(Wire.MapEntry)),
  example: { limit: 10 }
})

export const info = endpoint({
  name: "info",
  summary: "What coins are: category, description, links",
  path: "/v2/cryptocurrency/info",
  params: { ...which, address: text("Contract address"), skip_invalid: flag("Leave unknown ones out") },
  response: Wire.envelopeOf(Schema.Record(Schema.String, Schema.Union([Schema.Array(Wire.CoinInfo), Wire.CoinInfo]))),
  example: { id: ["1"] }
})

export const quotes = endpoint({
  name: "quotes",
  summary: "The prices of some coins",
  path: "/v2/cryptocurrency/quotes/latest",
  params: { ...which, convert, skip_invalid: flag("Leave unknown ones out") },
  response: Wire.envelopeOf(Wire.CoinsByKey),
  example: { id: ["1", "1027"] }
})

export const fiat = endpoint({
  name: "fiat",
  summary: "Currencies of states, and metals",
  path: "/v1/fiat/map",
  params: { start: integer("First, from 1"), limit: integer("Rows"), include_metals: flag("Metals too") },
  response: Wire.envelopeOf(Schema.Array(Wire.Fiat)),
  example: { limit: 10 }
})

export const conversion = endpoint({
  name: "convert",
  summary: "An amount of one currency in others",
  path: "/v2/tools/price-conversion",
  params: {
    amount: text("How much", { required: true }),
    id: text("From, by number"),
    symbol: text("From, by symbol"),
    convert,
    time: text("At this time, ISO")
  },
  response: Wire.envelopeOf(Wire.Conversion),
  example: { amount: "1.5", id: "1", convert: ["USD"] }
})

/** The credits a call will cost at most: one per so many rows, one more per further currency; the key's own call is free. */
export const creditsOf = (name: string, given: Readonly<Record<string, unknown>>): number => {
  if (name === keyInfo.name) return 0
  const several = (value: unknown): number => (Array.isArray(value) ? value.length : 0)
  const currencies = Math.max(1, several(given["convert"]))
  if (name === listings.name) return Math.ceil(numberOf(given["limit"], 100) / 200) * currencies
  if (name === quotes.name || name === info.name) {
    const coins = several(given["id"]) + several(given["slug"]) + several(given["symbol"])
    return Math.max(1, Math.ceil(coins / 100)) * currencies
  }
  return currencies
}

const numberOf = (value: unknown, usual: number): number => (typeof value === "number" ? value : usual)
