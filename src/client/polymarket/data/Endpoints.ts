/**
 * Every call of the Data API. Public. v2 pages by cursor; v1 answers as long as the venue lets it.
 * @see https://docs.polymarket.com/api-reference/data-api/overview
 */
import { Schema } from "effect"
import { endpoint, flag, integer, list, offsetPages, text } from "../../Endpoint.ts"
import { maybe } from "../../Wire.ts"
import * as Row from "./Schema.ts"

const user = text("The wallet", { required: true })
const someUser = text("The wallet")
const condition = list("Condition ids, at most 20")
const paging = { limit: integer("Rows of a page"), cursor: text("Where to go on: next_cursor of the page before") }

const wallet = "0x56687bf447db6ffa42ffe2204a05edaa20f55839"
const someCondition = "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a"
const token = "111614563957165270026378011809694313565736745512637881727398424401624030147043"

/** The next page: the same filters with the cursor; the venue wants the limit on the first page only. */
const byCursor = <
  G extends { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  P extends {
    readonly pagination?: { readonly has_more?: boolean | null; readonly next_cursor?: string | null } | null
  }
>(given: G, { pagination }: P): G | undefined => {
  const cursor = pagination?.next_cursor
  return cursor === undefined || cursor === null || cursor === "" ? undefined : { ...given, limit: undefined, cursor }
}

const pages = { next: byCursor, rows: ({ data }: { readonly data: ReadonlyArray<unknown> }) => data }

export const positions = endpoint({
  name: "positions",
  summary: "What a wallet holds, with what it is worth and has earned",
  path: "/v2/positions",
  params: { user, condition, status: text("OPEN, REDEEMABLE, REDEEMABLE_LOST, MERGEABLE or CLOSED"), ...paging },
  response: Row.pageOf(Row.PositionRow),
  example: { user: wallet, limit: 5 },
  paging: pages
})

export const trades = endpoint({
  name: "trades",
  summary: "Trades of a wallet or a market, newest first",
  path: "/v2/trades",
  params: {
    user: someUser,
    condition,
    taker_only: flag("Only the takers' side"),
    side: text("BUY or SELL"),
    ...paging
  },
  response: Row.pageOf(Row.TradeRow),
  example: { condition: [someCondition], limit: 5 },
  paging: pages
})

export const activity = endpoint({
  name: "activity",
  summary: "What a wallet did: trades, splits, merges, redemptions, rewards",
  path: "/v2/activity",
  params: { user, condition, type: list("Kinds, for example TRADE"), ...paging },
  response: Row.pageOf(Row.ActivityRow),
  example: { user: wallet, limit: 5 },
  paging: pages
})

export const activityCombos = endpoint({
  name: "activity-combos",
  summary: "What a wallet did with combinations of markets",
  path: "/v2/activity/combos",
  params: { user, ...paging },
  response: Row.pageOf(Row.ActivityRow),
  example: { user: wallet, limit: 5 },
  paging: pages
})

export const pricesHistory = endpoint({
  name: "prices-history",
  summary: "Prices of a token over time",
  path: "/v2/prices-history",
  params: {
    token_id: text("The token", { required: true }),
    start_ts: integer("From, unix s"),
    end_ts: integer("To, unix s"),
    resolution_seconds: integer("Seconds between two prices"),
    ...paging
  },
  response: Row.pageOf(Row.PriceRow),
  example: { token_id: token, limit: 5 },
  paging: pages
})

export const resolutions = endpoint({
  name: "resolutions",
  summary: "How questions came out",
  path: "/v2/resolutions",
  params: { condition, question_id: text("Question id"), event_id: text("Event number"), ...paging },
  response: Row.pageOf(Row.ResolutionRow),
  example: { condition: [someCondition] },
  paging: pages
})

export const openInterest = endpoint({
  name: "oi",
  summary: "Open interest of markets",
  path: "/v2/oi",
  params: { condition },
  response: Row.pageOf(Row.OpenInterestRow),
  example: { condition: [someCondition] }
})

export const holders = endpoint({
  name: "holders",
  summary: "Who holds the most of a market",
  path: "/v2/holders",
  params: { condition, ...paging },
  response: Row.pageOf(Row.HolderRow),
  example: { condition: [someCondition], limit: 5 },
  paging: pages
})

export const volume = endpoint({
  name: "volume",
  summary: "Volume of markets",
  path: "/v2/volume",
  params: { condition, user: someUser },
  response: Row.pageOf(Row.VolumeRow),
  example: { condition: [someCondition] }
})

export const liveVolume = endpoint({
  name: "live-volume",
  summary: "Volume of an event as it goes",
  path: "/v2/live-volume",
  params: { event_id: text("Event number", { required: true }) },
  response: Row.pageOf(Row.VolumeRow),
  example: { event_id: "30829" }
})

export const pnl = endpoint({
  name: "pnl",
  summary: "Profit and loss of a wallet over time",
  path: "/v2/pnl",
  params: { user, interval: text("For example 1d, 1w, 1m, all"), fidelity: text("For example 1h, 1d") },
  response: Row.pageOf(Row.PnlRow),
  example: { user: wallet, interval: "1w" }
})

export const leaderboards = endpoint({
  name: "leaderboards",
  summary: "Who earned or traded the most",
  path: "/v2/leaderboards",
  params: {
    period: text("day, week, month or all"),
    order_by: text("pnl or volume"),
    category: text("For example CRYPTO"),
    ...paging
  },
  response: Row.pageOf(Row.LeaderRow),
  example: { period: "week", limit: 5 },
  paging: pages
})

export const builders = endpoint({
  name: "builders",
  summary: "Who brought the most volume",
  path: "/v2/builders",
  params: { period: text("day, week, month or all"), ...paging },
  response: Row.pageOf(Row.LeaderRow),
  example: { period: "week", limit: 5 },
  paging: pages
})

export const status = endpoint({
  name: "status",
  summary: "How fresh the data are",
  path: "/v2/status",
  params: {},
  response: Schema.Record(Schema.String, Schema.Json),
  example: {}
})

export const value = endpoint({
  name: "value-v1",
  summary: "What a wallet's positions are worth, as v1 says",
  path: "/value",
  params: { user, market: list("Condition ids") },
  response: Schema.Array(Row.ValueV1),
  example: { user: wallet }
})

export const positionsV1 = endpoint({
  name: "positions-v1",
  summary: "What a wallet holds, from v1",
  path: "/positions",
  params: {
    user,
    market: list("Condition ids"),
    sizeThreshold: text("Least size, shares"),
    sortBy: text("For example TOKENS, CURRENT, CASHPNL"),
    limit: integer("Rows, at most 500"),
    offset: integer("Rows to skip")
  },
  response: Schema.Array(Row.PositionV1),
  example: { user: wallet, limit: 5 },
  paging: offsetPages(100)
})

export const tradesV1 = endpoint({
  name: "trades-v1",
  summary: "Trades of a wallet or a market, from v1",
  path: "/trades",
  params: {
    user: someUser,
    market: list("Condition ids"),
    takerOnly: flag("Only the takers' side"),
    limit: integer("Rows, at most 10000"),
    offset: integer("Rows to skip")
  },
  response: Schema.Array(Row.TradeV1),
  example: { market: [someCondition], limit: 5 },
  paging: offsetPages(100)
})

export const activityV1 = endpoint({
  name: "activity-v1",
  summary: "What a wallet did, from v1",
  path: "/activity",
  params: {
    user,
    market: list("Condition ids"),
    type: list("Kinds, for example TRADE"),
    limit: integer("Rows, at most 500"),
    offset: integer("Rows to skip")
  },
  response: Schema.Array(Row.ActivityV1),
  example: { user: wallet, limit: 5 },
  paging: offsetPages(100)
})

export const closedPositionsV1 = endpoint({
  name: "closed-positions-v1",
  summary: "What a wallet held and closed, from v1",
  path: "/closed-positions",
  params: { user, market: list("Condition ids"), limit: integer("Rows, at most 50"), offset: integer("Rows to skip") },
  response: Schema.Array(
    Schema.Struct({ ...Row.PositionV1.fields, size: maybe(Schema.Finite), timestamp: maybe(Schema.Finite) })
  ),
  example: { user: wallet, limit: 5 },
  paging: offsetPages(10)
})

export const tradedV1 = endpoint({
  name: "traded-v1",
  summary: "In how many markets a wallet traded, from v1",
  path: "/traded",
  params: { user },
  response: Schema.Struct({ user: maybe(Schema.String), traded: Schema.Finite }),
  example: { user: wallet }
})
