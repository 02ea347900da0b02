/**
 * The CLOB's calls that place and cancel. Each is sent once; the bodies of orders are made by `OrderBody.ts`.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { Schema } from "effect"
import { endpoint, list, text } from "../../Endpoint.ts"
import { CancelReply, PostOrderReply } from "./OrderSchema.ts"

const someOrder = `0x${"12".repeat(32)}`

export const postOrder = endpoint({
  name: "order post",
  summary: "Places one order",
  method: "POST",
  path: "/order",
  params: {},
  response: PostOrderReply,
  example: {}
})

export const postOrders = endpoint({
  name: "order post-batch",
  summary: "Places up to fifteen orders",
  method: "POST",
  path: "/orders",
  params: {},
  response: Schema.Array(PostOrderReply),
  example: {}
})

export const cancelOrder = endpoint({
  name: "order cancel",
  summary: "Cancels one order",
  method: "DELETE",
  path: "/order",
  params: { order_id: text("The order id", { in: "body", required: true }) },
  body: ({ order_id }) => ({ orderID: order_id }),
  response: CancelReply,
  example: { order_id: someOrder }
})

export const cancelOrders = endpoint({
  name: "order cancel-several",
  summary: "Cancels up to a thousand orders",
  method: "DELETE",
  path: "/orders",
  params: { order_ids: list("Order ids", { in: "body", required: true }) },
  body: ({ order_ids }) => order_ids,
  response: CancelReply,
  example: { order_ids: [someOrder] }
})

export const cancelAll = endpoint({
  name: "order cancel-all",
  summary: "Cancels every open order of the account",
  method: "DELETE",
  path: "/cancel-all",
  params: {},
  response: CancelReply,
  example: {}
})

export const cancelMarketOrders = endpoint({
  name: "order cancel-market",
  summary: "Cancels the open orders of a market or of a token",
  method: "DELETE",
  path: "/cancel-market-orders",
  params: { market: text("Condition id", { in: "body" }), asset_id: text("Token", { in: "body" }) },
  body: (given) => given,
  response: CancelReply,
  example: { asset_id: "111614563957165270026378011809694313565736745512637881727398424401624030147043" }
})

export const heartbeat = endpoint({
  name: "heartbeat",
  summary: "Keeps the account's orders alive: without the next one within ten seconds the venue cancels them all",
  method: "POST",
  path: "/v1/heartbeats",
  params: { heartbeat_id: text("The id of the answer before, empty first", { in: "body", required: true }) },
  body: (given) => given,
  response: Schema.Struct({ heartbeat_id: Schema.String }),
  example: { heartbeat_id: "" }
})

export const deleteApiKey = endpoint({
  name: "keys delete",
  summary: "Gives up the API key that signs the request",
  method: "DELETE",
  path: "/auth/api-key",
  params: {},
  response: Schema.NullOr(Schema.Json),
  example: {}
})

export const dropNotifications = endpoint({
  name: "notifications-drop",
  summary: "Marks notifications as read",
  method: "DELETE",
  path: "/notifications",
  params: { ids: list("Their numbers", { required: true }) },
  response: Schema.NullOr(Schema.Json),
  example: { ids: ["1"] }
})
