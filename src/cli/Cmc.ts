/** `cmc …`: CoinMarketCap's nine calls, with the key of the environment and a cap on credits. */
import { Effect, Layer, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { CoinMarketCap } from "../client/coinmarketcap/CoinMarketCap.ts"
import * as Calls from "../client/coinmarketcap/Endpoints.ts"
import type { Status } from "../client/coinmarketcap/Schema.ts"
import type { Endpoint, Params } from "../client/Endpoint.ts"
import * as Http from "../client/Http.ts"
import { loadWalletKey } from "./AccountFlags.ts"
import { type Access, commandWith, publicFlags } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { addressOf, fail } from "./Venue.ts"

/** The key's variable; it is taken out of the environment once read. */
const keyVariable = "CMC_API_KEY"

/** Requests of a minute that the free plan allows. */
const requestsPerMinute = 30

const cmcFlags = {
  ...publicFlags,
  credits: Flag.Int("credits").pipe(
    Flag.withDescription("Do not ask when the call may cost more credits than this"),
    Flag.withDefault(25)
  )
}

const connect = Effect.fnUntraced(function*(access: Access) {
  const { credits } = access as unknown as { readonly credits: number }
  const { secret } = yield* loadWalletKey
  const key = yield* secret(keyVariable).pipe(Effect.catch((error) => fail(Exit.usage, error.message)))
  if (Option.isNone(key)) return yield* fail(Exit.usage, `expected a key in ${keyVariable}, found none`)
  const layer = CoinMarketCap.layer({
    baseUrl: yield* addressOf(access.endpoints, "coinmarketcap"),
    key: key.value,
    creditsPerDay: credits,
    requestsPerMinute
  }).pipe(Layer.provide(Http.layerTransport))
  return yield* Effect.provide(CoinMarketCap, yield* Layer.build(layer))
})

const commandOf = <P extends Params, A>(call: Endpoint<P, { readonly status: Status; readonly data: A }>) =>
  commandWith(call, {
    group: "cmc",
    access: cmcFlags,
    ask: (access, given) => Effect.map(connect(access), (cmc) => Stream.fromEffect(cmc.call(call, given)))
  }).command

/** Everything the basic plan of CoinMarketCap offers. */
export const cmcCommand = Command.make("cmc").pipe(
  Command.withDescription(
    `Coins, prices and the whole market from CoinMarketCap. The key comes from ${keyVariable}; each call costs credits.`
  ),
  Command.withSubcommands([
    commandOf(Calls.listings),
    commandOf(Calls.globalMetrics),
    commandOf(Calls.fearAndGreed),
    commandOf(Calls.keyInfo),
    commandOf(Calls.map),
    commandOf(Calls.info),
    commandOf(Calls.quotes),
    commandOf(Calls.fiat),
    commandOf(Calls.conversion)
  ])
)
