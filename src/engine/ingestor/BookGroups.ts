/**
 * How one asset's book moves: changes that belong to groups, whole books, and the ways a book is found broken. Part of the
 * fold of `ClobBooks.ts`, with its conventions.
 */
import { type BookChange, type BookSnapshotMessage, unstated } from "../../client/polymarket/clob/MarketMessage.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import { type MarketEvent, type OrderBookDelta, unstamped } from "../MarketEvent.ts"
import * as AssetBook from "./AssetBook.ts"
import * as BookIntegrity from "./BookIntegrity.ts"
import type { ClobBooks } from "./ClobBooks.ts"
import * as SeenKeys from "./SeenKeys.ts"

/** Least time between two hash checks of one asset's groups, ms. */
const checkEvery = 1_000

/** Most changes held back for one asset. */
const mostHeld = 2_000

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
  if (asset.held.length >= mostHeld) {
    for (const dropped of asset.held.splice(0, mostHeld / 2)) {
      asset.droppedTime = Math.max(asset.droppedTime, dropped.time)
    }
  }
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

/** Compares the book with the hash of its group. */
export const verify = (books: ClobBooks, asset: AssetBook.AssetBook, now: number): void => {
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
  AssetBook.dropHeld(asset)
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

/** Folds a whole book that a socket told. */
export const applySnapshot = (
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
  AssetBook.dropHeld(asset)
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
  asset.toldAt = now
  verify(books, asset, now)
  out.push(AssetBook.snapshot(asset))
  if (wasLost !== undefined) {
    books.counters.resynced++
    out.push(AssetBook.status(asset, "resynced", "a fresh book is in", wasLost, now))
  }
  publish(asset, out)
}

/** True when the group has not been judged and it is time to. */
export const isDue = (books: ClobBooks, asset: AssetBook.AssetBook, now: number): boolean =>
  !asset.isGroupVerified && (books.verifyBooks || asset.isSuspect || now - asset.checkedAt >= checkEvery)
