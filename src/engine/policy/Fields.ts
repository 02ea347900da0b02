/** The names that conditions may read. */
import { MarketStatus } from "../../domain/Market.ts"
import { OrderStatus, Side } from "../../domain/Order.ts"
import { VenueMode } from "../../domain/VenueMode.ts"

/** The fields a condition may name, besides metrics and `cron:<name>`. */
export const fields = [
  "price",
  "last",
  "bid",
  "ask",
  "mid",
  "spread",
  "bid_size",
  "ask_size",
  "imbalance",
  "microprice",
  "volume",
  "volume_24h",
  "liquidity",
  "trade_size",
  "trade_side",
  "tick_size",
  "position",
  "avg_price",
  "realized_pnl",
  "unrealized_pnl",
  "time_to_end",
  "status",
  "order_status",
  "feed",
  "venue_mode",
  "tick"
] as const
export type Field = typeof fields[number]

/** What the venue takes, whatever the asset. */
export const modeField = "venue_mode"

/** The fields that belong to assets: all but the clock and the venue's mode. */
export const fieldsOfAssets: ReadonlySet<string> = new Set(
  fields.filter((field) => field !== "tick" && field !== modeField)
)

/** Fields whose value is text, each with everything it may be. */
export const textFields: ReadonlyMap<string, ReadonlyArray<string>> = new Map<string, ReadonlyArray<string>>([
  ["trade_side", Side.literals],
  ["status", MarketStatus.literals],
  ["order_status", OrderStatus.literals],
  ["feed", ["live", "stale", "gap", "down"]],
  [modeField, VenueMode.literals]
])
