/**
 * Reads of what is known now never leave the process: a consumer keeps the latest of everything, readers look it up. Values
 * older than 15 minutes count as unknown.
 */
import { Context, Effect, FiberSet, Layer } from "effect"
import type { AssetId } from "../domain/Asset.ts"
import type { ConditionId, Market } from "../domain/Market.ts"
import { Settings } from "../Settings.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { EventClock } from "./EventClock.ts"
import type { EventTag, PositionUpdate, PriceUpdate } from "./MarketEvent.ts"
import * as State from "./State.ts"
import { Workers } from "./Workers.ts"

const tags: ReadonlySet<EventTag> = new Set<EventTag>([
  "PriceUpdate",
  "OrderBookSnapshot",
  "OrderBookDelta",
  "MarketLifecycle",
  "MarketMetadata",
  "FeedStatus",
  "PositionUpdate"
])

export class StateManager extends Context.Service<StateManager, {
  /** The latest price of an asset. */
  readonly price: (assetId: AssetId) => PriceUpdate | undefined
  /** The book of an asset, usable or not. Read it at once; it changes in place. */
  readonly orderBook: (assetId: AssetId) => State.BookState | undefined
  /** A market, and the market an asset belongs to, as last described. */
  readonly market: (conditionId: ConditionId) => Market | undefined
  readonly marketOf: (assetId: AssetId) => Market | undefined
  /** A wallet's position in an asset. */
  readonly position: (wallet: string, assetId: AssetId) => PositionUpdate | undefined
  /** Assets whose book is known. */
  readonly assets: () => ReadonlyArray<AssetId>
}>()("polymarket-hft/engine/StateManager") {
  /** Everything in this process. */
  static readonly layer = Layer.effect(
    StateManager,
    Effect.gen(function*() {
      const settings = yield* Settings
      const dispatcher = yield* Dispatcher
      const clock = yield* EventClock
      const workers = yield* Workers
      const state = State.empty()
      const subscription = yield* dispatcher.subscribe({
        name: "state",
        capacity: settings.queues.state,
        overflow: "conflate",
        tags,
        speakersOnly: true
      })
      yield* FiberSet.run(
        workers,
        subscription.forEach((events) => {
          for (const event of events) State.apply(state, event)
        }),
        { startImmediately: true }
      )
      const fresh = <A extends { readonly receivedAt: number }>(value: A | undefined): A | undefined =>
        value === undefined || clock.now() - value.receivedAt > State.timeToLive ? undefined : value
      const market = (conditionId: ConditionId) => state.markets.get(conditionId)
      return StateManager.of({
        price: (assetId) => fresh(state.prices.get(assetId)),
        orderBook: (assetId) => fresh(state.books.get(assetId)),
        market,
        marketOf: (assetId) => {
          const conditionId = state.marketOf.get(assetId)
          return conditionId === undefined ? undefined : market(conditionId)
        },
        position: (wallet, assetId) => state.positions.get(`${wallet} ${assetId}`),
        assets: () => [...state.books.keys()]
      })
    })
  )
}
