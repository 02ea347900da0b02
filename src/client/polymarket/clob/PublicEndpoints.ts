/**
 * Every public call of the CLOB. Prices and sizes are text as on the wire, except where the venue sends numbers.
 * @see https://docs.polymarket.com/api-reference/introduction
 */
import { Schema } from "effect"
import { endpoint, flag, integer, list, text } from "../../Endpoint.ts"
import { maybe, NumberOrText } from "../../Wire.ts"
import { CompactMarket, OrderBookSummary } from "./BookSchema.ts"
import { BuilderTrade, ClobMarket, clobPages, pageOf, RewardMarket, SimplifiedMarket } from "./PageSchema.ts"

const token = "25070934348813416902477876984955073880416401960631253331845590271167412497744"
const condition = "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a"

const tokenId = { token_id: text("The token", { required: true }) }
const tokenIds = { token_ids: list("Tokens, at most 500", { in: "body", required: true }) }
const bySide = { ...tokenIds, side: text("BUY or SELL; both unless given", { in: "body" }) }
const conditionId = { condition: text("The market's condition id", { in: "path", required: true }) }
const cursor = { next_cursor: text("Where to go on: next_cursor of the page before") }

const ids = ({ token_ids }: { readonly token_ids: ReadonlyArray<string> }) =>
  token_ids.map((token_id) => ({ token_id }))
const sides = (
  { side, token_ids }: { readonly token_ids: ReadonlyArray<string>; readonly side?: string | undefined }
) =>
  token_ids.flatMap((token_id) =>
    (side === undefined ? ["BUY", "SELL"] : [side]).map((one) => ({ token_id, side: one }))
  )

const textByToken = Schema.Record(Schema.String, Schema.String)

/** A time (unix s) and a price. */
const HistoryPoint = Schema.Struct({ t: Schema.Finite, p: Schema.Finite })

export const ok = endpoint({
  name: "ok",
  summary: "Whether the CLOB answers",
  path: "/ok",
  params: {},
  response: Schema.String,
  example: {}
})

export const time = endpoint({
  name: "time",
  summary: "The venue's clock, unix seconds",
  path: "/time",
  params: {},
  response: Schema.Finite,
  example: {}
})

export const version = endpoint({
  name: "version",
  summary: "The order version the venue takes",
  path: "/version",
  params: {},
  response: Schema.Struct({ version: Schema.Finite }),
  example: {}
})

export const book = endpoint({
  name: "book",
  summary: "The order book of a token",
  path: "/book",
  params: tokenId,
  response: OrderBookSummary,
  example: { token_id: token }
})

export const books = endpoint({
  name: "books",
  summary: "The order books of several tokens in one request",
  method: "POST",
  path: "/books",
  params: tokenIds,
  body: ids,
  response: Schema.Array(OrderBookSummary),
  example: { token_ids: [token] }
})

export const price = endpoint({
  name: "price",
  summary:
    "The best price on a side of a token, as the venue answers it (its documents disagree on which side is meant: prefer the book)",
  path: "/price",
  params: { ...tokenId, side: text("BUY or SELL", { required: true }) },
  response: Schema.Struct({ price: NumberOrText }),
  example: { token_id: token, side: "BUY" }
})

export const prices = endpoint({
  name: "prices",
  summary: "The best prices of several tokens",
  method: "POST",
  path: "/prices",
  params: bySide,
  body: sides,
  response: Schema.Record(Schema.String, Schema.Record(Schema.String, NumberOrText)),
  example: { token_ids: [token] }
})

export const midpoint = endpoint({
  name: "midpoint",
  summary: "The middle between best bid and ask of a token",
  path: "/midpoint",
  params: tokenId,
  response: Schema.Struct({ mid: Schema.optionalKey(Schema.String), mid_price: Schema.optionalKey(Schema.String) }),
  example: { token_id: token }
})

export const midpoints = endpoint({
  name: "midpoints",
  summary: "The middles of several tokens",
  method: "POST",
  path: "/midpoints",
  params: tokenIds,
  body: ids,
  response: textByToken,
  example: { token_ids: [token] }
})

export const spread = endpoint({
  name: "spread",
  summary: "The distance between best bid and ask of a token",
  path: "/spread",
  params: tokenId,
  response: Schema.Struct({ spread: Schema.String }),
  example: { token_id: token }
})

export const spreads = endpoint({
  name: "spreads",
  summary: "The spreads of several tokens",
  method: "POST",
  path: "/spreads",
  params: tokenIds,
  body: ids,
  response: textByToken,
  example: { token_ids: [token] }
})

export const lastTradePrice = endpoint({
  name: "last-trade-price",
  summary: "The last trade of a token; 0.5 and no side when it never traded",
  path: "/last-trade-price",
  params: tokenId,
  response: Schema.Struct({ price: Schema.String, side: Schema.String }),
  example: { token_id: token }
})

export const lastTradesPrices = endpoint({
  name: "last-trades-prices",
  summary: "The last trades of several tokens; those that never traded are left out",
  method: "POST",
  path: "/last-trades-prices",
  params: tokenIds,
  body: ids,
  response: Schema.Array(Schema.Struct({ token_id: Schema.String, price: Schema.String, side: Schema.String })),
  example: { token_ids: [token] }
})

export const tickSize = endpoint({
  name: "tick-size",
  summary: "The least price step of a token's market",
  path: "/tick-size",
  params: tokenId,
  response: Schema.Struct({ minimum_tick_size: NumberOrText }),
  example: { token_id: token }
})

