/** All the doctor's checks, each on its own, so that one failure does not hide the others. */
import { Effect } from "effect"
import * as Http from "../../client/Http.ts"
import { type Account, accountOf } from "../Account.ts"
import type { Access } from "../EndpointCommands.ts"
import { addresses } from "../Venue.ts"
import * as AccountChecks from "./AccountChecks.ts"
import { finding } from "./Finding.ts"
import { sockets } from "./SocketChecks.ts"
import * as VenueChecks from "./VenueChecks.ts"

/** Looks at everything. `rpcUrl`: an Ethereum node for Polygon. */
export const examine = Effect.fnUntraced(function*(access: Access, rpcUrl: string | undefined) {
  const endpoints = yield* addresses(access.endpoints)
  const { clob } = endpoints
  const clock = clob === undefined
    ? finding("clob", "problem", "no address of the CLOB")
    : yield* VenueChecks.clock(clob)
  const geoblock = yield* VenueChecks.geoblock(endpoints.geoblock)
  const account = yield* Effect.result(accountOf(access))
  if (account._tag === "Failure") {
    const advice = "set POLYMARKET_PRIVATE_KEY or POLYMARKET_KEYSTORE; without a key only public data can be read"
    return [
      clock,
      geoblock,
      finding("wallet", "warning", account.failure.message, advice),
      ...(yield* sockets(endpoints, undefined))
    ]
  }
  const { key, wallet } = account.success
  const mine = finding(
    "wallet",
    "ok",
    `key of ${key.address}, signature type ${wallet.signatureType}, funder ${wallet.funder}`
  )
  const [credentials, own] = clob === undefined || clock.check === "clob"
    ? [undefined, []] as const
    : yield* ofAccount(access, account.success, clob)
  const deposit = wallet.signatureType === 3 || rpcUrl !== undefined
    ? [yield* VenueChecks.deployed(rpcUrl, wallet)]
    : []
  return [clock, geoblock, mine, ...own, ...deposit, ...(yield* sockets(endpoints, credentials))]
}, Effect.provide(Http.layerTransport))

const ofAccount = Effect.fnUntraced(function*(access: Access, account: Account, clob: string) {
  const [credentials, about] = yield* AccountChecks.credentials(access, account)
  const found = credentials === undefined ? [] : yield* AccountChecks.wallets(clob, account, credentials)
  return [credentials, [about, ...found]] as const
})
