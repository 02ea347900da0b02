/** The tables of what markets do: prices, trades, books, descriptions, turns of their lives. Pure. */
import * as Micro from "../../domain/Micro.ts"
import * as Price from "../../domain/Price.ts"
import * as Size from "../../domain/Size.ts"
import type {
  MarketLifecycle,
  MarketMetadata,
  OrderBookDelta,
  OrderBookSnapshot,
  PriceUpdate,
  Trade
} from "../../engine/MarketEvent.ts"
import { braces, given, head, micro, numeric, readHead, table, text } from "./Table.ts"

/** Prices; what a row cannot hold comes back without it: a decimal beyond eight places is rounded. */
export const prices = table<PriceUpdate>("prices", "time, id", [
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

/** Trades; one whose dedupe key equals its venue id comes back without a dedupe key. */
export const trades = table<Trade>("trades", "asset_id, time, trade_id", [
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

/** Whole books. */
export const bookSnapshots = table<OrderBookSnapshot>("book_snapshots", "asset_id, time, id", [
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

const sideLetters = { buy: "b", sell: "a" } as const

const changes = (sides: string, px: unknown, sz: unknown) =>
  levels(px, sz).map((level, index) => ({ side: sides[index] === "b" ? "buy" : "sell", ...level }))

const priceText = (price: Price.Price | undefined) => price === undefined ? undefined : Price.toText(price)
const sizeText = (size: Size.Size | undefined) => size === undefined ? undefined : Size.toText(size)

/** Changed levels of books. */
export const bookDeltas = table<OrderBookDelta>("book_deltas", "asset_id, time, id", [
  ...head<OrderBookDelta>(),
  text("asset_id", (event) => event.assetId),
  text("market", (event) => event.market),
  text("sides", (event) => event.changes.map(({ side }) => sideLetters[side]).join("")),
  text("px", (event) => braces(event.changes.map(({ price }) => Price.toText(price))), "numeric[]"),
  text("sz", (event) => braces(event.changes.map(({ size }) => Size.toText(size))), "numeric[]"),
  numeric("best_bid", (event) => priceText(event.bestBid)),
  numeric("best_ask", (event) => priceText(event.bestAsk)),
  numeric("bid_size", (event) => sizeText(event.bidSize)),
  numeric("ask_size", (event) => sizeText(event.askSize)),
  text("hash", (event) => event.hash)
], (row) => ({
  _tag: "OrderBookDelta",
  ...readHead(row),
  market: row["market"],
  assetId: row["asset_id"],
  changes: changes(String(row["sides"]), row["px"], row["sz"]),
  ...given({
    bestBid: micro(row["best_bid"]),
    bestAsk: micro(row["best_ask"]),
    bidSize: micro(row["bid_size"]),
    askSize: micro(row["ask_size"]),
    hash: row["hash"]
  })
}))

/** Descriptions of markets; `markets` holds the last of each. */
export const marketHistory = table<MarketMetadata>(
  "market_history",
  "condition_id, time, id",
  [
    ...head<MarketMetadata>(),
    text("condition_id", (event) => event.market.conditionId),
    text("market", (event) => JSON.stringify(event.market), "jsonb")
  ],
  (row) => ({ _tag: "MarketMetadata", ...readHead(row), market: JSON.parse(String(row["market"])) as unknown }),
  `insert into markets (condition_id, slug, question, asset_ids, market, time, last_id)
select distinct on (condition_id) condition_id, market->>'slug', market->>'question',
  array(select outcome->>'assetId' from jsonb_array_elements(market->'outcomes') as outcome), market, time, id
from stored order by condition_id, id desc
on conflict (condition_id) do update set slug = excluded.slug, question = excluded.question,
  asset_ids = excluded.asset_ids, market = excluded.market, time = excluded.time, last_id = excluded.last_id
where markets.last_id < excluded.last_id`
)

/** Turns in the lives of markets. */
export const marketLifecycle = table<MarketLifecycle>("market_lifecycle", "market, time, id", [
  ...head<MarketLifecycle>(),
  text("market", (event) => event.market),
  text("kind", (event) => event.kind),
  text("asset_id", (event) => event.assetId),
  numeric("tick_size", (event) => event.tickSize === undefined ? undefined : Micro.format(event.tickSize)),
  text("winning_asset_id", (event) => event.winningAssetId)
], (row) => ({
  _tag: "MarketLifecycle",
  ...readHead(row),
  market: row["market"],
  kind: row["kind"],
  ...given({
    assetId: row["asset_id"],
    tickSize: micro(row["tick_size"]),
    winningAssetId: row["winning_asset_id"]
  })
}))
