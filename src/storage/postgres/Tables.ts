/**
 * The tables of the archived events: for each tag how a batch is written and how a row is read back. A batch is one
 * statement, `unnest` of a column each, and skips rows whose key is there already. Pure.
 *
 * What a row cannot hold comes back without it: a decimal beyond eight places is rounded, and a trade whose dedupe key
 * equals its venue id has no dedupe key.
 */
import type { PgTypes } from "@effect/sql-pg"
import * as Micro from "../../domain/Micro.ts"
import * as Price from "../../domain/Price.ts"
import * as Size from "../../domain/Size.ts"
import type {
  EventTag,
  FeedStatus,
  MarketEvent,
  OrderBookSnapshot,
  OrderUpdate,
  PriceUpdate,
  Trade
} from "../../engine/MarketEvent.ts"
import { booleans, integers, texts, times } from "./Columns.ts"

/** A row as the client gives it. */
export type Row = Readonly<Record<string, unknown>>

/** A table of archived events. */
export interface Table {
  readonly name: string
  readonly insert: string
  readonly parameters: (events: ReadonlyArray<MarketEvent>) => ReadonlyArray<PgTypes.Parameter>
  /** The select list that `read` understands. */
  readonly columns: string
  readonly read: (row: Row) => unknown
}

type Cast = "text" | "timestamptz" | "bigint" | "numeric" | "numeric[]" | "bigint[]" | "boolean"

interface Column<E> {
  readonly name: string
  readonly cast: Cast
  readonly parameter: (events: ReadonlyArray<E>) => PgTypes.Parameter
}

const time = <E>(name: string, get: (event: E) => number | undefined): Column<E> => ({
  name,
  cast: "timestamptz",
  parameter: (events) => times(events, get)
})
const text = <E>(name: string, get: (event: E) => string | undefined, cast: Cast = "text"): Column<E> => ({
  name,
  cast,
  parameter: (events) => texts(events, get)
})
const numeric = <E>(name: string, get: (event: E) => string | undefined): Column<E> => text(name, get, "numeric")

const integer = <E>(name: string, get: (event: E) => number): Column<E> => ({
  name,
  cast: "bigint",
  parameter: (events) => integers(events, get)
})

const table = <E extends MarketEvent>(
  name: string,
  key: string,
  columns: ReadonlyArray<Column<E>>,
  read: (row: Row) => unknown
): Table => {
  const elementOf = (cast: Cast) => cast === "timestamptz" || cast === "bigint" || cast === "boolean" ? cast : "text"
  const sources = columns.map(({ cast }, index) => `$${index + 1}::${elementOf(cast)}[]`)
  const values = columns.map(({ cast, name }) => cast === elementOf(cast) ? `r.${name}` : `r.${name}::${cast}`)
  const names = columns.map((column) => column.name)
  return {
    name,
    insert: `insert into ${name} (${names.join(", ")}) select ${values.join(", ")} from unnest(${
      sources.join(", ")
    }) as r(${names.join(", ")}) on conflict (${key}) do nothing`,
    parameters: (events) => columns.map((column) => column.parameter(events as unknown as ReadonlyArray<E>)),
    columns: columns.map(({ cast, name }) => selectOf(cast, name)).join(", "),
    read
  }
}

const selectOf = (cast: Cast, name: string): string => {
  switch (cast) {
    case "timestamptz":
      return `(extract(epoch from ${name}) * 1000)::bigint as ${name}`
    case "numeric":
      return `trim_scale(${name})::text as ${name}`
    case "numeric[]":
    case "bigint[]":
      return `${name}::text[] as ${name}`
    default:
      return name
  }
}

const head = <E extends MarketEvent>(): ReadonlyArray<Column<E>> => [
  time("time", (event) => event.time),
  integer("id", (event) => event.id),
  text("source", (event) => event.source),
  time("received_at", (event) => event.receivedAt)
]

const readHead = (row: Row) => ({
  id: Number(row["id"]),
  time: Number(row["time"]),
  receivedAt: Number(row["received_at"]),
  source: row["source"]
})

