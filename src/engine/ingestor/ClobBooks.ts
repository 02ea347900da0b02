/**
 * The order books of the followed assets, folded from market channel messages into events. Pure: state is changed in place,
 * times are the caller's (`now`, ms), events are unstamped and appended to `out`.
 *
 * The venue tells one change of a book in one or more messages of equal time and hash, a group. A quote is published when the
 * top of the book is what the group's messages state. A group whose end contradicts them, or whose hash no known trade
 * price explains within a second, breaks the book: a gap event, no quotes, changes held back, until a snapshot is in.
 */
import {
  type BookChange,
  type BookSnapshotMessage,
  type MarketMessage,
  type TradeMessage,
  unstated
} from "../../client/polymarket/clob/MarketMessage.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type * as TickSize from "../../domain/TickSize.ts"
import { type MarketEvent, type OrderBookDelta, unstamped } from "../MarketEvent.ts"
import * as AssetBook from "./AssetBook.ts"
import * as BookIntegrity from "./BookIntegrity.ts"
import * as SeenKeys from "./SeenKeys.ts"

/** Least time between two hash checks of one asset's groups, ms. */
const checkEvery = 1_000

/** Most changes held back for one asset. */
const mostHeld = 2_000

/** What was counted. */
export interface BookCounters {
  /** Hash comparisons. */
  checked: number
  /** Books found broken. */
  mismatched: number
  /** Books made whole again after a gap. */
  resynced: number
  gaps: number
  stale: number
  /** Messages that told nothing new: repeats, and what came after something newer. */
  duplicates: number
  /** Messages about assets that are not followed. */
  foreign: number
}

/** All books. */
export interface ClobBooks {
  readonly assets: Map<AssetId, AssetBook.AssetBook>
  readonly memories: Map<ConditionId, BookIntegrity.TradeMemory>
  readonly seen: SeenKeys.SeenKeys
  readonly counters: BookCounters
  /** Check the hash of every group. */
  readonly verifyBooks: boolean
}

/** No books yet. */
export const make = (options: { readonly verifyBooks: boolean }): ClobBooks => ({
  assets: new Map(),
  memories: new Map(),
  seen: SeenKeys.make(),
  counters: { checked: 0, mismatched: 0, resynced: 0, gaps: 0, stale: 0, duplicates: 0, foreign: 0 },
  verifyBooks: options.verifyBooks
})

/** Follows the outcomes of a market; those followed already keep their books. */
export const follow = (books: ClobBooks, market: Market, now: number): void => {
  let memory = books.memories.get(market.conditionId)
  if (memory === undefined) books.memories.set(market.conditionId, memory = BookIntegrity.makeMemory())
  for (const { assetId } of market.outcomes) {
    if (books.assets.has(assetId)) continue
    const asset = AssetBook.make(assetId, market.conditionId, memory, market.tickSize, now)
    asset.minimumSize = Micro.format(market.minimumSize)
    asset.negativeRisk = market.negativeRisk
    asset.versionTwo = market.version === "v2"
    books.assets.set(assetId, asset)
  }
}

/** Forgets an asset. */
export const forget = (books: ClobBooks, assetId: AssetId): void => {
  books.assets.delete(assetId)
}

/** Folds one message. */
export const apply = (books: ClobBooks, message: MarketMessage, now: number, out: Array<MarketEvent>): void => {
  switch (message.kind) {
    case "changes":
      for (const change of message.changes) {
        const asset = books.assets.get(change.assetId)
        if (asset === undefined) books.counters.foreign++
        else applyChange(books, asset, change, message.time, now, out)
      }
      return
    case "book": {
      const asset = books.assets.get(message.assetId)
      if (asset === undefined) books.counters.foreign++
      else applySnapshot(books, asset, message, now, out)
      return
    }
    case "trade":
      return applyTrade(books, message, now, out)
    case "tick": {
      const asset = books.assets.get(message.assetId)
      if (asset === undefined) return void books.counters.foreign++
      asset.heardAt = now
      changeTick(books, asset, message.tickSize, now)
      out.push({
        ...lifecycle(message.market, message.time),
        kind: "tick_size_changed",
        assetId: message.assetId,
        tickSize: message.tickSize
      })
      return
    }
    case "top": {
      const asset = books.assets.get(message.assetId)
      if (asset !== undefined) asset.heardAt = now
      return
    }
    case "created":
      return void out.push({ ...lifecycle(message.market, message.time), kind: "created" })
    case "resolved":
      if (!books.memories.has(message.market)) return void books.counters.foreign++
      return void out.push({
        ...lifecycle(message.market, message.time),
        kind: "resolved",
        ...(message.winningAssetId === undefined ? {} : { winningAssetId: message.winningAssetId })
      })
  }
}

