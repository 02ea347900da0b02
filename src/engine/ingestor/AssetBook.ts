/** What `ClobBooks.ts` keeps of one asset, and the events it makes of it. Events are unstamped. */
import { type BookChange, emptySide, type StatedTop, unstated } from "../../client/polymarket/clob/MarketMessage.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { BookHashConstants } from "../../domain/BookHash.ts"
import type { ConditionId } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { Price } from "../../domain/Price.ts"
import * as TickSize from "../../domain/TickSize.ts"
import { type FeedStatus, type OrderBookSnapshot, type PriceUpdate, unstamped } from "../MarketEvent.ts"
import type { OpenHash, TradeMemory } from "./BookIntegrity.ts"

/** As events name this source. */
export const source = "clob"

/** `absent`: no snapshot since the connection; `live`: usable; `broken`: differs from the venue's, waits for REST. */
export type Phase = "absent" | "live" | "broken"

/** `verified`: the recomputed hash equals the venue's; `unverified`: not computed, or not explained yet. */
export type Integrity = "verified" | "unverified" | "broken"

/** A change that arrived while the book was not live, with its message's time. */
export interface HeldChange {
  readonly time: number
  readonly change: BookChange
}

/** One asset's book with what is known of it. Times: `time` the venue's, the others the caller's, ms. */
export interface AssetBook {
  readonly assetId: AssetId
  readonly market: ConditionId
  readonly memory: TradeMemory
  readonly book: OrderBook.OrderBook
  phase: Phase
  integrity: Integrity
  /** The group the book is at: time and hash as the venue gave them, and the hashes before it with the same time. */
  time: number
  hash: string
  readonly earlierHashes: Array<string>
  isGroupVerified: boolean
  /** When the last change of the group came. */
  groupAt: number
  statedBid: StatedTop
  statedAsk: StatedTop
  publishedBid: StatedTop
  publishedAsk: StatedTop
  /** Hash constants as far as known. */
  tickSize: TickSize.TickSize
  minimumSize: string | undefined
  negativeRisk: boolean | undefined
  versionTwo: boolean
  readonly waiting: Array<OpenHash>
  held: Array<HeldChange>
  /** When the whole book was told last, ms. */
  toldAt: number
  /** Venue time of the last change that was held back and dropped for want of room: no older book can be completed. */
  droppedTime: number
  /** When its connection was lost last, ms: what REST was asked before is no answer any more. */
  lostAt: number
  /** True when something out of order was seen: the next group is checked whatever the hour. */
  isSuspect: boolean
  checkedAt: number
  /** When it was last known good, for the gap that may follow. */
  goodAt: number
  heardAt: number
  /** Since when frames may be missing; absent outside a gap. */
  gapFrom: number | undefined
  /** When REST may be asked again, and how often it was in this gap. */
  resyncAt: number
  resyncs: number
}

/** An asset nothing was heard of. */
export const make = (
  assetId: AssetId,
  market: ConditionId,
  memory: TradeMemory,
  tickSize: TickSize.TickSize,
  now: number
): AssetBook => ({
  assetId,
  market,
  memory,
  book: OrderBook.make(tickSize),
  phase: "absent",
  integrity: "unverified",
  time: 0,
  hash: "",
  earlierHashes: [],
  isGroupVerified: false,
  groupAt: now,
  statedBid: unstated,
  statedAsk: unstated,
  publishedBid: unstated,
  publishedAsk: unstated,
  tickSize,
  minimumSize: undefined,
  negativeRisk: undefined,
  versionTwo: false,
  waiting: [],
  held: [],
  toldAt: now,
  droppedTime: Number.NEGATIVE_INFINITY,
  lostAt: Number.NEGATIVE_INFINITY,
  isSuspect: false,
  checkedAt: Number.NEGATIVE_INFINITY,
  goodAt: now,
  heardAt: now,
  gapFrom: undefined,
  resyncAt: 0,
  resyncs: 0
})

/** Forgets the changes held back: a new gap begins, or a book came that does not need them. */
export const dropHeld = (asset: AssetBook): void => {
  asset.held = []
  asset.droppedTime = Number.NEGATIVE_INFINITY
}

/** The constants of the hash, or `undefined` while some are not known. */
export const constantsOf = (asset: AssetBook): BookHashConstants | undefined =>
  asset.minimumSize === undefined || asset.negativeRisk === undefined ? undefined : {
    market: asset.market,
    assetId: asset.assetId,
    minimumSize: asset.minimumSize,
    tickSize: TickSize.toText(asset.tickSize),
    negativeRisk: asset.negativeRisk,
    versionTwo: asset.versionTwo
  }

/** The best bid, -1 without one. */
export const bidOf = (asset: AssetBook): number => {
  const { book } = asset
  return book.bestBidAt < 0 ? emptySide : book.bestBidAt * book.tick
}

/** The best ask, -1 without one. */
export const askOf = (asset: AssetBook): number => {
  const { book } = asset
  return book.bestAskAt >= book.asks.length ? emptySide : book.bestAskAt * book.tick
}

/** True when the top of the book is what the venue states, or, where it states nothing, possible. */
export const isTopRight = (asset: AssetBook): boolean =>
  (asset.statedBid === unstated || asset.statedBid === bidOf(asset)) &&
  (asset.statedAsk === unstated || asset.statedAsk === askOf(asset)) && !OrderBook.isCrossed(asset.book)

/** The quote as it now stands. */
export const priceUpdate = (asset: AssetBook): PriceUpdate => {
  const bid = bidOf(asset)
  const ask = askOf(asset)
  const update: { -readonly [Key in keyof PriceUpdate]: PriceUpdate[Key] } = {
    _tag: "PriceUpdate",
    id: unstamped,
    time: asset.time,
    receivedAt: 0,
    source,
    assetId: asset.assetId
  }
  if (bid >= 0 && ask >= 0) update.price = Micro.format((bid + ask) / 2)
  if (bid >= 0) update.bid = Micro.formatPrice(bid as Price)
  if (ask >= 0) update.ask = Micro.formatPrice(ask as Price)
  return update
}

/** The key by which a book told twice is recognised. */
export const snapshotKey = (assetId: AssetId, time: number, hash: string): string => `book:${assetId}:${time}:${hash}`

/** The whole book as it now stands. */
export const snapshot = (asset: AssetBook): OrderBookSnapshot => ({
  _tag: "OrderBookSnapshot",
  id: unstamped,
  time: asset.time,
  receivedAt: 0,
  source,
  market: asset.market,
  assetId: asset.assetId,
  bids: OrderBook.levels(asset.book, "buy"),
  asks: OrderBook.levels(asset.book, "sell"),
  hash: asset.hash,
  tickSize: asset.tickSize,
  dedupeKey: snapshotKey(asset.assetId, asset.time, asset.hash)
})

/** A turn in what the asset's feed can be trusted with. */
export const status = (
  asset: AssetBook,
  kind: "gap" | "stale" | "resynced",
  detail: string,
  from?: number,
  to?: number
): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source,
  feed: source,
  kind,
  assetId: asset.assetId,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
  detail
})
