/** The tables of what concerns the engine and its account: own orders, positions, feeds, numbers from elsewhere, interventions. Pure. */
import * as Micro from "../../domain/Micro.ts"
import * as Price from "../../domain/Price.ts"
import * as Size from "../../domain/Size.ts"
import type {
  Control,
  FeedStatus,
  MetricUpdate,
  OrderUpdate,
  PolicyReload,
  PositionUpdate
} from "../../engine/MarketEvent.ts"
import { booleans } from "./Columns.ts"
import { braces, given, head, micro, milliseconds, numeric, readHead, table, text, time } from "./Table.ts"

/** News of own orders. */
export const orders = table<OrderUpdate>("orders", "asset_id, time, id", [
  ...head<OrderUpdate>(),
  text("asset_id", (event) => event.assetId),
  text("order_id", (event) => event.orderId),
  text("intent_id", (event) => event.intentId),
  text("policy_id", (event) => event.policyId),
  text("market", (event) => event.market),
  text("side", (event) => event.side),
  numeric("price", (event) => Price.toText(event.price)),
  numeric("size", (event) => Size.toText(event.size)),
  text("status", (event) => event.status),
  numeric("filled_size", (event) => Size.toText(event.filledSize)),
  numeric("average_price", (event) => event.averagePrice),
  numeric("fill_price", (event) => event.fill && Price.toText(event.fill.price)),
  numeric("fill_size", (event) => event.fill && Size.toText(event.fill.size)),
  numeric("fill_fee", (event) => event.fill && Micro.format(event.fill.fee)),
  { name: "fill_taker", cast: "boolean", parameter: (events) => booleans(events, (event) => event.fill?.taker) },
  text("reason", (event) => event.reason),
  text("dedupe_key", (event) => event.dedupeKey)
], (row) => ({
  _tag: "OrderUpdate",
  ...readHead(row),
  orderId: row["order_id"],
  market: row["market"],
  assetId: row["asset_id"],
  side: row["side"],
  price: micro(row["price"]),
  size: micro(row["size"]),
  status: row["status"],
  filledSize: micro(row["filled_size"]),
  ...given({
    intentId: row["intent_id"],
    policyId: row["policy_id"],
    averagePrice: row["average_price"],
    fill: row["fill_price"] === null ? undefined : {
      price: micro(row["fill_price"]),
      size: micro(row["fill_size"]),
      fee: micro(row["fill_fee"]),
      taker: row["fill_taker"]
    },
    reason: row["reason"],
    dedupeKey: row["dedupe_key"]
  })
}))

/** What feeds can be trusted with. */
export const feedStatus = table<FeedStatus>("feed_status", "feed, time, id", [
  ...head<FeedStatus>(),
  text("feed", (event) => event.feed),
  text("kind", (event) => event.kind),
  text("asset_id", (event) => event.assetId),
  time("from_time", (event) => event.from),
  time("to_time", (event) => event.to),
  text("event_ids", (event) => event.eventIds && braces(event.eventIds), "bigint[]"),
  text("detail", (event) => event.detail)
], (row) => ({
  _tag: "FeedStatus",
  ...readHead(row),
  feed: row["feed"],
  kind: row["kind"],
  ...given({
    assetId: row["asset_id"],
    from: milliseconds(row["from_time"]),
    to: milliseconds(row["to_time"]),
    eventIds: (row["event_ids"] as ReadonlyArray<string> | null)?.map(Number),
    detail: row["detail"]
  })
}))

/** What wallets held; `positions` holds what they hold now. */
export const positionHistory = table<PositionUpdate>(
  "position_history",
  "wallet, asset_id, time, id",
  [
    ...head<PositionUpdate>(),
    text("wallet", (event) => event.wallet),
    text("asset_id", (event) => event.assetId),
    numeric("qty", (event) => Size.toText(event.size)),
    numeric("avg_price", (event) => event.averagePrice),
    numeric("realized_pnl", (event) => event.realizedPnl),
    numeric("unrealized_pnl", (event) => event.unrealizedPnl)
  ],
  (row) => ({
    _tag: "PositionUpdate",
    ...readHead(row),
    wallet: row["wallet"],
    assetId: row["asset_id"],
    size: micro(row["qty"]),
    ...given({
      averagePrice: row["avg_price"],
      realizedPnl: row["realized_pnl"],
      unrealizedPnl: row["unrealized_pnl"]
    })
  }),
  `insert into positions (wallet, asset_id, qty, avg_price, realized_pnl, unrealized_pnl, time, last_id)
select distinct on (wallet, asset_id) wallet, asset_id, qty, avg_price, realized_pnl, unrealized_pnl, time, id
from stored order by wallet, asset_id, id desc
on conflict (wallet, asset_id) do update set qty = excluded.qty, avg_price = excluded.avg_price,
  realized_pnl = excluded.realized_pnl, unrealized_pnl = excluded.unrealized_pnl, time = excluded.time,
  last_id = excluded.last_id
where positions.last_id < excluded.last_id`
)

/** Named numbers from elsewhere. */
export const metrics = table<MetricUpdate>("metrics", "name, time, id", [
  ...head<MetricUpdate>(),
  text("name", (event) => event.name),
  numeric("value", (event) => event.value)
], (row) => ({ _tag: "MetricUpdate", ...readHead(row), name: row["name"], value: row["value"] }))

/** Interventions of persons and guards. */
export const controls = table<Control>("controls", "action, time, id", [
  ...head<Control>(),
  text("action", (event) => event.action),
  text("actor", (event) => event.actor),
  text("subject", (event) => event.subject),
  text("reason", (event) => event.reason)
], (row) => ({
  _tag: "Control",
  ...readHead(row),
  action: row["action"],
  actor: row["actor"],
  reason: row["reason"],
  ...given({ subject: row["subject"] })
}))

/** The policies that came into force. */
export const policyReloads = table<PolicyReload>(
  "policy_reloads",
  "time, id",
  [
    ...head<PolicyReload>(),
    text("revisions", (event) => JSON.stringify(event.revisions), "jsonb")
  ],
  (row) => ({ _tag: "PolicyReload", ...readHead(row), revisions: JSON.parse(String(row["revisions"])) as unknown })
)
