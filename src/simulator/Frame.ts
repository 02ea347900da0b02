/**
 * Frames of the market channel as the venue writes them after the first dump: ", " between members, no space after
 * colons, the key order of live captures.
 * @see https://docs.polymarket.com/api-reference/wss/market
 */
import type { BookSummary } from "./BookSummary.ts"

/** One frame, serialised once, with the tokens it speaks of. */
export interface Frame {
  readonly text: string
  /** A subscriber of any of these gets the frame; empty: every subscriber does. */
  readonly assetIds: ReadonlyArray<string>
  /** True for frames that only sockets with `custom_feature_enabled` get. */
  readonly custom: boolean
  /** The whole frame is an array of messages, of which a subscriber gets the ones of its tokens. */
  readonly array?: true
}

/** The new total at one price of one token, and what the book looks like after the whole change. */
export interface PriceChange {
  readonly assetId: string
  readonly price: string
  readonly size: string
  readonly side: "BUY" | "SELL"
  readonly hash: string
  readonly bestBid: string
  readonly bestAsk: string
}

const priceChangeText = (change: PriceChange): string =>
  `{"asset_id":"${change.assetId}", "price":"${change.price}", "size":"${change.size}", "side":"${change.side}", ` +
  `"hash":"${change.hash}", "best_bid":"${change.bestBid}", "best_ask":"${change.bestAsk}"}`

/** Some levels of both tokens of a market. */
export const priceChangeFrame = (
  market: string,
  assetIds: ReadonlyArray<string>,
  changes: ReadonlyArray<PriceChange>,
  timestamp: number
): Frame => ({
  text: `{"market":"${market}", "price_changes":[${changes.map(priceChangeText).join(", ")}], ` +
    `"timestamp":"${timestamp}", "event_type":"price_change"}`,
  assetIds,
  custom: false
})

const spaced = (levels: string): string => levels.replaceAll("\",\"", "\", \"").replaceAll("},{", "}, {")

/** The whole book of one token, sent after a match. */
export const bookFrame = (book: BookSummary): Frame => ({
  text: `{"market":"${book.market}", "asset_id":"${book.assetId}", "bids":${spaced(book.bids)}, ` +
    `"asks":${spaced(book.asks)}, "hash":"${book.hash}", "timestamp":"${book.timestamp}", "event_type":"book"}`,
  assetIds: [book.assetId],
  custom: false
})

/** A match, told by the token the taker traded. */
export const lastTradeFrame = (trade: {
  readonly market: string
  readonly assetId: string
  readonly price: string
  readonly size: string
  readonly side: "BUY" | "SELL"
  readonly timestamp: number
  readonly transactionHash: string
}): Frame => ({
  text: `{"market":"${trade.market}", "asset_id":"${trade.assetId}", "price":"${trade.price}", ` +
    `"size":"${trade.size}", "fee_rate_bps":"0", "side":"${trade.side}", "timestamp":"${trade.timestamp}", ` +
    `"event_type":"last_trade_price", "transaction_hash":"${trade.transactionHash}"}`,
  assetIds: [trade.assetId],
  custom: false
})

/** A finer or coarser tick, told for each token. */
export const tickSizeFrame = (
  market: string,
  assetId: string,
  oldTick: string,
  newTick: string,
  timestamp: number
): Frame => ({
  text: `{"market":"${market}", "asset_id":"${assetId}", "old_tick_size":"${oldTick}", ` +
    `"new_tick_size":"${newTick}", "timestamp":"${timestamp}", "event_type":"tick_size_change"}`,
  assetIds: [assetId],
  custom: false
})

/** A new top of one token's book. */
export const bestBidAskFrame = (
  market: string,
  assetId: string,
  bestBid: string,
  bestAsk: string,
  spread: string,
  timestamp: number
): Frame => ({
  text: `{"market":"${market}", "asset_id":"${assetId}", "best_bid":"${bestBid}", "best_ask":"${bestAsk}", ` +
    `"spread":"${spread}", "timestamp":"${timestamp}", "event_type":"best_bid_ask"}`,
  assetIds: [assetId],
  custom: true
})

/** An announcement to every subscriber, compact as the venue writes these. */
export const customFrame = (message: Readonly<Record<string, unknown>>): Frame => ({
  text: JSON.stringify(message),
  assetIds: [],
  custom: true
})

/** What an array or price change frame looks like to a subscriber of some of its tokens; `undefined`: nothing left. */
export const restrict = (frame: Frame, wanted: (assetId: string) => boolean): string | undefined => {
  if (frame.assetIds.every(wanted)) return frame.text
  if (!frame.assetIds.some(wanted)) return undefined
  const message: unknown = JSON.parse(frame.text)
  if (Array.isArray(message)) {
    const kept = message.filter((one: { readonly asset_id?: string }) => wanted(String(one.asset_id)))
    return kept.length === 0 ? undefined : `${JSON.stringify(kept)}\n`
  }
  const { price_changes, ...rest } = message as {
    readonly price_changes?: ReadonlyArray<{ readonly asset_id: string }>
  }
  if (price_changes === undefined) return frame.text
  return JSON.stringify({ ...rest, price_changes: price_changes.filter((one) => wanted(one.asset_id)) })
}
