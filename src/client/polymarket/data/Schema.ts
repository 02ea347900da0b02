/**
 * Rows of the Data API: what wallets hold, did and earned. v2 is snake_case in an envelope, v1 camelCase in bare arrays. Unknown keys are dropped;
 * numbers are JSON numbers as the venue sends them, ids text.
 * @see https://docs.polymarket.com/api-reference/data-api/overview
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"

/** Where a page of v2 ends. */
export const Pagination = Schema.Struct({
  limit: maybe(Schema.Finite),
  offset: maybe(Schema.Finite),
  has_more: maybe(Schema.Boolean),
  /** Absent or null on the last page. */
  next_cursor: maybe(Schema.String)
})

/** An answer of v2 with rows; some routes have no pagination. */
export const pageOf = <S extends Schema.Constraint>(row: S) =>
  Schema.Struct({ data: Schema.Array(row), pagination: maybe(Pagination) })

/** What describes a market in rows of v2. */
const marketOfRow = {
  condition_id: maybe(Schema.String),
  token_id: maybe(Schema.String),
  title: maybe(Schema.String),
  slug: maybe(Schema.String),
  event_slug: maybe(Schema.String),
  outcome: maybe(Schema.String),
  outcome_index: maybe(Schema.Finite)
}

/** A position; sizes are shares, values pUSD. */
export const PositionRow = Schema.Struct({
  proxy_wallet: maybe(Schema.String),
  ...marketOfRow,
  size: Schema.Finite,
  avg_price: maybe(Schema.Finite),
  initial_value: maybe(Schema.Finite),
  current_value: maybe(Schema.Finite),
  cash_pnl: maybe(Schema.Finite),
  percent_pnl: maybe(Schema.Finite),
  total_bought: maybe(Schema.Finite),
  realized_pnl: maybe(Schema.Finite),
  cur_price: maybe(Schema.Finite),
  status: maybe(Schema.String),
  redeemable: maybe(Schema.Boolean),
  mergeable: maybe(Schema.Boolean),
  opposite_outcome: maybe(Schema.String),
  opposite_token_id: maybe(Schema.String),
  end_date: maybe(Schema.String),
  negative_risk: maybe(Schema.Boolean)
})
export type PositionRow = typeof PositionRow.Type

/** A trade; `timestamp` in s. */
export const TradeRow = Schema.Struct({
  proxy_wallet: maybe(Schema.String),
  side: Schema.Literals(["BUY", "SELL"]),
  ...marketOfRow,
  size: Schema.Finite,
  price: Schema.Finite,
  timestamp: Schema.Finite,
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  transaction_hash: maybe(Schema.String)
})
export type TradeRow = typeof TradeRow.Type

/** Something a wallet did: trade, split, merge, redeem, reward, deposit, … */
export const ActivityRow = Schema.Struct({
  proxy_wallet: maybe(Schema.String),
  type: Schema.String,
  side: maybe(Schema.String),
  ...marketOfRow,
  size: maybe(Schema.Finite),
  usdc_size: maybe(Schema.Finite),
  price: maybe(Schema.Finite),
  timestamp: Schema.Finite,
  transaction_hash: maybe(Schema.String)
})
export type ActivityRow = typeof ActivityRow.Type

/** A price of the past; `timestamp` in s. */
export const PriceRow = Schema.Struct({
  timestamp: Schema.Finite,
  price: Schema.Finite,
  resolution_seconds: maybe(Schema.Finite)
})
export type PriceRow = typeof PriceRow.Type

/** How a question came out; `payouts` in millionths by outcome. */
export const ResolutionRow = Schema.Struct({
  condition_id: maybe(Schema.String),
  question_id: maybe(Schema.String),
  status: Schema.String,
  payouts: maybe(Schema.Array(Schema.Finite)),
  market_type: maybe(Schema.String),
  resolution_source: maybe(Schema.String),
  reporter: maybe(Schema.String),
  was_disputed: maybe(Schema.Boolean),
  was_arbitrated: maybe(Schema.Boolean),
  extended_review: maybe(Schema.Boolean),
  transaction_hash: maybe(Schema.String),
  log_index: maybe(Schema.String),
  resolved_block: maybe(Schema.Finite),
  resolved_at: maybe(Schema.String),
  last_update_timestamp: maybe(Schema.String)
})
export type ResolutionRow = typeof ResolutionRow.Type

