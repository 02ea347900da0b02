/**
 * What is known now: the latest price, book, market and position of everything, as a fold over events. Changed in place by
 * `apply`; readers copy out of it.
 */
import type { AssetId } from "../domain/Asset.ts"
import type { ConditionId, Market } from "../domain/Market.ts"
import * as OrderBook from "../domain/OrderBook.ts"
import type { TickSize } from "../domain/TickSize.ts"
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
  readonly markets: Map<ConditionId, Market>
  /** Tick sizes as the CLOB told them: it knows before anybody who describes markets does. */
  readonly ticks: Map<ConditionId, TickSize>
  readonly marketOf: Map<AssetId, ConditionId>
  readonly positions: Map<string, PositionUpdate>
}

/** Nothing known. */
export const empty = (): State => ({
  prices: new Map(),
  books: new Map(),
  markets: new Map(),
  ticks: new Map(),
  marketOf: new Map(),
  positions: new Map()
})

const defaultTick: TickSize = 10_000

/** Takes an event into account. */
export const apply = (state: State, event: MarketEvent): void => {
  switch (event._tag) {
    case "PriceUpdate":
      state.prices.set(event.assetId, event)
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
      if (event.tickSize !== undefined) learnTick(state, event.market, event.tickSize)
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
      const market = state.markets.get(event.market)
      if (market === undefined) return
      if (event.kind === "tick_size_changed" && event.tickSize !== undefined) {
        learnTick(state, event.market, event.tickSize)
        for (const { assetId } of market.outcomes) {
          const entry = state.books.get(assetId)
          if (entry !== undefined && event.tickSize < entry.book.tick) OrderBook.setTick(entry.book, event.tickSize)
        }
      } else if (event.kind === "resolved" || event.kind === "closed") {
        state.markets.set(event.market, { ...market, status: later(market.status, event.kind) })
      }
      return
    }
    case "MarketMetadata":
      describe(state, event.market)
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

/** How far a market is in its life. */
const stage: Record<Market["status"], number> = { open: 0, paused: 0, closed: 1, resolved: 2 }

/** The later of two stages of a market's life: descriptions may be cached, and no market that ended opens again. */
export const later = (before: Market["status"] | undefined, after: Market["status"]): Market["status"] =>
  before !== undefined && stage[before] > stage[after] ? before : after

const describe = (state: State, market: Market): void => {
  const { conditionId } = market
  state.markets.set(conditionId, {
    ...market,
    tickSize: state.ticks.get(conditionId) ?? market.tickSize,
    status: later(state.markets.get(conditionId)?.status, market.status)
  })
}

const learnTick = (state: State, conditionId: ConditionId, tickSize: TickSize): void => {
  state.ticks.set(conditionId, tickSize)
  const market = state.markets.get(conditionId)
  if (market !== undefined && market.tickSize !== tickSize) state.markets.set(conditionId, { ...market, tickSize })
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
