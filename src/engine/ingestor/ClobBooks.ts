/**
 * The order books of the followed assets, folded from market channel messages into events. Pure: state is changed in place,
 * times are the caller's (`now`, ms), events are unstamped and appended to `out`.
 *
 * The venue tells one change of a book in one or more messages of equal time and hash, a group. A quote is published when the
 * top of the book is what the group's messages state. A group whose end contradicts them, or whose hash no known trade
 * price explains within a second, breaks the book: a gap event, no quotes, changes held back, until a snapshot is in.
 */
import type { MarketMessage, TradeMessage } from "../../client/polymarket/clob/MarketMessage.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type * as TickSize from "../../domain/TickSize.ts"
import { type MarketEvent, unstamped } from "../MarketEvent.ts"
import * as AssetBook from "./AssetBook.ts"
import { applyChange, applySnapshot, isDue, verify } from "./BookGroups.ts"
import * as BookIntegrity from "./BookIntegrity.ts"
import * as SeenKeys from "./SeenKeys.ts"

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

/** Forgets an asset, and its market with the last of its assets. */
export const forget = (books: ClobBooks, assetId: AssetId): void => {
  const market = books.assets.get(assetId)?.market
  books.assets.delete(assetId)
  if (market === undefined) return
  for (const asset of books.assets.values()) if (asset.market === market) return
  books.memories.delete(market)
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

const lifecycle = (market: ConditionId, time: number) =>
  ({ _tag: "MarketLifecycle", id: unstamped, time, receivedAt: 0, source: AssetBook.source, market }) as const

const applyTrade = (books: ClobBooks, message: TradeMessage, now: number, out: Array<MarketEvent>): void => {
  const asset = books.assets.get(message.assetId)
  if (asset === undefined) return void books.counters.foreign++
  asset.heardAt = now
  const { market, assetId, price, side, size, time, transactionHash } = message
  const dedupeKey = `trade:${transactionHash ?? time}:${assetId}:${price}:${size}`
  const isRepeat = SeenKeys.isSeen(books.seen, dedupeKey, now)
  // A repeat is no news, but the venue may well mean it: a hash may wait for its price.
  BookIntegrity.trade(asset.memory, price, now)
  for (const other of books.assets.values()) {
    if (other.memory === asset.memory && other.waiting.length > 0) recheck(other, now)
  }
  if (isRepeat) return void books.counters.duplicates++
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