export const negRisk = endpoint({
  name: "neg-risk",
  summary: "Whether a token belongs to a market with negative risk",
  path: "/neg-risk",
  params: tokenId,
  response: Schema.Struct({ neg_risk: Schema.Boolean }),
  example: { token_id: token }
})

export const feeRate = endpoint({
  name: "fee-rate",
  summary: "A leftover of the old fees; the market's fee schedule counts",
  path: "/fee-rate",
  params: tokenId,
  response: Schema.Struct({ base_fee: Schema.Finite }),
  example: { token_id: token }
})

export const pricesHistory = endpoint({
  name: "prices-history",
  summary: "Prices of a token over time, by interval or between two times",
  path: "/prices-history",
  params: {
    market: text("The token", { required: true }),
    interval: text("max, all, 1m (month), 1w, 1d, 6h or 1h"),
    startTs: integer("From, unix s"),
    endTs: integer("To, unix s"),
    fidelity: integer("Minutes between two prices")
  },
  response: Schema.Struct({ history: Schema.Array(HistoryPoint) }),
  example: { market: token, interval: "1d", fidelity: 60 }
})

export const batchPricesHistory = endpoint({
  name: "batch-prices-history",
  summary: "Prices of several tokens over time",
  method: "POST",
  path: "/batch-prices-history",
  params: {
    markets: list("Tokens, at most 20", { in: "body", required: true }),
    interval: text("As for one token", { in: "body" }),
    start_ts: integer("From, unix s", { in: "body" }),
    end_ts: integer("To, unix s", { in: "body" }),
    fidelity: integer("Minutes between two prices", { in: "body" })
  },
  body: (given) => given,
  response: Schema.Struct({ history: Schema.Record(Schema.String, Schema.Array(HistoryPoint)) }),
  example: { markets: [token], interval: "1d", fidelity: 60 }
})

export const marketInfo = endpoint({
  name: "market-info",
  summary: "What trading a market needs to know: tokens, tick, minimum, fees, delays",
  path: "/clob-markets/{condition}",
  params: conditionId,
  response: CompactMarket,
  example: { condition }
})

export const marketByToken = endpoint({
  name: "market-by-token",
  summary: "Which market a token belongs to",
  path: "/markets-by-token/{token}",
  params: { token: text("The token", { in: "path", required: true }) },
  response: Schema.Struct({
    condition_id: Schema.String,
    primary_token_id: Schema.String,
    secondary_token_id: Schema.String
  }),
  example: { token }
})

export const market = endpoint({
  name: "market",
  summary: "One market by its condition id, as the CLOB keeps it",
  path: "/markets/{condition}",
  params: conditionId,
  response: ClobMarket,
  example: { condition }
})

export const markets = endpoint({
  name: "markets",
  summary: "Every market the CLOB keeps, a page after the other",
  path: "/markets",
  params: cursor,
  response: pageOf(ClobMarket),
  example: {},
  paging: clobPages
})

export const simplifiedMarkets = endpoint({
  name: "simplified-markets",
  summary: "Every market in short",
  path: "/simplified-markets",
  params: cursor,
  response: pageOf(SimplifiedMarket),
  example: {},
  paging: clobPages
})

export const samplingMarkets = endpoint({
  name: "sampling-markets",
  summary: "The markets that pay rewards",
  path: "/sampling-markets",
  params: cursor,
  response: pageOf(ClobMarket),
  example: {},
  paging: clobPages
})

export const samplingSimplifiedMarkets = endpoint({
  name: "sampling-simplified-markets",
  summary: "The markets that pay rewards, in short",
  path: "/sampling-simplified-markets",
  params: cursor,
  response: pageOf(SimplifiedMarket),
  example: {},
  paging: clobPages
})

export const rewardsCurrent = endpoint({
  name: "rewards-current",
  summary: "The rewards that run now",
  path: "/rewards/markets/current",
  params: { ...cursor, sponsored: flag("Sponsored ones too") },
  response: pageOf(RewardMarket),
  example: {},
  paging: clobPages
})

export const rewardsMarket = endpoint({
  name: "rewards-market",
  summary: "The rewards of one market",
  path: "/rewards/markets/{condition}",
  params: { ...conditionId, ...cursor },
  response: pageOf(RewardMarket),
  example: { condition },
  paging: clobPages
})

export const rebatesCurrent = endpoint({
  name: "rebates-current",
  summary: "What makers of a day get back",
  path: "/rebates/current",
  params: { date: text("Day, YYYY-MM-DD", { required: true }), maker_address: text("The wallet", { required: true }) },
  response: Schema.Array(Schema.Struct({
    date: maybe(Schema.String),
    condition_id: maybe(Schema.String),
    asset_address: maybe(Schema.String),
    maker_address: maybe(Schema.String),
    rebated_fees_usdc: maybe(NumberOrText)
  })),
  example: { date: "2026-10-05", maker_address: "0x56687bf447db6ffa42ffe2204a05edaa20f55839" }
})

export const builderFees = endpoint({
  name: "builder-fees",
  summary: "What a builder code charges, in hundredths of a percent",
  path: "/fees/builder-fees/{code}",
  params: { code: text("The builder code", { in: "path", required: true }) },
  response: Schema.Struct({
    builder_maker_fee_rate_bps: Schema.Finite,
    builder_taker_fee_rate_bps: Schema.Finite
  }),
  example: { code: `0x${"0".repeat(64)}` }
})

export const builderTrades = endpoint({
  name: "builder-trades",
  summary: "Trades that came through a builder code",
  path: "/builder/trades",
  params: { builder_code: text("The builder code", { required: true }), ...cursor },
  response: pageOf(BuilderTrade),
  example: { builder_code: `0x${"0".repeat(64)}` },
  paging: clobPages
})
