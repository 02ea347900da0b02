/**
 * The CLOB's routes of an account: orders in and out, own trades, balances, signs of life. Every one wants a request signed by level 2; orders
 * want a signature of their own.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { funderOf } from "./Accounts.ts"
import type { DeskOrder, Trade } from "./exchange/DeskOrder.ts"
import type { Heartbeats } from "./Heartbeats.ts"
import { clobPage, json, parseJson, refusal, type Reply, type Request, type Routes } from "./Http.ts"
import type { ApiKey, Keyring } from "./Keyring.ts"
import type { Ledger } from "./Ledger.ts"
import { type OrderEntryParts, postOne, postSeveral } from "./OrderEntry.ts"
import { isParty, openOrder, ownTrade } from "./OwnRows.ts"
import type { Wallets } from "./Wallets.ts"

/** What the routes work on. */
export interface TradingParts extends OrderEntryParts {
  readonly keyring: Keyring
  readonly wallets: Wallets
  readonly heartbeats: Heartbeats
  readonly ledger: Ledger
}

const mostCancels = 1_000

const unauthorized = refusal("Unauthorized/Invalid api key", 401)

const paths = [
  /^\/orders?$/,
  /^\/cancel-(?:all|market-orders)$/,
  /^\/data\//,
  /^\/balance-allowance/,
  /^\/(?:v1\/)?heartbeats$/,
  /^\/orders?-scoring$/,
  /^\/notifications$/,
  /^\/rewards\/user/
]

/** Serves them. */
export const make = (parts: TradingParts): Routes => (request) => {
  if (!paths.some((path) => path.test(request.path))) return undefined
  const key = parts.keyring.signerOf(request)
  if (key === undefined) return unauthorized
  parts.desk.settle()
  const reply = answer(parts, key, request)
  if (reply === undefined || request.method === "GET") return reply
  if (!(reply instanceof Promise)) return noted(parts, key, request, reply)
  return reply.then((settled) => noted(parts, key, request, settled))
}

/** Writes a request that may have changed something down, with the status it is answered with. */
const noted = ({ ledger }: TradingParts, { address, apiKey }: ApiKey, request: Request, reply: Reply): Reply => {
  const { body, method, path } = request
  ledger.write({ kind: "request", method, path, account: address, key: apiKey, body, status: reply.status })
  return reply
}

