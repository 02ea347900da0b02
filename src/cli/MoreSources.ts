/** The sources that settings switch on: prices of symbols, a wallet's positions, CoinMarketCap. */
import { Config, Effect, Layer } from "effect"
import { CoinMarketCap } from "../client/coinmarketcap/CoinMarketCap.ts"
import * as Http from "../client/Http.ts"
import { Data } from "../client/polymarket/Data.ts"
import type { Endpoints } from "../client/polymarket/EndpointsSchema.ts"
import type { Ingestor } from "../engine/Ingestor.ts"
import * as CoinMarketCapIngestor from "../engine/ingestor/CoinMarketCapIngestor.ts"
import * as DataPollerIngestor from "../engine/ingestor/DataPollerIngestor.ts"
import * as PricesIngestor from "../engine/ingestor/PricesIngestor.ts"
import type { SettingsFile } from "../Settings.ts"
import * as Exit from "./Exit.ts"
import { fail } from "./Venue.ts"

/** Makes them; a source that is switched on without what it needs ends the program with code 65. */
export const make = Effect.fnUntraced(function*(settings: typeof SettingsFile.Type, endpoints: Endpoints) {
  const { coinmarketcap, positions, prices } = settings
  const sources: Array<Ingestor> = []
  if (prices.symbols.length > 0) {
    const { polybolt, rtds } = endpoints
    if (polybolt === undefined && rtds === undefined) {
      return yield* fail(Exit.badData, "prices.symbols: expected an address of polybolt or rtds, found neither")
    }
    sources.push(yield* PricesIngestor.make({ symbols: prices.symbols, polybolt, rtds }))
  }
  if (positions.wallet !== undefined) {
    if (endpoints.data === undefined) {
      return yield* fail(Exit.badData, "positions.wallet: expected an address of data, found none")
    }
    const context = yield* Layer.build(Data.layer(endpoints.data).pipe(Layer.provide(Http.layerTransport)))
    const poller = DataPollerIngestor.make({ wallet: positions.wallet, every: positions.refresh })
    sources.push(yield* Effect.provide(poller, context))
  }
  if (coinmarketcap.enabled) {
    const key = yield* Config.Redacted("CMC_API_KEY").pipe(
      Effect.catch(() => fail(Exit.badData, "coinmarketcap.enabled: expected a key in CMC_API_KEY, found none"))
    )
    const { creditsPerDay, refresh, requestsPerMinute, symbols } = coinmarketcap
    const layer = CoinMarketCap.layer({ baseUrl: endpoints.coinmarketcap ?? "", key, creditsPerDay, requestsPerMinute })
    const context = yield* Layer.build(layer.pipe(Layer.provide(Http.layerTransport)))
    sources.push(yield* Effect.provide(CoinMarketCapIngestor.make({ every: refresh, symbols }), context))
  }
  return sources
})
