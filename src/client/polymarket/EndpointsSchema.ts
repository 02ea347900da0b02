/**
 * Where the venue's surfaces are: the line that `simulate --json` prints and `run --endpoints` reads. URLs have no trailing
 * slash; a surface that is absent is not served.
 */
import { Schema } from "effect"

/** A wallet of the simulator, with the address of the account behind it. */
export const SimulatedAccount = Schema.Struct({
  /** "0x" and 64 hex digits; worthless outside the simulator. */
  privateKey: Schema.String,
  /** The address of the key. */
  address: Schema.String,
  /** The wallet that holds the funds; the address itself for signature type 0. */
  funder: Schema.String,
  /** 0 EOA, 1 proxy, 2 Safe, 3 deposit wallet. */
  signatureType: Schema.Literals([0, 1, 2, 3])
})
export type SimulatedAccount = typeof SimulatedAccount.Type

/** The venue's surfaces. */
export const Endpoints = Schema.Struct({
  clob: Schema.optionalKey(Schema.String),
  gamma: Schema.optionalKey(Schema.String),
  data: Schema.optionalKey(Schema.String),
  marketSocket: Schema.optionalKey(Schema.String),
  userSocket: Schema.optionalKey(Schema.String),
  rtds: Schema.optionalKey(Schema.String),
  polybolt: Schema.optionalKey(Schema.String),
  sports: Schema.optionalKey(Schema.String),
  /** CoinMarketCap, which is nobody's surface but has an address all the same. */
  coinmarketcap: Schema.optionalKey(Schema.String),
  /** Tells whether the venue lets this machine's address trade. */
  geoblock: Schema.optionalKey(Schema.String),
  /** The simulator's own control surface; the venue has none. */
  control: Schema.optionalKey(Schema.String),
  accounts: Schema.optionalKey(Schema.Array(SimulatedAccount))
})
export type Endpoints = typeof Endpoints.Type

/** The venue itself. */
export const liveEndpoints = {
  clob: "https://clob.polymarket.com",
  gamma: "https://gamma-api.polymarket.com",
  data: "https://data-api.polymarket.com",
  marketSocket: "wss://ws-subscriptions-clob.polymarket.com/ws/market",
  userSocket: "wss://ws-subscriptions-clob.polymarket.com/ws/user",
  rtds: "wss://ws-live-data.polymarket.com",
  polybolt: "wss://ws-live-v2.polymarket.com/ws",
  sports: "wss://sports-api.polymarket.com/ws",
  coinmarketcap: "https://pro-api.coinmarketcap.com",
  geoblock: "https://polymarket.com/api/geoblock"
} as const satisfies Endpoints
