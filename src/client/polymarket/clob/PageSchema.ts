/**
 * Rows of the CLOB's longer lists, and its page: cursors begin absent and end with "LTE=". Unknown keys are dropped.
 * @see https://docs.polymarket.com/api-reference/markets/list-markets
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../../Wire.ts"

/** The cursor that says that this was the last page. */
export const lastPage = "LTE="

/** A page of rows. */
export const pageOf = <S extends Schema.Constraint>(row: S) =>
  Schema.Struct({
    limit: maybe(Schema.Finite),
    count: maybe(Schema.Finite),
    next_cursor: Schema.String,
    data: Schema.Array(row)
  })

/** How such pages follow each other. */
export const clobPages = {
  next: <G extends { readonly next_cursor?: string | undefined }, P extends { readonly next_cursor: string }>(
    given: G,
    { next_cursor }: P
  ): G | undefined => (next_cursor === lastPage || next_cursor === "" ? undefined : { ...given, next_cursor }),
  rows: ({ data }: { readonly data: ReadonlyArray<unknown> }) => data
}

/** An outcome of a market as the CLOB tells it. */
export const ClobToken = Schema.Struct({
  token_id: Schema.String,
  outcome: maybe(Schema.String),
  price: maybe(Schema.Finite),
  winner: maybe(Schema.Boolean)
})

const Rewards = Schema.Struct({
  rates: maybe(
    Schema.Array(Schema.Struct({ asset_address: maybe(Schema.String), rewards_daily_rate: maybe(Schema.Finite) }))
  ),
  min_size: maybe(Schema.Finite),
  max_spread: maybe(Schema.Finite)
})

/** A market as the CLOB keeps it. */
export const ClobMarket = Schema.Struct({
  condition_id: Schema.String,
  question_id: maybe(Schema.String),
  question: maybe(Schema.String),
  market_slug: maybe(Schema.String),
  tokens: Schema.Array(ClobToken),
  minimum_order_size: maybe(NumberOrText),
  minimum_tick_size: maybe(NumberOrText),
  neg_risk: maybe(Schema.Boolean),
  neg_risk_market_id: maybe(Schema.String),
  active: maybe(Schema.Boolean),
  closed: maybe(Schema.Boolean),
  archived: maybe(Schema.Boolean),
  accepting_orders: maybe(Schema.Boolean),
  accepting_order_timestamp: maybe(Schema.String),
  enable_order_book: maybe(Schema.Boolean),
  end_date_iso: maybe(Schema.String),
  game_start_time: maybe(Schema.String),
  seconds_delay: maybe(Schema.Finite),
  maker_base_fee: maybe(Schema.Finite),
  taker_base_fee: maybe(Schema.Finite),
  is_50_50_outcome: maybe(Schema.Boolean),
  rewards: maybe(Rewards),
  tags: maybe(Schema.Array(Schema.String))
})
export type ClobMarket = typeof ClobMarket.Type

/** A market in short. */
export const SimplifiedMarket = Schema.Struct({
  condition_id: Schema.String,
  tokens: Schema.Array(ClobToken),
  active: maybe(Schema.Boolean),
  closed: maybe(Schema.Boolean),
  archived: maybe(Schema.Boolean),
  accepting_orders: maybe(Schema.Boolean),
  rewards: maybe(Rewards)
})
export type SimplifiedMarket = typeof SimplifiedMarket.Type

/** What a market pays to makers. */
export const RewardMarket = Schema.Struct({
  condition_id: Schema.String,
  question: maybe(Schema.String),
  market_slug: maybe(Schema.String),
  rewards_max_spread: maybe(Schema.Finite),
  rewards_min_size: maybe(Schema.Finite),
  total_daily_rate: maybe(NumberOrText),
  tokens: maybe(Schema.Array(ClobToken))
})
export type RewardMarket = typeof RewardMarket.Type

/** A trade that came through a builder code. */
export const BuilderTrade = Schema.Struct({
  id: maybe(Schema.String),
  tradeType: maybe(Schema.String),
  market: maybe(Schema.String),
  assetId: maybe(Schema.String),
  side: maybe(Schema.String),
  size: maybe(NumberOrText),
  sizeUsdc: maybe(NumberOrText),
  price: maybe(NumberOrText),
  status: maybe(Schema.String),
  outcome: maybe(Schema.String),
  fee: maybe(NumberOrText),
  matchTime: maybe(NumberOrText),
  transactionHash: maybe(Schema.String)
})
export type BuilderTrade = typeof BuilderTrade.Type
