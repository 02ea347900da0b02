/** `data …`: every call of the Data API. */
import { Effect, Layer } from "effect"
import * as Http from "../client/Http.ts"
import { Data } from "../client/polymarket/Data.ts"
import * as Calls from "../client/polymarket/data/Endpoints.ts"
import { commandOf, groupOf } from "./EndpointCommands.ts"
import { addressOf } from "./Venue.ts"

const make = Effect.fnUntraced(function*(file: string | undefined) {
  const layer = Data.layer(yield* addressOf(file, "data")).pipe(Layer.provide(Http.layerTransport))
  return yield* Effect.provide(Data, yield* Layer.build(layer))
})

/** What wallets hold, did and earned. */
export const dataCommand = groupOf("data", "What wallets hold, did and earned; who holds and trades markets.", make, [
  commandOf(Calls.positions),
  commandOf(Calls.trades),
  commandOf(Calls.activity),
  commandOf(Calls.activityCombos),
  commandOf(Calls.pricesHistory),
  commandOf(Calls.resolutions),
  commandOf(Calls.openInterest),
  commandOf(Calls.holders),
  commandOf(Calls.volume),
  commandOf(Calls.liveVolume),
  commandOf(Calls.pnl),
  commandOf(Calls.leaderboards),
  commandOf(Calls.builders),
  commandOf(Calls.status),
  commandOf(Calls.value),
  commandOf(Calls.positionsV1),
  commandOf(Calls.tradesV1),
  commandOf(Calls.activityV1),
  commandOf(Calls.closedPositionsV1),
  commandOf(Calls.tradedV1)
])
