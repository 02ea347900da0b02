/**
 * From wire shapes to `MarketMessage`: texts become ids, millionths and times, each checked once. Pure. What does not fit
 * is a `Malformed` value, never an exception.
 */
import type { AssetId } from "../../../domain/Asset.ts"
import type { Level } from "../../../domain/Level.ts"
import { type ConditionId, conditionIdFromText } from "../../../domain/Market.ts"
import * as Price from "../../../domain/Price.ts"
import * as Size from "../../../domain/Size.ts"
import * as TickSize from "../../../domain/TickSize.ts"
import type { OrderBookSummary, WireLevel } from "./BookSchema.ts"
import type { BookMessage, MarketChannelMessage, PriceChange } from "./MarketChannelSchema.ts"
import { type BookChange, type BookSnapshotMessage, emptySide, type MarketMessage, unstated } from "./MarketMessage.ts"
import type { StatedTop } from "./MarketMessage.ts"

/** A text that does not mean what its field should. */
export class Misfit {
  readonly issue: string
  constructor(issue: string) {
    this.issue = issue
  }
}

const assetPattern = /^\d{1,78}$/
const hashPattern = /^[0-9a-f]{40}$/
const timePattern = /^(?:0|[1-9]\d{0,15})$/
const latestTime = 8_640_000_000_000_000

/** Reads a token id; `undefined` when it is not up to 78 digits. */
export const assetOf = (text: string): AssetId | undefined => assetPattern.test(text) ? text as AssetId : undefined

const timeOf = (text: string): number | undefined => {
  if (!timePattern.test(text)) return undefined
  const time = Number(text)
  return time <= latestTime ? time : undefined
}

const levelsOf = (wire: ReadonlyArray<WireLevel>): Array<Level> | undefined => {
  const levels: Array<Level> = []
  for (const { price, size } of wire) {
    const level = { price: Price.fromText(price), size: Size.fromText(size) }
    if (level.price === undefined || level.size === undefined) return undefined
    levels.push(level as Level)
  }
  return levels
}

/** The bid the venue states: "" and "0" stand for an empty side. `undefined` when the text is no price. */
const statedBid = (text: string | undefined): StatedTop | undefined => {
  if (text === undefined) return unstated
  if (text === "") return emptySide
  const price = Price.fromText(text)
  return price === 0 ? emptySide : price
}

/** The ask the venue states: "", "0" and "1" stand for an empty side. `undefined` when the text is no price. */
const statedAsk = (text: string | undefined): StatedTop | undefined => {
  if (text === undefined) return unstated
  if (text === "") return emptySide
  const price = Price.fromText(text)
  return price === 0 || price === 1_000_000 ? emptySide : price
}

const tickOf = (text: string | undefined): TickSize.TickSize | undefined | false => {
  if (text === undefined || text === "") return undefined
  return TickSize.fromText(text) ?? false
}

const book = (
  wire: BookMessage | OrderBookSummary,
  market: ConditionId,
  time: number,
  minimumSize: string | undefined,
  negativeRisk: boolean | undefined
): BookSnapshotMessage | Misfit => {
  const assetId = assetOf(wire.asset_id)
  if (assetId === undefined) return new Misfit("asset_id")
  if (!hashPattern.test(wire.hash)) return new Misfit("hash")
  const bids = levelsOf(wire.bids)
  const asks = levelsOf(wire.asks)
  if (bids === undefined || asks === undefined) return new Misfit("levels")
  const tickSize = tickOf(wire.tick_size)
  if (tickSize === false) return new Misfit("tick_size")
  return {
    kind: "book",
    market,
    assetId,
    time,
    hash: wire.hash,
    bids,
    asks,
    tickSize,
    lastTradePrice: wire.last_trade_price,
    versionTwo: wire.version === "v2" ? true : tickSize === undefined ? undefined : false,
    minimumSize,
    negativeRisk
  }
}

const change = (wire: PriceChange): BookChange | Misfit => {
  const assetId = assetOf(wire.asset_id)
  if (assetId === undefined) return new Misfit("asset_id")
  const price = Price.fromText(wire.price)
  if (price === undefined) return new Misfit("price")
  const size = Size.fromText(wire.size)
  if (size === undefined) return new Misfit("size")
  if (!hashPattern.test(wire.hash)) return new Misfit("hash")
  const bestBid = statedBid(wire.best_bid)
  const bestAsk = statedAsk(wire.best_ask)
  if (bestBid === undefined || bestAsk === undefined) return new Misfit("best_bid, best_ask")
  return { assetId, side: wire.side === "BUY" ? "buy" : "sell", price, size, hash: wire.hash, bestBid, bestAsk }
}

/** Translates a book read over REST. */
export const translateSummary = (wire: OrderBookSummary): BookSnapshotMessage | Misfit => {
  const market = conditionIdFromText(wire.market)
  if (market === undefined) return new Misfit("market")
  const time = timeOf(wire.timestamp)
  if (time === undefined) return new Misfit("timestamp")
  return book(wire, market, time, wire.min_order_size, wire.neg_risk)
}

/** Translates a message of the market channel. */
export const translateMessage = (wire: MarketChannelMessage): MarketMessage | Misfit => {
  const market = conditionIdFromText(wire.market)
  if (market === undefined) return new Misfit("market")
  const time = timeOf(wire.timestamp)
  if (time === undefined) return new Misfit("timestamp")
  switch (wire.event_type) {
    case "book":
      return book(wire, market, time, undefined, undefined)
    case "price_change": {
      const changes: Array<BookChange> = []
      for (const one of wire.price_changes) {
        const translated = change(one)
        if (translated instanceof Misfit) return translated
        changes.push(translated)
      }
      return { kind: "changes", market, time, changes }
    }
    case "last_trade_price": {
      const assetId = assetOf(wire.asset_id)
      const price = Price.fromText(wire.price)
      const size = Size.fromText(wire.size)
      if (assetId === undefined || price === undefined || size === undefined) {
        return new Misfit("asset_id, price or size")
      }
      const transactionHash = wire.transaction_hash === "" ? undefined : wire.transaction_hash
      return {
        kind: "trade",
        market,
        assetId,
        time,
        side: wire.side === "BUY" ? "buy" : "sell",
        price,
        size,
        transactionHash
      }
    }
    case "tick_size_change": {
      const assetId = assetOf(wire.asset_id)
      const tickSize = TickSize.fromText(wire.new_tick_size)
      if (assetId === undefined || tickSize === undefined) return new Misfit("asset_id or new_tick_size")
      return { kind: "tick", market, assetId, time, tickSize }
    }
    case "best_bid_ask": {
      const assetId = assetOf(wire.asset_id)
      return assetId === undefined ? new Misfit("asset_id") : { kind: "top", assetId }
    }
    case "new_market":
    case "market_resolved": {
      const assetIds: Array<AssetId> = []
      for (const text of wire.assets_ids ?? []) {
        const assetId = assetOf(text)
        if (assetId === undefined) return new Misfit("assets_ids")
        assetIds.push(assetId)
      }
      if (wire.event_type === "new_market") {
        return { kind: "created", market, time, assetIds, winningAssetId: undefined }
      }
      const winner = wire.winning_asset_id ?? ""
      const winningAssetId = winner === "" ? undefined : assetOf(winner)
      if (winner !== "" && winningAssetId === undefined) return new Misfit("winning_asset_id")
      return { kind: "resolved", market, time, assetIds, winningAssetId }
    }
  }
}