/** The tick is part of the hash: the group so far is judged by the old one, hashes that wait may have been made with the new. */
const changeTick = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  tickSize: TickSize.TickSize,
  now: number
): void => {
  if (asset.phase === "live" && AssetBook.isTopRight(asset)) {
    if (isDue(books, asset, now)) verify(books, asset, now)
    asset.isGroupVerified = true
  }
  BookIntegrity.retick(asset.memory, asset.waiting, asset.tickSize, tickSize, now)
  asset.tickSize = tickSize
  OrderBook.setTick(asset.book, tickSize)
}

const isDue = (books: ClobBooks, asset: AssetBook.AssetBook, now: number): boolean =>
  !asset.isGroupVerified && (books.verifyBooks || asset.isSuspect || now - asset.checkedAt >= checkEvery)

const lifecycle = (market: ConditionId, time: number) =>
  ({ _tag: "MarketLifecycle", id: unstamped, time, receivedAt: 0, source: AssetBook.source, market }) as const

const applyTrade = (books: ClobBooks, message: TradeMessage, now: number, out: Array<MarketEvent>): void => {
  const asset = books.assets.get(message.assetId)
  if (asset === undefined) return void books.counters.foreign++
  asset.heardAt = now
  const { market, assetId, price, side, size, time, transactionHash } = message
  const dedupeKey = `trade:${transactionHash ?? time}:${assetId}:${price}:${size}`
  if (SeenKeys.isSeen(books.seen, dedupeKey, now)) return void books.counters.duplicates++
  BookIntegrity.trade(asset.memory, price, now)
  for (const other of books.assets.values()) {
    if (other.memory === asset.memory && other.waiting.length > 0) recheck(other, now)
  }
  out.push({
    _tag: "Trade",
    id: unstamped,
    time,
    receivedAt: 0,
    source: AssetBook.source,
    market,
    assetId,
    side,
    price,
    size,
    ...(transactionHash === undefined ? {} : { transactionHash }),
    dedupeKey
  })
}

const recheck = (asset: AssetBook.AssetBook, now: number): void => {
  if (!BookIntegrity.retry(asset.memory, asset.waiting, now)) return
  if (asset.waiting.length === 0 && asset.phase === "live") asset.goodAt = now
}

/** Folds one changed level. */
export const applyChange = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  change: BookChange,
  time: number,
  now: number,
  out: Array<MarketEvent>
): void => {
  asset.heardAt = now
  if (asset.phase !== "live") return hold(asset, change, time)
  if (time < asset.time) {
    books.counters.duplicates++
    asset.isSuspect = true
    return
  }
  if (change.hash !== asset.hash || time !== asset.time) {
    if (time === asset.time && asset.earlierHashes.includes(change.hash)) return void books.counters.duplicates++
    closeGroup(books, asset, now, out)
    // Closing may have broken the book.
    if ((asset.phase as AssetBook.Phase) !== "live") return hold(asset, change, time)
    if (time === asset.time) asset.earlierHashes.push(asset.hash)
    else asset.earlierHashes.length = 0
    asset.time = time
    asset.hash = change.hash
    asset.isGroupVerified = false
  }
  asset.groupAt = now
  asset.statedBid = change.bestBid
  asset.statedAsk = change.bestAsk
  if (OrderBook.sizeAt(asset.book, change.side, change.price) === change.size) books.counters.duplicates++
  else {
    if (!OrderBook.setLevel(asset.book, change.side, change.price, change.size)) {
      return breakBook(books, asset, "a price that fits no tick", now, out)
    }
    asset.isGroupVerified = false
    out.push(delta(asset, change))
  }
  publish(asset, out)
}

const hold = (asset: AssetBook.AssetBook, change: BookChange, time: number): void => {
  if (asset.held.length >= mostHeld) asset.held.splice(0, mostHeld / 2)
  asset.held.push({ time, change })
}

const delta = (asset: AssetBook.AssetBook, change: BookChange): OrderBookDelta => {
  const { book } = asset
  const event: { -readonly [Key in keyof OrderBookDelta]: OrderBookDelta[Key] } = {
    _tag: "OrderBookDelta",
    id: unstamped,
    time: asset.time,
    receivedAt: 0,
    source: AssetBook.source,
    market: asset.market,
    assetId: asset.assetId,
    changes: [{ side: change.side, price: change.price, size: change.size }],
    hash: change.hash
  }
  const bestBid = OrderBook.bestBid(book)
  if (bestBid !== undefined) {
    event.bestBid = bestBid
    event.bidSize = OrderBook.bidSize(book)
  }
  const bestAsk = OrderBook.bestAsk(book)
  if (bestAsk !== undefined) {
    event.bestAsk = bestAsk
    event.askSize = OrderBook.askSize(book)
  }
  return event
}

