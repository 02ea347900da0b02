/** `clob …`: every call of the CLOB, public ones and those of an account. */
import { Effect, Layer } from "effect"
import * as Http from "../client/Http.ts"
import { Clob } from "../client/polymarket/Clob.ts"
import * as Public from "../client/polymarket/clob/PublicEndpoints.ts"
import { accountMembers } from "./ClobAccount.ts"
import { commandOf, groupOf } from "./EndpointCommands.ts"
import { orderMembers } from "./Order.ts"
import { addressOf } from "./Venue.ts"

const make = Effect.fnUntraced(function*(file: string | undefined) {
  const layer = Clob.layer(yield* addressOf(file, "clob")).pipe(Layer.provide(Http.layerTransport))
  return yield* Effect.provide(Clob, yield* Layer.build(layer))
})

/** Books, prices and orders. */
export const clobCommand = groupOf(
  "clob",
  "Order books and prices, and with a key: own orders, trades, balances; building, posting and canceling orders.",
  make,
  [
    commandOf(Public.book),
    commandOf(Public.books),
    commandOf(Public.price),
    commandOf(Public.prices),
    commandOf(Public.midpoint),
    commandOf(Public.midpoints),
    commandOf(Public.spread),
    commandOf(Public.spreads),
    commandOf(Public.lastTradePrice),
    commandOf(Public.lastTradesPrices),
    commandOf(Public.tickSize),
    commandOf(Public.negRisk),
    commandOf(Public.feeRate),
    commandOf(Public.pricesHistory),
    commandOf(Public.batchPricesHistory),
    commandOf(Public.marketInfo),
    commandOf(Public.marketByToken),
    commandOf(Public.market),
    commandOf(Public.markets),
    commandOf(Public.simplifiedMarkets),
    commandOf(Public.samplingMarkets),
    commandOf(Public.samplingSimplifiedMarkets),
    commandOf(Public.rewardsCurrent),
    commandOf(Public.rewardsMarket),
    commandOf(Public.rebatesCurrent),
    commandOf(Public.builderFees),
    commandOf(Public.builderTrades),
    commandOf(Public.ok),
    commandOf(Public.time),
    commandOf(Public.version),
    ...accountMembers,
    ...orderMembers
  ]
)
