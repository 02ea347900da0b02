/** The sources that settings switch on: prices of symbols, a wallet's positions, own orders at the venue, CoinMarketCap. */
import { Config, Effect, Layer, Schedule, Stream } from "effect"
import { CoinMarketCap } from "../client/coinmarketcap/CoinMarketCap.ts"
import * as Http from "../client/Http.ts"
import { credentialsOf } from "../client/polymarket/ClobTrading.ts"
import { Data } from "../client/polymarket/Data.ts"
import type { Endpoints } from "../client/polymarket/EndpointsSchema.ts"
import { walletKey } from "../client/WalletKey.ts"
import type { Ingestor } from "../engine/Ingestor.ts"
import * as CoinMarketCapIngestor from "../engine/ingestor/CoinMarketCapIngestor.ts"
import * as DataPollerIngestor from "../engine/ingestor/DataPollerIngestor.ts"
import * as PricesIngestor from "../engine/ingestor/PricesIngestor.ts"
import * as UserChannelIngestor from "../engine/ingestor/UserChannelIngestor.ts"
import type { SettingsFile } from "../Settings.ts"
import { givenCredentials } from "./Account.ts"
import * as Exit from "./Exit.ts"
import { fail } from "./Venue.ts"

const again = Schedule.spaced("30 seconds")

/** Own orders. The venue is asked for the API credentials when the environment names none, until it answers. */
const ownOrders = Effect.fnUntraced(function*({ clob: baseUrl, userSocket: url }: Endpoints) {
  const amiss = (error: { readonly message: string }) => fail(Exit.badData, `account.orders: ${error.message}`)
  if (url === undefined || baseUrl === undefined) {
    return yield* amiss({ message: "expected addresses of clob and userSocket, found not both" })
  }
  const given = yield* givenCredentials({ endpoints: undefined }).pipe(Effect.catch(amiss))
  const credentials = given === undefined
    ? credentialsOf({ baseUrl, chainId: 137, key: yield* walletKey.pipe(Effect.catch(amiss)) }).pipe(
      Effect.scoped,
      Effect.provide(Http.layerTransport),
      Effect.tapError((error) => Effect.logWarning(`account.orders: ${error.message}`)),
      Effect.retry(again),
      Effect.orDie
    )
    : Effect.succeed(given)
  const ingestor = Effect.flatMap(credentials, (found) => UserChannelIngestor.make({ url, credentials: found }))
  return {
    name: UserChannelIngestor.source,
    batches: Stream.unwrap(Effect.map(ingestor, ({ batches }) => batches))
  } satisfies Ingestor as Ingestor
})

/** Makes them; a source that is switched on without what it needs ends the program with code 65. */
export const make = Effect.fnUntraced(function*(settings: typeof SettingsFile.Type, endpoints: Endpoints) {
  const { account, coinmarketcap, positions, prices } = settings
  const sources: Array<Ingestor> = []
  if (prices.symbols.length > 0) {
    const { polybolt, rtds } = endpoints
    if (polybolt === undefined && rtds === undefined) {
      return yield* fail(Exit.badData, "prices.symbols: expected an address of polybolt or rtds, found neither")
    }
    sources.push(yield* PricesIngestor.make({ symbols: prices.symbols, primary: prices.primary, polybolt, rtds }))
  }
  if (positions.wallet !== undefined) {
    if (endpoints.data === undefined) {
      return yield* fail(Exit.badData, "positions.wallet: expected an address of data, found none")
    }
    const context = yield* Layer.build(Data.layer(endpoints.data).pipe(Layer.provide(Http.layerTransport)))
    const poller = DataPollerIngestor.make({ wallet: positions.wallet, every: positions.refresh })
    sources.push(yield* Effect.provide(poller, context))
  }
  if (account.orders) sources.push(yield* ownOrders(endpoints))
  if (coinmarketcap.enabled) {
    const key = yield* Config.Redacted("CMC_API_KEY").pipe(
      Effect.catch(() => fail(Exit.badData, "coinmarketcap.enabled: expected a key in CMC_API_KEY, found none"))
    )
    const { creditsPerDay, refresh, requestsPerMinute, symbols } = coinmarketcap
    const layer = CoinMarketCap.layer({ baseUrl: endpoints.coinmarketcap ?? "", key, creditsPerDay, requestsPerMinute })
    const context = yield* Layer.build(layer.pipe(Layer.provide(Http.layerTransport)))
    sources.push(
      yield* Effect.provide(
        CoinMarketCapIngestor.make({
          every: refresh,
          symbols,
          beside: prices.primary[0] === CoinMarketCapIngestor.source ? [] : prices.symbols
        }),
        context
      )
    )
  }
  return sources
})
