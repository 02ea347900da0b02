/** The tables of the archived events, by the tag of the event. Pure. */
import type { EventTag } from "../../engine/MarketEvent.ts"
import * as EngineTables from "./EngineTables.ts"
import * as MarketTables from "./MarketTables.ts"
import type { Table } from "./Table.ts"

/** The table of each archived tag. */
export const tables: ReadonlyMap<EventTag, Table> = new Map<EventTag, Table>([
  ["PriceUpdate", MarketTables.prices],
  ["Trade", MarketTables.trades],
  ["OrderBookSnapshot", MarketTables.bookSnapshots],
  ["OrderBookDelta", MarketTables.bookDeltas],
  ["MarketMetadata", MarketTables.marketHistory],
  ["MarketLifecycle", MarketTables.marketLifecycle],
  ["OrderUpdate", EngineTables.orders],
  ["PositionUpdate", EngineTables.positionHistory],
  ["MetricUpdate", EngineTables.metrics],
  ["FeedStatus", EngineTables.feedStatus],
  ["Control", EngineTables.controls],
  ["PolicyReload", EngineTables.policyReloads]
])
