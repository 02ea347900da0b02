/**
 * The requests of an account, as text: method, path, query and exact body. Whoever sends them adds the headers of `Hmac.ts`, which sign method,
 * path and body.
 * @see https://docs.polymarket.com/api-reference/trade
 */
import type { SignedRequest } from "./Hmac.ts"
import type { SignatureType } from "./Signing.ts"

/** A request to be signed and sent. */
export interface ClobRequest extends SignedRequest {
  readonly method: "GET" | "POST" | "DELETE"
  /** From "?", or empty. */
  readonly query: string
}

/** Names and values in order; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%24", "$").replaceAll("%2C", ",").replaceAll("%20", "+")

const queryText = (query: Query): string => {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  return pairs.length === 0
    ? ""
    : `?${pairs.map(([name, value]) => `${encode(name)}=${encode(String(value))}`).join("&")}`
}

const get = (path: string, query: Query = {}): ClobRequest => ({ method: "GET", path, query: queryText(query) })

const withBody = (method: "POST" | "DELETE", path: string, body: unknown): ClobRequest => ({
  method,
  path,
  query: "",
  body: JSON.stringify(body)
})

/** The cursor of the first page of a list. */
export const firstPage = "MA=="

/** The cursor of a list that has ended. */
export const lastPage = "LTE="

/** Places an order; the body is that of `OrderBody.ts`. */
export const placeOrder = (body: string): ClobRequest => ({ method: "POST", path: "/order", query: "", body })

/** Places several orders. */
export const placeOrders = (body: string): ClobRequest => ({ method: "POST", path: "/orders", query: "", body })

/** Cancels one order. */
export const cancelOrder = (orderId: string): ClobRequest => withBody("DELETE", "/order", { orderID: orderId })

/** Cancels up to 1,000 orders. */
export const cancelOrders = (orderIds: ReadonlyArray<string>): ClobRequest => withBody("DELETE", "/orders", orderIds)

/** Cancels every order of the account. */
export const cancelAll: ClobRequest = { method: "DELETE", path: "/cancel-all", query: "" }

/** Cancels every order of a market or an asset. */
export const cancelMarketOrders = (
  of: { readonly market?: string | undefined; readonly asset_id?: string | undefined }
): ClobRequest => withBody("DELETE", "/cancel-market-orders", of)

/** The sign of life that keeps orders alive; "" is the id of the first one. */
export const heartbeat = (id: string): ClobRequest => withBody("POST", "/v1/heartbeats", { heartbeat_id: id })

/** One order, of any status. */
export const order = (orderId: string): ClobRequest => get(`/data/order/${orderId}`)

/** A page of live orders. */
export const openOrders = (filter: Query = {}, cursor: string = firstPage): ClobRequest =>
  get("/data/orders", { ...filter, next_cursor: cursor })

/** A page of trades. */
export const trades = (filter: Query = {}, cursor: string = firstPage): ClobRequest =>
  get("/data/trades", { ...filter, next_cursor: cursor })

/** What a wallet holds of an asset, and what it lets the exchange take. */
export const balanceAllowance = (of: Query, signatureType: SignatureType): ClobRequest =>
  get("/balance-allowance", { ...of, signature_type: signatureType })

/** Makes the venue read a wallet's holdings from the chain again. */
export const updateBalanceAllowance = (of: Query, signatureType: SignatureType): ClobRequest =>
  get("/balance-allowance/update", { ...of, signature_type: signatureType })

/** The account's API keys. */
export const apiKeys: ClobRequest = get("/auth/api-keys")

/** Gives up the API key that signs the request. */
export const deleteApiKey: ClobRequest = { method: "DELETE", path: "/auth/api-key", query: "" }

/** Whether the account may only close positions. */
export const closedOnly: ClobRequest = get("/auth/ban-status/closed-only")

/** Whether an order earns rewards. */
export const orderScoring = (of: Query): ClobRequest => get("/order-scoring", of)

/** Whether orders earn rewards. */
export const ordersScoring = (orderIds: ReadonlyArray<string>): ClobRequest =>
  withBody("POST", "/orders-scoring", orderIds)
