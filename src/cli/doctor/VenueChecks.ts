/** Whether the venue answers, lets this machine trade, and has the same time as we. */
import { Clock, Effect, Option, Schema } from "effect"
import * as Http from "../../client/Http.ts"
import { depositWallet, depositWalletBeforeBeacon, type Wallet } from "../../client/polymarket/clob/Wallets.ts"
import type { Endpoints } from "../../client/polymarket/EndpointsSchema.ts"
import { finding } from "./Finding.ts"

/** Differences of the clocks, ms, up to which signed requests are safe, and from which they are refused. */
const safe = 5_000
const refused = 30_000

/** The venue's clock has whole seconds: so much it may seem to be off without being. */
const grain = 1_000

/** Compares the clocks. */
export const clock = Effect.fnUntraced(function*(clob: string) {
  const http = yield* Http.make({ baseUrl: clob })
  const before = yield* Clock.currentTimeMillis
  const answer = yield* Effect.result(http.once({ method: "GET", path: "/time" }))
  const after = yield* Clock.currentTimeMillis
  if (answer._tag === "Failure") {
    return finding("clob", "problem", answer.failure.message, "check the connection; nothing works without the CLOB")
  }
  const venue = Number(answer.success) * 1_000
  if (!Number.isFinite(venue)) return finding("clock", "problem", "the CLOB's time is no number")
  const apart = (before + after) / 2 - (venue + grain / 2)
  const off = Math.max(0, Math.abs(apart) - grain)
  const detail = `${Math.round(Math.abs(apart) / 100) / 10} s ${
    apart > 0 ? "ahead of" : "behind"
  } the venue, answered in ${after - before} ms`
  return off <= safe
    ? finding("clock", "ok", detail)
    : finding(
      "clock",
      off <= refused ? "warning" : "problem",
      detail,
      "set this machine's clock by NTP; signatures carry the time"
    )
})

const Geoblock = Schema.Struct({ blocked: Schema.Boolean, country: Schema.optionalKey(Schema.String) })
const decodeGeoblock = Schema.decodeUnknownOption(Geoblock)

/** Asks whether this address may trade. */
export const geoblock = Effect.fnUntraced(function*(url: Endpoints["geoblock"]) {
  if (url === undefined) return finding("geoblock", "unknown", "no address to ask")
  const http = yield* Http.make({ baseUrl: url })
  const answer = yield* Effect.result(http.once({ method: "GET", path: "" }))
  if (answer._tag === "Failure") return finding("geoblock", "unknown", answer.failure.message)
  const found = decodeGeoblock(answer.success)
  if (found._tag === "None") return finding("geoblock", "unknown", "the answer has another shape than expected")
  const where = found.value.country === undefined ? "this address" : `this address (${found.value.country})`
  return found.value.blocked
    ? finding(
      "geoblock",
      "problem",
      `the venue does not let ${where} trade`,
      "read only from here, or run where trading is allowed"
    )
    : finding("geoblock", "ok", `the venue lets ${where} trade`)
})

const CodeReply = Schema.Struct({ result: Schema.String })
const decodeCode = Schema.decodeUnknownOption(CodeReply)

/** Whether a contract stands at an address; nothing when the node does not say. Never its own words: some give back the address they were asked at. */
const hasCode = Effect.fnUntraced(function*(node: Http.Http, address: string) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getCode", params: [address, "latest"] })
  const answer = yield* Effect.option(node.once({ method: "POST", path: "", body }))
  return Option.map(Option.flatMap(answer, decodeCode), ({ result }) => result.length > 2)
})

/** Which deposit wallet of a key exists, by an Ethereum node; the node's address may hold a key, so it is not shown. */
export const deployed = Effect.fnUntraced(function*(rpcUrl: string | undefined, { funder, address }: Wallet) {
  const check = "deposit wallet"
  const wallet = depositWallet(address)
  if (rpcUrl === undefined) {
    return finding(
      check,
      "unknown",
      `whether ${wallet} is deployed cannot be known without a node`,
      "give --rpc-url or POLYGON_RPC_URL to find out"
    )
  }
  const node = yield* Http.make({ baseUrl: rpcUrl })
  const older = depositWalletBeforeBeacon(address)
  const [now, before] = yield* Effect.all([hasCode(node, wallet), hasCode(node, older)])
  if (Option.isNone(now) || Option.isNone(before)) {
    return finding(check, "unknown", "the node could not be asked", "check the node's address")
  }
  if (now.value) return finding(check, "ok", `${wallet} is deployed`)
  if (!before.value) {
    return finding(
      check,
      "warning",
      `${wallet} is not deployed`,
      "deploy it from the venue's site (it does so at the first deposit)"
    )
  }
  return funder === older
    ? finding(check, "ok", `${older}, made before 2026-06-29, is deployed`)
    : finding(
      check,
      "warning",
      `the one that is deployed, ${older}, was made before 2026-06-29`,
      `use --funder ${older}`
    )
})
