/**
 * The Data API from what the simulator's wallets did and hold: v2 in envelopes with cursors, v1 as bare arrays.
 * @see https://docs.polymarket.com/api-reference/data-api/overview
 */
import { unit } from "../domain/Micro.ts"
import type { Account } from "./Accounts.ts"
import { profileOf } from "./Catalogue.ts"
import { type Facts, makeRows } from "./DataRows.ts"
import { type Fill, fillsOf } from "./exchange/DeskOrder.ts"
import { integerOf, json, listOf, type Reply, type Routes, slice } from "./Http.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import { middleOf } from "./PriceApi.ts"
import type { Venue } from "./Venue.ts"
import { history } from "./Walk.ts"
import type { Wallets } from "./Wallets.ts"

type Row = Readonly<Record<string, unknown>>

const refused = (error: string, code: string, parameter?: string): Reply =>
  json({
    error,
    code,
    retryable: false,
    trace_id: "0".repeat(32),
    ...(parameter === undefined ? {} : { parameter })
  }, 400)

const page = (rows: ReadonlyArray<unknown>, query: URLSearchParams): Reply => {
  if (query.has("offset")) return refused("offset is not supported, use cursor", "invalid_request", "offset")
  const limit = integerOf(query, "limit", 100, 1_000)
  const part = slice(rows, query.get("cursor"), limit)
  return part === undefined ? refused("invalid cursor", "invalid_request", "cursor") : json({
    data: part.rows,
    pagination: { limit, offset: part.at, has_more: part.next !== undefined, next_cursor: part.next ?? null }
  })
}

const bare = (rows: ReadonlyArray<unknown>, query: URLSearchParams, usual: number, most: number): Reply => {
  const offset = integerOf(query, "offset", 0, 10_000)
  return json(rows.slice(offset, offset + integerOf(query, "limit", usual, most)))
}

/** The routes of v2, by name. */
const specification = {
  openapi: "3.1.0",
  info: { title: "Data API", version: "2" },
  paths: Object.fromEntries(
    [
      "positions",
      "trades",
      "activity",
      "activity/combos",
      "prices-history",
      "resolutions",
      "oi",
      "holders",
      "volume",
      "live-volume",
      "pnl",
      "user-stats",
      "approvals",
      "leaderboards",
      "builders",
      "status"
    ].map((name) => [`/v2/${name}`, { get: { responses: { 200: { description: "OK" } } } }])
  )
}

