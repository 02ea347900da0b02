/**
 * The CLOB's routes of an account: orders in and out, own trades, balances, signs of life. Every one wants a request signed by level 2; orders
 * want a signature of their own.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { getAddress } from "viem/utils"
import { format, parse, unit } from "../domain/Micro.ts"
import { funderOf } from "./Accounts.ts"
import type { BookSummary } from "./BookSummary.ts"
import type { Heartbeats } from "./Heartbeats.ts"
import { clobPage, json, parseJson, refusal, type Reply, type Request, type Routes } from "./Http.ts"
import type { ApiKey, Keyring } from "./Keyring.ts"
import { amountText, type DeskOrder, type OrderDesk } from "./OrderDesk.ts"
import { openOrder, ownTrade } from "./OwnRows.ts"
import * as SignedOrder from "./SignedOrder.ts"
import type { Venue } from "./Venue.ts"
import type { Wallets } from "./Wallets.ts"

/** What the routes work on. */
export interface TradingParts {
  readonly venue: Venue
  readonly keyring: Keyring
  readonly desk: OrderDesk
  readonly wallets: Wallets
  readonly heartbeats: Heartbeats
  readonly now: () => number
}

const mostOrders = 15
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
  return answer(parts, key, request)
}

const answer = (parts: TradingParts, key: ApiKey, request: Request): Reply | Promise<Reply> | undefined => {
  const { body, method, path, query } = request
  const { desk } = parts
  switch (`${method} ${path}`) {
    case "POST /order":
      return postOne(parts, key, parseJson(body))
    case "POST /orders":
      return postSeveral(parts, key, parseJson(body))
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
      const orders = id === null ? desk.open(key.apiKey) : [...desk.orders.values()].filter((order) => order.id === id)
      const of = { market: query.get("market") ?? undefined, asset_id: query.get("asset_id") ?? undefined }
      return clobPage(orders.filter(isOf(of)).filter((order) => order.apiKey === key.apiKey).map(openOrder), query)
    }
    case "GET /data/pre-migration-orders":
      return clobPage([], query)
    case "GET /data/trades":
      return clobPage(tradesOf(parts, key, query), query)
    case "GET /balance-allowance":
      return balance(parts, key, query)
    case "GET /balance-allowance/update":
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
        tradesOf(parts, key, query).map((trade, at) => ({
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

const tradesOf = ({ desk }: TradingParts, key: ApiKey, query: URLSearchParams) =>
  desk.trades.filter(({ at, id, order }) =>
    order.apiKey === key.apiKey &&
    isOf({ market: query.get("market") ?? undefined, asset_id: query.get("asset_id") ?? undefined })(order) &&
    (query.get("id") ?? id) === id &&
    at / 1_000 >= Number(query.get("after") ?? 0) &&
    at / 1_000 <= Number(query.get("before") ?? Number.POSITIVE_INFINITY)
  ).map(ownTrade).reverse()

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

const refused = (errorMsg: string) => ({
  success: false,
  errorMsg,
  orderID: "",
  status: "",
  makingAmount: "",
  takingAmount: ""
})

const postOne = async (parts: TradingParts, key: ApiKey, body: unknown): Promise<Reply> => {
  const placed = await place(parts, key, body)
  return "refused" in placed ? refusal(placed.refused) : json(placed)
}

const postSeveral = async (parts: TradingParts, key: ApiKey, body: unknown): Promise<Reply> => {
  if (!Array.isArray(body) || body.length === 0) return refusal("Invalid order payload")
  if (body.length > mostOrders) {
    return refusal(`Too many orders in payload: ${body.length}, max allowed: ${mostOrders}`)
  }
  const replies: Array<unknown> = []
  for (const one of body) {
    const placed = await place(parts, key, one)
    replies.push("refused" in placed ? refused(placed.refused) : placed)
  }
  return json(replies)
}

const place = async (parts: TradingParts, key: ApiKey, body: unknown) => {
  const posted = SignedOrder.read(body)
  if (posted === undefined) return { refused: "Invalid order payload" }
  if (posted.owner !== key.apiKey) return { refused: "the order owner has to be the owner of the API KEY" }
  const book = parts.venue.book(posted.order.tokenId)
  if (book === undefined) return { refused: "the market is not yet ready to process new orders" }
  const fault = await SignedOrder.fault(posted, book, key.address)
  if (fault !== undefined) return { refused: fault }
  const order = orderOf(parts, key, posted, book)
  if (typeof order === "string") return { refused: order }
  const { error, trades } = parts.desk.place(order, posted.postOnly === true)
  if (error !== undefined) return refused(error)
  const gave = trades.reduce(
    (sum, { price, size }) => sum + (order.side === "BUY" ? Math.ceil(price * size / unit) : size),
    0
  )
  const got = trades.reduce(
    (sum, { price, size }) => sum + (order.side === "BUY" ? size : Math.floor(price * size / unit)),
    0
  )
  return {
    success: true,
    errorMsg: "",
    orderID: order.id,
    status: order.status === "LIVE" && trades.length === 0 ? "live" : "matched",
    makingAmount: amountText(gave),
    takingAmount: amountText(got),
    ...(trades.length === 0 ? {} : { tradeIDs: trades.map(({ id }) => id) })
  }
}

/** The order in our numbers, or the venue's words on why it cannot be one. */
const orderOf = (
  parts: TradingParts,
  key: ApiKey,
  posted: SignedOrder.PostedOrder,
  book: BookSummary
): DeskOrder | string => {
  const { order, orderType } = posted
  const id = SignedOrder.idOf(posted, book)
  const [making, taking] = [Number(order.makerAmount), Number(order.takerAmount)]
  const [collateral, shares] = order.side === "BUY" ? [making, taking] : [taking, making]
  if (!Number.isSafeInteger(making) || !Number.isSafeInteger(taking) || collateral === 0 || shares === 0) {
    return "Invalid order payload"
  }
  const tick = parse(book.tickSize)
  const isResting = orderType === "GTC" || orderType === "GTD"
  const exact = collateral * unit / shares
  // Amounts of market orders are rounded against the order: its price is the tick they come from.
  const price = isResting
    ? exact
    : (order.side === "BUY" ? Math.floor(exact / tick) : Math.ceil(exact / tick)) * tick
  if (price % tick !== 0) {
    return `order ${id} is invalid. Price (${exact / unit}) breaks minimum tick size rule: ${book.tickSize}`
  }
  if (price < tick || price > unit - tick) {
    return `invalid price (${price / unit}), min: ${book.tickSize} - max: ${format(unit - tick)}`
  }
  if (isResting && shares < parse(book.minimumSize)) {
    return `order ${id} is invalid. Size (${shares / unit}) lower than the minimum: ${book.minimumSize}`
  }
  if (!isResting && order.side === "BUY" && collateral < unit) {
    return `invalid amount for a marketable BUY order ($${collateral / unit}), min size: $1`
  }
  const expiration = Number(order.expiration)
  const now = parts.now()
  if (orderType === "GTD" ? expiration * 1_000 < now + 120_000 : expiration !== 0) return "invalid expiration"
  if (posted.postOnly === true && !isResting) return "Invalid order payload"
  const outcomes = (parts.venue.market(book.market)?.clob["t"] ?? []) as ReadonlyArray<
    { readonly t: string; readonly o: string }
  >
  return {
    id,
    apiKey: key.apiKey,
    maker: getAddress(order.maker),
    market: book.market,
    assetId: book.assetId,
    outcome: outcomes.find(({ t }) => t === book.assetId)?.o ?? "",
    side: order.side,
    price,
    size: shares,
    budget: !isResting && order.side === "BUY" ? collateral : undefined,
    type: orderType,
    expiration,
    createdAt: Math.floor(now / 1_000),
    status: "LIVE",
    matched: 0,
    taken: 0,
    trades: []
  }
}
