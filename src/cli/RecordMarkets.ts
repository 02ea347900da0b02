/** What `record` does: finds the markets and listens to them. Loaded only when it runs. */
import { Effect, Layer, Stream } from "effect"
import * as Http from "../client/Http.ts"
import { makeOutlet } from "../client/Outlet.ts"
import { Clob } from "../client/polymarket/Clob.ts"
import { type ChannelItem, makeMarketChannel } from "../client/polymarket/clob/MarketChannel.ts"
import { Gamma } from "../client/polymarket/Gamma.ts"
import type { Market } from "../domain/Market.ts"
import * as Markets from "../engine/Markets.ts"
import * as Exit from "./Exit.ts"

/** Frames that may wait; nobody waits for what is thrown away. */
const capacity = 65_536

/** Listens for ever; whoever taps the feeds gets the frames. */
export const record = Effect.fnUntraced(function*(options: {
  readonly clob: string
  readonly gamma: string
  readonly marketSocket: string
  readonly names: ReadonlyArray<string>
  readonly top: number
  /** Told of the markets before the first frame. */
  readonly chosen: (markets: ReadonlyArray<Market>) => void
}) {
  const { markets, unknown } = yield* Markets.choose({ names: options.names, tokens: [], top: options.top }).pipe(
    Effect.provide(
      Layer.mergeAll(Clob.layer(options.clob), Gamma.layer(options.gamma)).pipe(Layer.provide(Http.layerTransport))
    ),
    Effect.mapError((error) => new Exit.Failed({ code: Exit.unavailable, message: error.message }))
  )
  for (const { name, reason } of unknown) yield* Effect.logWarning(reason ?? `no market is called ${name}`)
  if (markets.length === 0) return yield* new Exit.Failed({ code: Exit.usage, message: "no market to record" })
  options.chosen(markets)
  const outlet = makeOutlet<ChannelItem>(capacity)
  const channel = yield* makeMarketChannel(outlet, options.marketSocket)
  yield* channel.subscribe(markets.flatMap(({ outcomes }) => outcomes.map(({ assetId }) => assetId)))
  yield* Effect.logInfo(`recording ${markets.length} markets`)
  yield* Stream.runDrain(outlet.stream)
})
