/**
 * How books of `ClobBooks.ts` are found to be wrong or lost apart from the messages themselves, and made right again: books read
 * over REST, lost connections, silence, and what time ends. Pure, like the fold it belongs to.
 */
import { type BookSnapshotMessage } from "../../client/polymarket/clob/MarketMessage.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { Level } from "../../domain/Level.ts"
import * as Micro from "../../domain/Micro.ts"
import type { Side } from "../../domain/Order.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import * as AssetBook from "./AssetBook.ts"
import { applyChange, breakBook, closeGroup, learn, openGap, replace } from "./BookGroups.ts"
import * as BookIntegrity from "./BookIntegrity.ts"
import type { ClobBooks } from "./ClobBooks.ts"

/** A group that went quiet this long is complete, ms. */
const quiet = 1_000

/** Least time between two REST resyncs of one asset, doubled with each in vain up to the longest, ms. */
const resyncEvery = 5_000
const longestResync = 60_000

/** Takes note of constants and the previous trade price from a book read over REST, not of its levels. */
export const learnConstants = (books: ClobBooks, message: BookSnapshotMessage, now: number): void => {
  const asset = books.assets.get(message.assetId)
  if (asset === undefined) return
  if (asset.time > message.time) learn(asset, { ...message, lastTradePrice: undefined, tickSize: undefined }, now)
  else learn(asset, message, now)
}

/** A book that stands is told again this often, ms: what was told longer ago than a quarter of an hour counts as unknown. */
const confirmEvery = 5 * 60_000

/** Tells a book again that has been told long ago and is known to stand: its socket speaks of it, or REST agrees. */
export const confirm = (books: ClobBooks, assetId: AssetId, now: number, out: Array<MarketEvent>): void => {
  const asset = books.assets.get(assetId)
  if (asset === undefined || asset.phase !== "live" || now - asset.toldAt < confirmEvery) return
  asset.toldAt = now
  const { dedupeKey: _, ...again } = AssetBook.snapshot(asset)
  out.push(again)
  if (AssetBook.isTopRight(asset)) out.push(AssetBook.priceUpdate(asset))
}

/**
 * Folds a book that REST was asked for at `askedAt` into an asset that has none or a broken one, and then the changes held
 * back since. An answer from before the last lost connection, or from before a change that is gone, is of no use.
 */
export const heal = (
  books: ClobBooks,
  message: BookSnapshotMessage,
  askedAt: number,
  now: number,
  out: Array<MarketEvent>
): void => {
  const asset = books.assets.get(message.assetId)
  if (asset === undefined || asset.phase === "live") return
  if (askedAt <= asset.lostAt || message.time < asset.droppedTime) return
  if (asset.phase === "broken" && message.time < asset.time) return
  const held = asset.held
  AssetBook.dropHeld(asset)
  replace(books, asset, message, now, out)
  let from = held.findLastIndex(({ change, time }) => time === message.time && change.hash === message.hash) + 1
  if (from === 0) { while (from < held.length && (held[from] as AssetBook.HeldChange).time <= message.time) from++ }
  for (const { change, time } of held.slice(from)) applyChange(books, asset, change, time, now, out)
}

/** What an asset's silence means, given a book read over REST: true when REST knows of changes the socket did not tell. */
export const isBehind = (books: ClobBooks, message: BookSnapshotMessage): boolean => {
  const asset = books.assets.get(message.assetId)
  if (asset === undefined || asset.phase !== "live" || message.time < asset.time) return false
  if (message.time === asset.time && asset.earlierHashes.includes(message.hash)) return false
  return !hasLevels(asset.book, "buy", message.bids) || !hasLevels(asset.book, "sell", message.asks)
}

/** True when a book read over REST is the one that stands, not an older one. */
export const agrees = (books: ClobBooks, message: BookSnapshotMessage): boolean => {
  const asset = books.assets.get(message.assetId)
  return asset !== undefined && message.time >= asset.time && !isBehind(books, message)
}

const hasLevels = (book: OrderBook.OrderBook, side: Side, levels: ReadonlyArray<Level>): boolean =>
  levels.every(({ price, size }) => OrderBook.sizeAt(book, side, price) === size) &&
  OrderBook.levels(book, side).length === levels.length

/** Marks an asset stale: the venue has newer data than its socket tells. It then waits for `heal`. */
export const markStale = (books: ClobBooks, assetId: AssetId, now: number, out: Array<MarketEvent>): void => {
  const asset = books.assets.get(assetId)
  if (asset === undefined || asset.phase !== "live") return
  books.counters.stale++
  out.push(AssetBook.status(asset, "stale", "the venue has newer data", asset.heardAt, now))
  openGap(books, asset, "broken", "the feed fell silent", asset.heardAt, now, out)
}

/** The connection of these assets is gone: until a snapshot comes, their books cannot be used. */
export const lose = (
  books: ClobBooks,
  assetIds: Iterable<AssetId>,
  from: number,
  why: string,
  now: number,
  out: Array<MarketEvent>
): void => {
  for (const assetId of assetIds) {
    const asset = books.assets.get(assetId)
    if (asset === undefined) continue
    openGap(books, asset, "absent", why, from, now, out)
    asset.heardAt = now
    asset.lostAt = now
  }
}

/** Ends what time ends: quiet groups are closed, hashes that waited in vain break their book. Call once a second. */
export const settle = (books: ClobBooks, now: number, out: Array<MarketEvent>): void => {
  for (const asset of books.assets.values()) {
    if (asset.phase !== "live") continue
    if (BookIntegrity.isHopeless(asset.waiting, now)) breakBook(books, asset, "the hash differs", now, out)
    else if (now - asset.groupAt >= quiet) closeGroup(books, asset, now, out)
    if (asset.heardAt > asset.toldAt) confirm(books, asset.assetId, now, out)
  }
}

/** The broken assets for which REST may be asked now; each is then left alone for a while. */
export const takeResyncs = (books: ClobBooks, now: number): Array<AssetId> => {
  const wanted: Array<AssetId> = []
  for (const asset of books.assets.values()) {
    if (asset.phase === "live") {
      if (now >= asset.resyncAt) asset.resyncs = 0
      continue
    }
    if (asset.phase !== "broken" || now < asset.resyncAt) continue
    asset.resyncAt = now + Math.min(longestResync, resyncEvery * 2 ** asset.resyncs)
    asset.resyncs++
    wanted.push(asset.assetId)
  }
  return wanted
}

/** The books in a run's summary, at most `limit`: levels as wire texts, worst to best. */
export const final = (books: ClobBooks, limit = 20): Record<string, FinalBook> => {
  const found: Record<string, FinalBook> = {}
  let count = 0
  for (const asset of books.assets.values()) {
    if (asset.phase !== "live" || count++ >= limit) continue
    found[asset.assetId] = {
      timestamp: String(asset.time),
      hash: asset.hash,
      bids: levelTexts(asset, "buy"),
      asks: levelTexts(asset, "sell")
    }
  }
  return found
}

/** One book of a run's summary; `hash` is the venue's for exactly these levels at this time. */
export interface FinalBook {
  readonly timestamp: string
  readonly hash: string
  readonly bids: ReadonlyArray<{ readonly price: string; readonly size: string }>
  readonly asks: ReadonlyArray<{ readonly price: string; readonly size: string }>
}

const levelTexts = (asset: AssetBook.AssetBook, side: "buy" | "sell") =>
  OrderBook.levels(asset.book, side).reverse().map(({ price, size }) => ({
    price: Micro.formatPrice(price) as string,
    size: Micro.format(size) as string
  }))