/** The fields that are not null. */
const given = (fields: Row): Row =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

const micro = (value: unknown): number | undefined => typeof value === "string" ? Micro.parse(value) : undefined

const milliseconds = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value)

const braces = (values: ReadonlyArray<string | number>): string => `{${values.join(",")}}`

const prices = table<PriceUpdate>("prices", "time, id", [
  ...head<PriceUpdate>(),
  text("asset_id", (event) => event.assetId),
  numeric("price", (event) => event.price),
  numeric("bid", (event) => event.bid),
  numeric("ask", (event) => event.ask),
  numeric("volume", (event) => event.volume),
  numeric("volume_24h", (event) => event.volume24h)
], (row) => ({
  _tag: "PriceUpdate",
  ...readHead(row),
  assetId: row["asset_id"],
  ...given({
    price: row["price"],
    bid: row["bid"],
    ask: row["ask"],
    volume: row["volume"],
    volume24h: row["volume_24h"]
  })
}))

const trades = table<Trade>("trades", "asset_id, time, trade_id", [
  ...head<Trade>(),
  text("asset_id", (event) => event.assetId),
  text("trade_id", (event) => event.dedupeKey ?? event.tradeId ?? String(event.id)),
  text("market", (event) => event.market),
  text("side", (event) => event.side),
  numeric("price", (event) => Price.toText(event.price)),
  numeric("size", (event) => Size.toText(event.size)),
  text("transaction_hash", (event) => event.transactionHash),
  text("venue_trade_id", (event) => event.tradeId)
], (row) => ({
  _tag: "Trade",
  ...readHead(row),
  market: row["market"],
  assetId: row["asset_id"],
  side: row["side"],
  price: micro(row["price"]),
  size: micro(row["size"]),
  ...given({
    transactionHash: row["transaction_hash"],
    tradeId: row["venue_trade_id"],
    dedupeKey: row["trade_id"] === (row["venue_trade_id"] ?? String(row["id"])) ? undefined : row["trade_id"]
  })
}))

const levels = (px: unknown, sz: unknown) =>
  (px as ReadonlyArray<string>).map((price, index) => ({
    price: micro(price),
    size: micro((sz as ReadonlyArray<string>)[index])
  }))

const books = table<OrderBookSnapshot>("book_snapshots", "asset_id, time, id", [
  ...head<OrderBookSnapshot>(),
  text("asset_id", (event) => event.assetId),
  text("market", (event) => event.market),
  text("bid_px", (event) => braces(event.bids.map((level) => Price.toText(level.price))), "numeric[]"),
  text("bid_sz", (event) => braces(event.bids.map((level) => Size.toText(level.size))), "numeric[]"),
  text("ask_px", (event) => braces(event.asks.map((level) => Price.toText(level.price))), "numeric[]"),
  text("ask_sz", (event) => braces(event.asks.map((level) => Size.toText(level.size))), "numeric[]"),
  text("hash", (event) => event.hash),
  numeric("tick_size", (event) => event.tickSize === undefined ? undefined : Micro.format(event.tickSize)),
  text("dedupe_key", (event) => event.dedupeKey)
], (row) => ({
  _tag: "OrderBookSnapshot",
  ...readHead(row),
  market: row["market"],
  assetId: row["asset_id"],
  bids: levels(row["bid_px"], row["bid_sz"]),
  asks: levels(row["ask_px"], row["ask_sz"]),
  ...given({ hash: row["hash"], tickSize: micro(row["tick_size"]), dedupeKey: row["dedupe_key"] })
}))

const orders = table<OrderUpdate>("orders", "asset_id, time, id", [
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

const feedStatus = table<FeedStatus>("feed_status", "feed, time, id", [
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

/** The table of each archived tag. */
export const tables: ReadonlyMap<EventTag, Table> = new Map<EventTag, Table>([
  ["PriceUpdate", prices],
  ["Trade", trades],
  ["OrderBookSnapshot", books],
  ["OrderUpdate", orders],
  ["FeedStatus", feedStatus]
])
