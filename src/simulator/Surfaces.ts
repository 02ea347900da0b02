/** Every surface of the simulator over one venue: REST by prefix, sockets by path, and what has to be moved in time. */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { Account } from "./Accounts.ts"
import * as ClobApi from "./ClobApi.ts"
import * as CoinMarketCapApi from "./CoinMarketCapApi.ts"
import * as DataApi from "./DataApi.ts"
import type { AsOf } from "./faults/HttpFaults.ts"
import { PastLists } from "./faults/PastLists.ts"
import type { Frame } from "./Frame.ts"
import * as GammaApi from "./GammaApi.ts"
import * as GammaCatalogueApi from "./GammaCatalogueApi.ts"
import { Heartbeats } from "./Heartbeats.ts"
import { headerOf, json, refusal, type Reply, type Routes, type Surface, surfaceOf } from "./Http.ts"
import { Keyring } from "./Keyring.ts"
import type { Ledger } from "./Ledger.ts"
import * as MarketListApi from "./MarketListApi.ts"
import type { Modes } from "./Modes.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import * as PolyBoltChannel from "./PolyBoltChannel.ts"
import * as PriceApi from "./PriceApi.ts"
import type { Prices } from "./Prices.ts"
import * as RtdsChannel from "./RtdsChannel.ts"
import * as SportsChannel from "./SportsChannel.ts"
import * as TradingApi from "./TradingApi.ts"
import * as UserChannel from "./UserChannel.ts"
import type { Venue } from "./Venue.ts"

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
  /** Own lists as of some ms ago. */
  readonly asOf: AsOf
  readonly close: () => void
}

/** Writes requests down that change keys. */
const noting = (routes: Routes, ledger: Ledger): Routes => (request) => {
  const reply = routes(request)
  if (reply === undefined || request.method === "GET") return reply
  const note = (settled: Reply): Reply => {
    const { body, method, path } = request
    const account = headerOf(request, "poly_address")
    ledger.write({ kind: "request", method, path, account, key: null, body, status: settled.status })
    return settled
  }
  return reply instanceof Promise ? reply.then(note) : note(reply)
}

const gammaMissing = json({ type: "not found error", error: "route not found" }, 404)

/** Makes them; `now` in ms UTC. */
export const make = (options: {
  readonly venue: Venue
  readonly accounts: ReadonlyArray<Account>
  readonly seed: number
  readonly prices: Prices
  readonly now: () => number
  readonly desk: OrderDesk
  readonly ledger: Ledger
  readonly modes: Modes
  /** Completes after so many ms. */
  readonly wait: (ms: number) => Promise<void>
}): Surfaces => {
  const { desk, ledger, modes, now, seed, venue, wait } = options
  const { wallets } = desk
  const keyring = new Keyring(seed, now)
  const heartbeats = new Heartbeats(seed, now)
  const user = UserChannel.make(keyring, now)
  const past = new PastLists({ desk, keyring, now })
  desk.tell = (event) => {
    past.heard(event)
    user.tell(event)
  }
  const rtds = RtdsChannel.make(options)
  const polybolt = PolyBoltChannel.make({ ...options, keyring })
  const sports = SportsChannel.make(now)
  const geoblock = json({ blocked: false, ip: "127.0.0.1", country: "XX", region: "" })
  return {
    surfaces: {
      clob: surfaceOf([
        ClobApi.make(venue, now),
        PriceApi.make(options),
        MarketListApi.make(venue),
        noting(keyring.routes, ledger),
        TradingApi.make({ keyring, desk, wallets, heartbeats, ledger, modes, now, wait })
      ], refusal("Not Found", 404)),
      gamma: surfaceOf([GammaApi.make(venue), GammaCatalogueApi.make(options)], gammaMissing),
      data: surfaceOf([DataApi.make({ ...options, wallets })], refusal("Not Found", 404)),
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
      for (const apiKey of heartbeats.silent()) {
        desk.cancel(apiKey, desk.open(apiKey).map(({ id }) => id), "heartbeat")
      }
      desk.settle()
    },
    publish: rtds.publish,
    asOf: past.asOf,
    close: () => {
      for (const { listeners } of [user, rtds, polybolt, sports]) listeners.close()
    }
  }
}