const answer = (parts: TradingParts, key: ApiKey, request: Request): Reply | Promise<Reply> | undefined => {
  const { body, method, path, query } = request
  const { desk } = parts
  switch (`${method} ${path}`) {
    case "POST /order":
      return postOne(parts, key, body)
    case "POST /orders":
      return postSeveral(parts, key, body)
    case "DELETE /order": {
      const id = (parseJson(body) as { readonly orderID?: unknown } | null | undefined)?.orderID
      return typeof id === "string" ? json(desk.cancel(key.apiKey, [id])) : refusal("Invalid orderID")
    }
    case "DELETE /orders": {
      const ids = parseJson(body)
      if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) return refusal("Invalid order payload")
      return ids.length > mostCancels
        ? refusal(`Too many orders in payload: ${ids.length}, max allowed: ${mostCancels}`)
        : json(desk.cancel(key.apiKey, ids))
    }
    case "DELETE /cancel-all":
      return json(desk.cancel(key.apiKey, desk.open(key.apiKey).map(({ id }) => id)))
    case "DELETE /cancel-market-orders": {
      const of = (parseJson(body) ?? {}) as { readonly market?: string; readonly asset_id?: string }
      if (of.market === undefined && of.asset_id === undefined) return refusal("market or asset_id is required")
      return json(desk.cancel(key.apiKey, desk.open(key.apiKey).filter(isOf(of)).map(({ id }) => id)))
    }
    case "GET /data/orders": {
      const id = query.get("id")
      const one = id === null ? undefined : desk.orders.get(id)
      return ordersPage(id === null ? desk.open(key.apiKey) : one === undefined ? [] : [one], key, query)
    }
    case "GET /data/pre-migration-orders":
      return clobPage([], query)
    case "GET /data/trades":
      return clobPage(tradesOf(desk.trades, key, query), query)
    case "GET /balance-allowance":
      return balance(parts, key, query)
    case "GET /balance-allowance/update":
    case "PUT /balance-allowance":
      return json("")
    case "POST /v1/heartbeats":
      return parts.heartbeats.beat(key.apiKey, (parseJson(body) as { readonly heartbeat_id?: unknown })?.heartbeat_id)
    case "POST /heartbeats":
      return json({ status: "ok" })
    case "GET /order-scoring":
      return json({ scoring: desk.orders.get(query.get("order_id") ?? "")?.status === "LIVE" })
    case "POST /orders-scoring": {
      const ids = parseJson(body)
      return Array.isArray(ids)
        ? json(Object.fromEntries(ids.map((id) => [String(id), desk.orders.get(String(id))?.status === "LIVE"])))
        : refusal("Invalid payload")
    }
    case "GET /notifications":
      return json(
        tradesOf(desk.trades, key, query).map((trade, at) => ({
          id: at + 1,
          type: 2,
          owner: key.apiKey,
          timestamp: trade.match_time,
          payload: { order_id: trade.taker_order_id, market: trade.market, matched_size: trade.size }
        }))
      )
    case "DELETE /notifications":
      return json("OK")
    case "GET /rewards/user":
    case "GET /rewards/user/markets":
      return clobPage([], query)
    case "GET /rewards/user/total":
      return json([])
    case "GET /rewards/user/percentages":
      return json({})
  }
  const one = /^\/data\/order\/([^/]+)$/.exec(path)
  if (method === "GET" && one !== null) {
    const order = desk.orders.get(one[1] as string)
    return order === undefined || order.apiKey !== key.apiKey ? refusal("order not found", 404) : json(openOrder(order))
  }
  return refusal("Not Found", 404)
}

const isOf =
  (of: { readonly market?: string | undefined; readonly asset_id?: string | undefined }) => (order: DeskOrder) =>
    (of.market === undefined || order.market === of.market) &&
    (of.asset_id === undefined || order.assetId === of.asset_id)

/** A page of `/data/orders` of some orders. */
export const ordersPage = (orders: ReadonlyArray<DeskOrder>, key: ApiKey, query: URLSearchParams): Reply => {
  const of = { market: query.get("market") ?? undefined, asset_id: query.get("asset_id") ?? undefined }
  return clobPage(orders.filter(isOf(of)).filter((order) => order.apiKey === key.apiKey).map(openOrder), query)
}

/** Own trades among some, latest first. */
export const tradesOf = (trades: ReadonlyArray<Trade>, key: ApiKey, query: URLSearchParams) =>
  trades.filter((trade) =>
    isParty(trade, key.apiKey) &&
    (query.get("market") ?? trade.market) === trade.market &&
    (query.get("asset_id") === null || isAbout(trade, key.apiKey, query.get("asset_id") as string)) &&
    (query.get("id") ?? trade.id) === trade.id &&
    trade.at / 1_000 >= Number(query.get("after") ?? 0) &&
    trade.at / 1_000 <= Number(query.get("before") ?? Number.POSITIVE_INFINITY)
  ).map((trade) => ownTrade(trade, key.apiKey)).reverse()

/** True when a key traded a token in a trade. */
const isAbout = ({ makers, taker }: Trade, apiKey: string, assetId: string): boolean =>
  [taker, ...makers].some(({ order }) => order?.apiKey === apiKey && order.assetId === assetId)

const balance = ({ wallets }: TradingParts, key: ApiKey, query: URLSearchParams): Reply => {
  const type = Number(query.get("signature_type") ?? 0)
  if (type !== 0 && type !== 1 && type !== 2 && type !== 3) return refusal("invalid signature type")
  const kind = query.get("asset_type")
  const wallet = funderOf(key.address, type)
  if (kind === "COLLATERAL") return json(wallets.allowance(wallet, undefined))
  const token = query.get("token_id")
  if ((kind !== "CONDITIONAL" && kind !== "CONDITIONAL-V2") || token === null) return refusal("Invalid asset type")
  return json(wallets.allowance(wallet, token))
}
