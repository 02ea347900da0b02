/**
 * CoinMarketCap's answers: everything comes in an envelope with a status. Numbers are doubles; unknown keys are dropped.
 * @see https://coinmarketcap.com/api/documentation/v1/
 */
import { Schema } from "effect"
import { maybe, NumberOrText } from "../Wire.ts"

/** How a call went. `error_code` is a number on older routes and text on newer ones; 0 is fine. */
export const Status = Schema.Struct({
  timestamp: maybe(Schema.String),
  error_code: NumberOrText,
  error_message: maybe(Schema.String),
  elapsed: maybe(NumberOrText),
  /** Credits the call cost. */
  credit_count: maybe(NumberOrText),
  notice: maybe(Schema.String)
})
export type Status = typeof Status.Type

/** An answer. */
export const envelopeOf = <S extends Schema.Constraint>(data: S) => Schema.Struct({ status: Status, data })

/** A price in one currency. */
export const Quote = Schema.Struct({
  price: maybe(Schema.Finite),
  volume_24h: maybe(Schema.Finite),
  volume_change_24h: maybe(Schema.Finite),
  percent_change_1h: maybe(Schema.Finite),
  percent_change_24h: maybe(Schema.Finite),
  percent_change_7d: maybe(Schema.Finite),
  percent_change_30d: maybe(Schema.Finite),
  market_cap: maybe(Schema.Finite),
  market_cap_dominance: maybe(Schema.Finite),
  fully_diluted_market_cap: maybe(Schema.Finite),
  last_updated: maybe(Schema.String)
})
export type Quote = typeof Quote.Type

const quote = Schema.Record(Schema.String, Quote)

/** A coin with its prices by currency. */
export const Coin = Schema.Struct({
  id: Schema.Finite,
  name: maybe(Schema.String),
  symbol: maybe(Schema.String),
  slug: maybe(Schema.String),
  cmc_rank: maybe(Schema.Finite),
  num_market_pairs: maybe(Schema.Finite),
  max_supply: maybe(Schema.Finite),
  circulating_supply: maybe(Schema.Finite),
  total_supply: maybe(Schema.Finite),
  infinite_supply: maybe(Schema.Boolean),
  last_updated: maybe(Schema.String),
  quote: maybe(quote)
})
export type Coin = typeof Coin.Type

/** Coins by id or symbol: one each by id, several by symbol, since symbols are not unique; both shapes are met. */
export const CoinsByKey = Schema.Record(Schema.String, Schema.Union([Schema.Array(Coin), Coin]))

/** The whole market. */
export const GlobalMetrics = Schema.Struct({
  active_cryptocurrencies: maybe(Schema.Finite),
  active_exchanges: maybe(Schema.Finite),
  active_market_pairs: maybe(Schema.Finite),
  btc_dominance: maybe(Schema.Finite),
  eth_dominance: maybe(Schema.Finite),
  btc_dominance_yesterday: maybe(Schema.Finite),
  eth_dominance_yesterday: maybe(Schema.Finite),
  last_updated: maybe(Schema.String),
  quote: maybe(Schema.Record(
    Schema.String,
    Schema.Struct({
      total_market_cap: maybe(Schema.Finite),
      total_volume_24h: maybe(Schema.Finite),
      altcoin_market_cap: maybe(Schema.Finite),
      altcoin_volume_24h: maybe(Schema.Finite),
      defi_market_cap: maybe(Schema.Finite),
      stablecoin_market_cap: maybe(Schema.Finite),
      last_updated: maybe(Schema.String)
    })
  ))
})
export type GlobalMetrics = typeof GlobalMetrics.Type

/** 0 (extreme fear) to 100 (extreme greed). */
export const FearAndGreed = Schema.Struct({
  value: Schema.Finite,
  value_classification: maybe(Schema.String),
  update_time: maybe(Schema.String),
  timestamp: maybe(NumberOrText)
})
export type FearAndGreed = typeof FearAndGreed.Type

/** What the key may spend and has spent. */
export const KeyInfo = Schema.Struct({
  plan: Schema.Struct({
    credit_limit_daily: maybe(Schema.Finite),
    credit_limit_monthly: maybe(Schema.Finite),
    credit_limit_monthly_reset: maybe(Schema.String),
    credit_limit_monthly_reset_timestamp: maybe(Schema.String),
    rate_limit_minute: maybe(Schema.Finite)
  }),
  usage: Schema.Struct({
    current_minute: maybe(Schema.Struct({ requests_made: maybe(Schema.Finite), requests_left: maybe(Schema.Finite) })),
    current_day: maybe(Schema.Struct({ credits_used: maybe(Schema.Finite), credits_left: maybe(Schema.Finite) })),
    current_month: maybe(Schema.Struct({ credits_used: maybe(Schema.Finite), credits_left: maybe(Schema.Finite) }))
  })
})
export type KeyInfo = typeof KeyInfo.Type

/** A coin in the catalogue. */
export const MapEntry = Schema.Struct({
  id: Schema.Finite,
  rank: maybe(Schema.Finite),
  name: maybe(Schema.String),
  symbol: maybe(Schema.String),
  slug: maybe(Schema.String),
  is_active: maybe(Schema.Finite),
  first_historical_data: maybe(Schema.String),
  last_historical_data: maybe(Schema.String)
})
export type MapEntry = typeof MapEntry.Type

/** What a coin is. */
export const CoinInfo = Schema.Struct({
  id: Schema.Finite,
  name: maybe(Schema.String),
  symbol: maybe(Schema.String),
  slug: maybe(Schema.String),
  category: maybe(Schema.String),
  description: maybe(Schema.String),
  logo: maybe(Schema.String),
  date_added: maybe(Schema.String),
  urls: maybe(Schema.Record(Schema.String, Schema.Array(Schema.String)))
})
export type CoinInfo = typeof CoinInfo.Type

/** A currency of a state, or a metal. */
export const Fiat = Schema.Struct({
  id: Schema.Finite,
  name: maybe(Schema.String),
  sign: maybe(Schema.String),
  symbol: maybe(Schema.String)
})
export type Fiat = typeof Fiat.Type

const Converted = Schema.Struct({
  id: maybe(Schema.Finite),
  symbol: maybe(Schema.String),
  name: maybe(Schema.String),
  amount: Schema.Finite,
  last_updated: maybe(Schema.String),
  quote: Schema.Record(
    Schema.String,
    Schema.Struct({ price: maybe(Schema.Finite), last_updated: maybe(Schema.String) })
  )
})

/** An amount in other currencies; several by symbol. */
export const Conversion = Schema.Union([Schema.Array(Converted), Converted])
export type Conversion = typeof Conversion.Type