/** Serves it. */
export const make = (options: {
  readonly venue: Venue
  readonly desk: OrderDesk
  readonly wallets: Wallets
  readonly accounts: ReadonlyArray<Account>
  readonly seed: number
  readonly now: () => number
}): Routes => {
  const { accounts, desk, now, seed, venue, wallets } = options
  const rows = makeRows(options)

  const conditions = (query: URLSearchParams): ReadonlyArray<string> =>
    ["condition", "condition_id", "conditionId", "market"].flatMap((name) => listOf(query, name))

  const marketsOf = (query: URLSearchParams) => {
    const ids = conditions(query)
    return venue.markets().filter(({ conditionId }) => ids.length === 0 || ids.includes(conditionId))
  }

  /** What is on the chain, oldest first. */
  const fills = (): ReadonlyArray<Fill> =>
    desk.trades.filter(({ status }) => status === "MINED" || status === "CONFIRMED").flatMap(fillsOf)

  const factsOf = (query: URLSearchParams): ReadonlyArray<Facts> => {
    const ids = new Set(conditions(query))
    const user = query.get("user")?.toLowerCase()
    const side = query.get("side")
    return fills().filter(({ isTaker, trade, wallet, ...fill }) =>
      (ids.size === 0 || ids.has(trade.market)) &&
      (user === undefined || wallet.toLowerCase() === user) &&
      (side === null || fill.side === side) &&
      (isTaker || (query.get("taker_only") ?? query.get("takerOnly")) === "false")
    ).map(rows.facts).reverse()
  }

  const positions = (query: URLSearchParams): ReadonlyArray<Facts & { readonly holding: Row }> => {
    const ids = new Set(conditions(query))
    const closed = query.get("status") === "CLOSED" || query.get("closed") === "true"
    return rows.positions(query.get("user") ?? "").filter(({ market, size }) =>
      (ids.size === 0 || ids.has(market)) && (closed ? size === 0 : size > 0)
    )
  }

  const total = (wallet: string) =>
    rows.positions(wallet).reduce(
      (sum, one) => sum + Number(one.holding["cash_pnl"]) + Number(one.holding["realized_pnl"]),
      0
    )

  const leaders = () =>
    accounts.map(({ funder }, at) => ({
      rank: at + 1,
      proxy_wallet: funder,
      name: profileOf(accounts, funder)?.["name"],
      pseudonym: profileOf(accounts, funder)?.["pseudonym"],
      volume: fills().filter(({ wallet }) => wallet === funder)
        .reduce((sum, { price, size }) => sum + price * size / unit / unit, 0),
      pnl: total(funder)
    }))

  const v2 = (path: string, query: URLSearchParams): Reply | undefined => {
    const needsUser = [
      "/v2/positions",
      "/v2/activity",
      "/v2/activity/combos",
      "/v2/pnl",
      "/v2/user-stats",
      "/v2/approvals"
    ]
    if (needsUser.includes(path) && !/^0x[0-9a-fA-F]{40}$/.test(query.get("user") ?? "")) {
      return refused("user is required", "invalid_request", "user")
    }
    if (conditions(query).some((id) => !/^0x[0-9a-f]{64}$/.test(id))) {
      return refused("invalid condition", "invalid_request", "condition")
    }
    switch (path) {
      case "/v2/positions":
        return page(positions(query).map(rows.positionV2), query)
      case "/v2/trades":
        return page(factsOf(query).map(rows.tradeV2), query)
      case "/v2/activity": {
        const types = listOf(query, "type")
        return page(types.length === 0 || types.includes("TRADE") ? factsOf(query).map(rows.activityV2) : [], query)
      }
      case "/v2/activity/combos":
      case "/v2/builders":
        return page([], query)
      case "/v2/prices-history": {
        const token = query.get("token_id") ?? ""
        const book = venue.book(token)
        const seconds = Math.floor(now() / 1_000)
        const step = Math.max(1, integerOf(query, "resolution_seconds", 3_600, 86_400))
        const past = book === undefined ? [] : history({
          seed,
          token,
          from: integerOf(query, "start_ts", seconds - 86_400, seconds),
          to: integerOf(query, "end_ts", seconds, seconds),
          step,
          last: middleOf(book) / unit,
          now: seconds
        })
        return page(past.map(({ p, t }) => ({ timestamp: t, price: p, resolution_seconds: step })), query)
      }
      case "/v2/resolutions":
        return page(marketsOf(query).map(rows.resolution), query)
      case "/v2/oi":
        return json({
          data: marketsOf(query).map(({ conditionId, gamma }) => ({
            condition_id: conditionId,
            value: Number(gamma["liquidityNum"] ?? 0)
          }))
        })
      case "/v2/holders":
        return page(
          marketsOf(query).flatMap(({ assetIds }) =>
            assetIds.flatMap((token_id, outcome_index) =>
              wallets.holders(token_id).map(({ address, size }) => ({
                proxy_wallet: address,
                token_id,
                amount: size / unit,
                outcome_index,
                name: profileOf(accounts, address)?.["name"] ?? "",
                pseudonym: profileOf(accounts, address)?.["pseudonym"] ?? ""
              }))
            )
          ),
          query
        )
      case "/v2/volume":
        return json({
          data: marketsOf(query).map(({ conditionId, gamma }) => ({
            condition_id: conditionId,
            volume: Number(gamma["volumeNum"] ?? 0)
          }))
        })
      case "/v2/live-volume":
        return json({
          data: [{ event_id: query.get("event_id"), total: rows.eventVolume(query.get("event_id") ?? "") }]
        })
      case "/v2/pnl":
        return json({ data: [{ timestamp: Math.floor(now() / 1_000), pnl: total(query.get("user") ?? "") }] })
      case "/v2/user-stats": {
        const stats = leaders().find((one) => one.proxy_wallet.toLowerCase() === query.get("user")?.toLowerCase())
        return json({ data: stats === undefined ? null : { ...stats, trades: factsOf(query).length } })
      }
      case "/v2/approvals": {
        const { allowances } = wallets.allowance(query.get("user") ?? "", undefined)
        return json({
          data: Object.entries(allowances as Row).map(([spender, allowance]) => ({ spender, allowance }))
        })
      }
      case "/v2/openapi.json":
        return json(specification)
      case "/v2/leaderboards":
        return page(leaders(), query)
      case "/v2/status":
        return json({ data: { status: "ok", lag_seconds: 0, block: Math.floor(now() / 2_000) } })
      default:
        return undefined
    }
  }

  return ({ method, path, query }) => {
    if (method !== "GET") return undefined
    if (path.startsWith("/v2/")) return v2(path, query)
    const user = query.get("user") ?? ""
    switch (path) {
      case "/positions":
        return bare(positions(query).map(rows.positionV1), query, 100, 500)
      case "/closed-positions":
        return bare(rows.positions(user).filter(({ size }) => size === 0).map(rows.positionV1), query, 10, 50)
      case "/trades":
        return bare(factsOf(query).map(rows.tradeV1), query, 100, 10_000)
      case "/activity":
        return bare(factsOf(query).map(rows.activityV1), query, 100, 500)
      case "/value":
        return json([{
          user,
          value: positions(query).reduce((sum, one) => sum + Number(one.holding["current_value"]), 0)
        }])
      case "/traded":
        return json({ user, traded: new Set(rows.positions(user).map(({ market }) => market)).size })
      default:
        return undefined
    }
  }
}
