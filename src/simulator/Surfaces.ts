/** Every surface of the simulator over one venue: REST by prefix, sockets by path, and what has to be moved in time. */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { Account } from "./Accounts.ts"
import * as ClobApi from "./ClobApi.ts"
import * as CoinMarketCapApi from "./CoinMarketCapApi.ts"
import * as DataApi from "./DataApi.ts"
import type { Frame } from "./Frame.ts"
import * as GammaApi from "./GammaApi.ts"
import * as GammaCatalogueApi from "./GammaCatalogueApi.ts"
import { Heartbeats } from "./Heartbeats.ts"
import { json, refusal, type Surface, surfaceOf } from "./Http.ts"
import { Keyring } from "./Keyring.ts"
import * as MarketListApi from "./MarketListApi.ts"
import { OrderDesk } from "./OrderDesk.ts"
import * as PolyBoltChannel from "./PolyBoltChannel.ts"
import * as PriceApi from "./PriceApi.ts"
import type { Prices } from "./Prices.ts"
import * as RtdsChannel from "./RtdsChannel.ts"
import * as SportsChannel from "./SportsChannel.ts"
import * as TradingApi from "./TradingApi.ts"
import * as UserChannel from "./UserChannel.ts"
import type { Venue } from "./Venue.ts"
import { Wallets } from "./Wallets.ts"

type Upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/** The surfaces, and what moves them. */
export interface Surfaces {
  readonly surfaces: Readonly<Record<string, Surface>>
  readonly sockets: Readonly<Record<string, Upgrade>>
  /** Tells the sockets what a second brings. */
  readonly second: () => void
  /** Fills, ends and cancels orders whose time has come. */
  readonly settle: () => void
  /** Passes on frames of the market channel. */
  readonly publish: (frames: ReadonlyArray<Frame>) => void
  readonly close: () => void
}

const gammaMissing = json({ type: "not found error", error: "route not found" }, 404)

/** Makes them; `now` in ms UTC. */
export const make = (options: {
  readonly venue: Venue
  readonly accounts: ReadonlyArray<Account>
  readonly seed: number
  readonly prices: Prices
  readonly now: () => number
}): Surfaces => {
  const { accounts, now, seed, venue } = options
  const keyring = new Keyring(seed, now)
  const wallets = new Wallets(accounts)
  const heartbeats = new Heartbeats(seed, now)
  const user = UserChannel.make(keyring, now)
  const desk = new OrderDesk({ venue, wallets, seed, now, tell: user.tell })
  const rtds = RtdsChannel.make(options)
  const polybolt = PolyBoltChannel.make(options)
  const sports = SportsChannel.make(now)
  const geoblock = json({ blocked: false, ip: "127.0.0.1", country: "XX", region: "" })
  return {
    surfaces: {
      clob: surfaceOf([
        ClobApi.make(venue, now),
        PriceApi.make(options),
        MarketListApi.make(venue),
        keyring.routes,
        TradingApi.make({ venue, keyring, desk, wallets, heartbeats, now })
      ], refusal("Not Found", 404)),
      gamma: surfaceOf([GammaApi.make(venue), GammaCatalogueApi.make(options)], gammaMissing),
      data: surfaceOf([DataApi.make({ ...options, desk, wallets })], refusal("Not Found", 404)),
      coinmarketcap: CoinMarketCapApi.make(options),
      geoblock: () => geoblock
    },
    sockets: {
      "/ws/user": user.listeners.upgrade,
      "/rtds": rtds.listeners.upgrade,
      "/polybolt": polybolt.listeners.upgrade,
      "/sports": sports.listeners.upgrade
    },
    second: () => {
      rtds.tick()
      polybolt.tick()
      sports.tick()
    },
    settle: () => {
      for (const apiKey of heartbeats.silent()) desk.cancel(apiKey, desk.open(apiKey).map(({ id }) => id))
      desk.settle()
    },
    publish: rtds.publish,
    close: () => {
      for (const { listeners } of [user, rtds, polybolt, sports]) listeners.close()
    }
  }
}
