/**
 * What is known now: the latest price, book, market and position of everything, as a fold over events. Changed in place by
 * `apply`; readers copy out of it.
 */
import type { AssetId } from "../domain/Asset.ts"
import type { ConditionId } from "../domain/Market.ts"
import * as OrderBook from "../domain/OrderBook.ts"
import type { TickSize } from "../domain/TickSize.ts"
import { KnownMarkets } from "./KnownMarkets.ts"
import { isBlinding } from "./MarketEvent.ts"
import type { MarketEvent, PositionUpdate, PriceUpdate } from "./MarketEvent.ts"

/** How long a value counts as known, ms: nothing outlives it. */
export const timeToLive = 15 * 60_000

/** A book with what may be believed of it. */
export interface BookState {
  readonly market: ConditionId
  /** The feed it comes from. */
  readonly source: string
  readonly book: OrderBook.OrderBook
  /** False from a gap, a stale feed or a disconnect until the next snapshot. */
  usable: boolean
  /** Event time of the last change or confirmation, ms. */
  receivedAt: number
}

/** Everything known. */
export interface State {
  readonly prices: Map<AssetId, PriceUpdate>
  readonly books: Map<AssetId, BookState>
  readonly markets: KnownMarkets
  readonly marketOf: Map<AssetId, ConditionId>
  readonly positions: Map<string, PositionUpdate>
}

/** Nothing known. */
export const empty = (): State => ({
  prices: new Map(),
  books: new Map(),
  markets: new KnownMarkets(),
  marketOf: new Map(),
  positions: new Map()
})

const defaultTick: TickSize = 10_000

/** Takes an event into account. */
export const apply = (state: State, event: MarketEvent): void => {
  switch (event._tag) {
    case "PriceUpdate":
      if (event.beside !== true) state.prices.set(event.assetId, event)
      return
    case "OrderBookSnapshot": {
      let entry = state.books.get(event.assetId)
      if (entry === undefined) {
        forgetOld(state, event.receivedAt)
        const tick = event.tickSize ?? state.markets.get(event.market)?.tickSize ?? defaultTick
        entry = { market: event.market, source: event.source, book: OrderBook.make(tick), usable: false, receivedAt: 0 }
        state.books.set(event.assetId, entry)
      }
      entry.usable = OrderBook.replace(entry.book, event.bids, event.asks)
      entry.receivedAt = event.receivedAt
      if (event.tickSize !== undefined) state.markets.learnTick(event.market, event.tickSize)
      return
    }
    case "OrderBookDelta": {
      const entry = state.books.get(event.assetId)
      if (entry === undefined || !entry.usable) return
      for (const { price, side, size } of event.changes) {
        if (!OrderBook.setLevel(entry.book, side, price, size)) entry.usable = false
      }
      entry.receivedAt = event.receivedAt
      return
    }
    case "MarketLifecycle": {
      if (event.tickSize !== undefined) {
        const market = state.markets.learnTick(event.market, event.tickSize)
        for (const { assetId } of market?.outcomes ?? []) {
          const entry = state.books.get(assetId)
          if (entry !== undefined && event.tickSize < entry.book.tick) OrderBook.setTick(entry.book, event.tickSize)
        }
      }
      if (event.kind === "resolved" || event.kind === "closed") state.markets.end(event.market, event.kind)
      return
    }
    case "MarketMetadata":
      state.markets.describe(event.market)
      for (const { assetId } of event.market.outcomes) state.marketOf.set(assetId, event.market.conditionId)
      return
    case "FeedStatus":
      if (isBlinding(event)) distrust(state, event.feed, event.assetId)
      return
    case "PositionUpdate":
      state.positions.set(`${event.wallet} ${event.assetId}`, event)
      return
    default:
      return
  }
}

/** Lets go of prices and books that count as unknown anyway: markets come and go while an engine runs. */
const forgetOld = (state: State, now: number): void => {
  for (const known of [state.prices, state.books]) {
    for (const [assetId, { receivedAt }] of known) if (now - receivedAt > timeToLive) known.delete(assetId)
  }
}

/** Books of a feed are not to be used until their next snapshot: one, or all of them. */
const distrust = (state: State, feed: string, assetId: AssetId | undefined): void => {
  for (const [id, entry] of state.books) {
    if (entry.source === feed && (assetId === undefined || assetId === id)) entry.usable = false
  }
}