/** Tells the quote when it is new and the group is complete as far as the top goes. */
const publish = (asset: AssetBook.AssetBook, out: Array<MarketEvent>): void => {
  const bid = AssetBook.bidOf(asset)
  const ask = AssetBook.askOf(asset)
  if ((bid === asset.publishedBid && ask === asset.publishedAsk) || !AssetBook.isTopRight(asset)) return
  asset.publishedBid = bid
  asset.publishedAsk = ask
  out.push(AssetBook.priceUpdate(asset))
}

/** Ends the group the book is at: now its top has to be right, and its hash is checked when it is time. */
export const closeGroup = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  now: number,
  out: Array<MarketEvent>
): void => {
  if (!AssetBook.isTopRight(asset)) return breakBook(books, asset, "best prices differ from the venue's", now, out)
  if (BookIntegrity.isHopeless(asset.waiting, now)) return breakBook(books, asset, "the hash differs", now, out)
  if (isDue(books, asset, now)) verify(books, asset, now)
}

const verify = (books: ClobBooks, asset: AssetBook.AssetBook, now: number): void => {
  const constants = AssetBook.constantsOf(asset)
  asset.checkedAt = now
  asset.isSuspect = false
  asset.isGroupVerified = true
  if (constants === undefined) return
  const verdict = BookIntegrity.check(
    asset.book,
    constants,
    asset.time,
    asset.hash,
    asset.memory,
    asset.waiting,
    now
  )
  if (verdict !== "unknown") books.counters.checked++
  asset.integrity = verdict === "verified" ? "verified" : "unverified"
  if (verdict === "verified") asset.goodAt = now
}

/** Marks a book that is not the venue's. */
export const breakBook = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  why: string,
  now: number,
  out: Array<MarketEvent>
): void => {
  books.counters.mismatched++
  asset.integrity = "broken"
  openGap(books, asset, "broken", why, asset.goodAt, now, out)
}

/** Makes a book unusable from now on; `from` is since when changes may be missing. */
export const openGap = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  phase: AssetBook.Phase,
  why: string,
  from: number,
  now: number,
  out: Array<MarketEvent>
): void => {
  const isNew = asset.gapFrom === undefined && asset.phase === "live"
  asset.phase = phase
  asset.held = []
  asset.waiting.length = 0
  asset.publishedBid = unstated
  asset.publishedAsk = unstated
  if (!isNew) return
  asset.gapFrom = from
  books.counters.gaps++
  out.push(AssetBook.status(asset, "gap", why, from, now))
}

/** Takes over what a book says beside its levels. */
export const learn = (asset: AssetBook.AssetBook, message: BookSnapshotMessage, now: number): void => {
  if (message.tickSize !== undefined) asset.tickSize = message.tickSize
  if (message.versionTwo !== undefined) asset.versionTwo = message.versionTwo
  if (message.minimumSize !== undefined) asset.minimumSize = message.minimumSize
  if (message.negativeRisk !== undefined) asset.negativeRisk = message.negativeRisk
  if (message.lastTradePrice !== undefined) BookIntegrity.tell(asset.memory, message.lastTradePrice, now)
}

const applySnapshot = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  message: BookSnapshotMessage,
  now: number,
  out: Array<MarketEvent>
): void => {
  asset.heardAt = now
  if (asset.phase !== "absent") {
    const isOld = message.time < asset.time ||
      (message.time === asset.time && asset.earlierHashes.includes(message.hash))
    const key = AssetBook.snapshotKey(asset.assetId, message.time, message.hash)
    if (isOld || (asset.phase === "live" && SeenKeys.isSeen(books.seen, key, now))) {
      books.counters.duplicates++
      return
    }
  }
  asset.held = []
  replace(books, asset, message, now, out)
}

/** Takes a whole book for the truth. */
export const replace = (
  books: ClobBooks,
  asset: AssetBook.AssetBook,
  message: BookSnapshotMessage,
  now: number,
  out: Array<MarketEvent>
): void => {
  learn(asset, message, now)
  if (asset.book.tick !== asset.tickSize) Object.assign(asset.book, OrderBook.make(asset.tickSize))
  if (!OrderBook.replace(asset.book, message.bids, message.asks)) {
    return breakBook(books, asset, "a price that fits no tick", now, out)
  }
  if (message.time === asset.time && message.hash !== asset.hash) asset.earlierHashes.push(asset.hash)
  else if (message.time !== asset.time) asset.earlierHashes.length = 0
  SeenKeys.isSeen(books.seen, AssetBook.snapshotKey(asset.assetId, message.time, message.hash), now)
  const wasLost = asset.gapFrom
  asset.time = message.time
  asset.hash = message.hash
  asset.phase = "live"
  asset.gapFrom = undefined
  asset.statedBid = unstated
  asset.statedAsk = unstated
  asset.groupAt = now
  asset.goodAt = now
  verify(books, asset, now)
  out.push(AssetBook.snapshot(asset))
  if (wasLost !== undefined) {
    books.counters.resynced++
    out.push(AssetBook.status(asset, "resynced", "a fresh book is in", wasLost, now))
  }
  publish(asset, out)
}