/** Open interest of a market, pUSD. */
export const OpenInterestRow = Schema.Struct({
  market: maybe(Schema.String),
  condition_id: maybe(Schema.String),
  value: Schema.Finite
})
export type OpenInterestRow = typeof OpenInterestRow.Type

/** Somebody who holds an outcome. */
export const HolderRow = Schema.Struct({
  proxy_wallet: maybe(Schema.String),
  token_id: maybe(Schema.String),
  amount: Schema.Finite,
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  outcome_index: maybe(Schema.Finite)
})
export type HolderRow = typeof HolderRow.Type

/** Volume of a market or an event, pUSD. */
export const VolumeRow = Schema.Struct({
  condition_id: maybe(Schema.String),
  market: maybe(Schema.String),
  event_id: maybe(NumberOrText),
  total: maybe(Schema.Finite),
  value: maybe(Schema.Finite),
  volume: maybe(Schema.Finite)
})
export type VolumeRow = typeof VolumeRow.Type

/** Profit and loss of a wallet at a time (s), pUSD. */
export const PnlRow = Schema.Struct({
  timestamp: maybe(Schema.Finite),
  t: maybe(Schema.Finite),
  pnl: maybe(Schema.Finite),
  p: maybe(Schema.Finite)
})
export type PnlRow = typeof PnlRow.Type

/** A place on a leaderboard. */
export const LeaderRow = Schema.Struct({
  rank: maybe(NumberOrText),
  proxy_wallet: maybe(Schema.String),
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  volume: maybe(Schema.Finite),
  vol: maybe(Schema.Finite),
  pnl: maybe(Schema.Finite)
})
export type LeaderRow = typeof LeaderRow.Type

/** A position as v1 tells it. */
export const PositionV1 = Schema.Struct({
  proxyWallet: maybe(Schema.String),
  /** Token id. */
  asset: Schema.String,
  conditionId: maybe(Schema.String),
  size: Schema.Finite,
  avgPrice: maybe(Schema.Finite),
  initialValue: maybe(Schema.Finite),
  currentValue: maybe(Schema.Finite),
  cashPnl: maybe(Schema.Finite),
  percentPnl: maybe(Schema.Finite),
  totalBought: maybe(Schema.Finite),
  realizedPnl: maybe(Schema.Finite),
  percentRealizedPnl: maybe(Schema.Finite),
  curPrice: maybe(Schema.Finite),
  redeemable: maybe(Schema.Boolean),
  mergeable: maybe(Schema.Boolean),
  title: maybe(Schema.String),
  slug: maybe(Schema.String),
  eventSlug: maybe(Schema.String),
  outcome: maybe(Schema.String),
  outcomeIndex: maybe(Schema.Finite),
  oppositeOutcome: maybe(Schema.String),
  oppositeAsset: maybe(Schema.String),
  endDate: maybe(Schema.String),
  negativeRisk: maybe(Schema.Boolean)
})
export type PositionV1 = typeof PositionV1.Type

/** A trade as v1 tells it; `timestamp` in s. */
export const TradeV1 = Schema.Struct({
  proxyWallet: maybe(Schema.String),
  side: Schema.Literals(["BUY", "SELL"]),
  asset: Schema.String,
  conditionId: maybe(Schema.String),
  size: Schema.Finite,
  price: Schema.Finite,
  timestamp: Schema.Finite,
  title: maybe(Schema.String),
  slug: maybe(Schema.String),
  eventSlug: maybe(Schema.String),
  outcome: maybe(Schema.String),
  outcomeIndex: maybe(Schema.Finite),
  name: maybe(Schema.String),
  pseudonym: maybe(Schema.String),
  transactionHash: maybe(Schema.String)
})
export type TradeV1 = typeof TradeV1.Type

/** Something a wallet did, as v1 tells it. */
export const ActivityV1 = Schema.Struct({
  proxyWallet: maybe(Schema.String),
  type: Schema.String,
  side: maybe(Schema.String),
  asset: maybe(Schema.String),
  conditionId: maybe(Schema.String),
  size: maybe(Schema.Finite),
  usdcSize: maybe(Schema.Finite),
  price: maybe(Schema.Finite),
  timestamp: Schema.Finite,
  title: maybe(Schema.String),
  slug: maybe(Schema.String),
  outcome: maybe(Schema.String),
  transactionHash: maybe(Schema.String)
})
export type ActivityV1 = typeof ActivityV1.Type

/** The worth of a wallet's positions, pUSD. */
export const ValueV1 = Schema.Struct({ user: maybe(Schema.String), value: Schema.Finite })
export type ValueV1 = typeof ValueV1.Type
