/**
 * The CLOB's calls that need a key (level 2): own orders, trades, balances, rewards, notifications. What places and cancels orders is in
 * `OrderEndpoints.ts`.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { Schema } from "effect"
import { endpoint, integer, list, text } from "../../Endpoint.ts"
import { maybe, NumberOrText } from "../../Wire.ts"
import { BalanceAllowance, ClobOrder, ClobTrade } from "./OrderSchema.ts"
import { clobPages, pageOf, RewardMarket } from "./PageSchema.ts"

const someOrder = `0x${"12".repeat(32)}`
const cursor = { next_cursor: text("Where to go on: next_cursor of the page before") }

export const order = endpoint({
  name: "order-by",
  summary: "One own order, of any status",
  path: "/data/order/{id}",
  params: { id: text("The order id", { in: "path", required: true }) },
  response: ClobOrder,
  example: { id: someOrder }
})

export const orders = endpoint({
  name: "orders",
  summary: "Own open orders, a page after the other",
  path: "/data/orders",
  params: {
    market: text("Condition id"),
    asset_id: text("Token"),
    id: text("Order id; finished ones too then"),
    ...cursor
  },
  response: pageOf(ClobOrder),
  example: {},
  paging: clobPages
})

export const trades = endpoint({
  name: "own-trades",
  summary: "Own trades, newest first, a page after the other",
  path: "/data/trades",
  params: {
    maker_address: text("The wallet"),
    market: text("Condition id"),
    asset_id: text("Token"),
    id: text("Trade id"),
    before: text("Before, unix s"),
    after: text("After, unix s"),
    ...cursor
  },
  response: pageOf(ClobTrade),
  example: {},
  paging: clobPages
})

export const preMigrationOrders = endpoint({
  name: "pre-migration-orders",
  summary: "Own orders from before the exchange was changed",
  path: "/data/pre-migration-orders",
  params: cursor,
  response: pageOf(ClobOrder),
  example: {},
  paging: clobPages
})

export const orderScoring = endpoint({
  name: "order-scoring",
  summary: "Whether an order earns rewards",
  path: "/order-scoring",
  params: { order_id: text("The order id", { required: true }) },
  response: Schema.Struct({ scoring: Schema.Boolean }),
  example: { order_id: someOrder }
})

export const ordersScoring = endpoint({
  name: "orders-scoring",
  summary: "Which orders earn rewards",
  method: "POST",
  path: "/orders-scoring",
  params: { order_ids: list("Order ids", { in: "body", required: true }) },
  body: ({ order_ids }) => order_ids,
  response: Schema.Record(Schema.String, Schema.Boolean),
  example: { order_ids: [someOrder] }
})

export const notifications = endpoint({
  name: "notifications",
  summary: "What the venue has to tell this account",
  path: "/notifications",
  params: { signature_type: integer("0 EOA, 1 proxy, 2 Safe, 3 deposit wallet") },
  response: Schema.Array(Schema.Struct({
    id: maybe(NumberOrText),
    type: maybe(Schema.Finite),
    owner: maybe(Schema.String),
    timestamp: maybe(NumberOrText),
    payload: maybe(Schema.Json)
  })),
  example: {}
})

export const balanceAllowance = endpoint({
  name: "balance",
  summary: "What the account holds and what the exchanges may take of it, in base units",
  path: "/balance-allowance",
  params: {
    asset_type: text("COLLATERAL, CONDITIONAL or CONDITIONAL-V2", { required: true }),
    token_id: text("Token, for the conditional kinds"),
    signature_type: integer("0 EOA, 1 proxy, 2 Safe, 3 deposit wallet")
  },
  response: BalanceAllowance,
  example: { asset_type: "COLLATERAL", signature_type: 0 }
})

export const updateBalanceAllowance = endpoint({
  name: "balance-update",
  summary: "Makes the venue read balance and allowances from the chain again",
  path: "/balance-allowance/update",
  params: balanceAllowance.params,
  response: Schema.NullOr(Schema.Json),
  example: { asset_type: "COLLATERAL", signature_type: 0 }
})

export const closedOnly = endpoint({
  name: "closed-only",
  summary: "Whether the account may only close positions",
  path: "/auth/ban-status/closed-only",
  params: {},
  response: Schema.Struct({ closed_only: Schema.Boolean }),
  example: {}
})

export const apiKeys = endpoint({
  name: "api-keys",
  summary: "The account's API keys, without their secrets",
  path: "/auth/api-keys",
  params: {},
  response: Schema.Struct({ apiKeys: Schema.Array(Schema.String) }),
  example: {}
})

export const rewardsUser = endpoint({
  name: "rewards-user",
  summary: "What the account earned in rewards on a day, by market",
  path: "/rewards/user",
  params: { date: text("Day, YYYY-MM-DD", { required: true }), signature_type: integer("As for balance"), ...cursor },
  response: pageOf(Schema.Struct({
    date: maybe(Schema.String),
    condition_id: maybe(Schema.String),
    asset_address: maybe(Schema.String),
    maker_address: maybe(Schema.String),
    earnings: maybe(NumberOrText),
    asset_rate: maybe(NumberOrText)
  })),
  example: { date: "2026-10-05" },
  paging: clobPages
})

export const rewardsTotal = endpoint({
  name: "rewards-total",
  summary: "What the account earned in rewards on a day, in all",
  path: "/rewards/user/total",
  params: { date: text("Day, YYYY-MM-DD", { required: true }), signature_type: integer("As for balance") },
  response: Schema.Array(Schema.Struct({
    date: maybe(Schema.String),
    asset_address: maybe(Schema.String),
    maker_address: maybe(Schema.String),
    earnings: maybe(NumberOrText),
    asset_rate: maybe(NumberOrText)
  })),
  example: { date: "2026-10-05" }
})

export const rewardPercentages = endpoint({
  name: "rewards-percentages",
  summary: "The account's share of each market's rewards",
  path: "/rewards/user/percentages",
  params: { signature_type: integer("As for balance") },
  response: Schema.Record(Schema.String, Schema.Finite),
  example: {}
})

export const rewardsMarkets = endpoint({
  name: "rewards-user-markets",
  summary: "The markets that pay rewards, with what the account earned",
  path: "/rewards/user/markets",
  params: {
    date: text("Day, YYYY-MM-DD"),
    order_by: text("Field to sort by"),
    position: text("asc or desc"),
    ...cursor
  },
  response: pageOf(RewardMarket),
  example: {},
  paging: clobPages
})
