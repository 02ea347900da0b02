/**
 * The state of one token's order book as the venue writes it, and the hash over it.
 * Texts are kept exactly as on the wire, because the hash is taken over them: SHA-1 of the compact JSON with an empty
 * "hash". Levels run from worst to best: bids ascending, asks descending.
 * @see https://docs.polymarket.com/market-data/prices-order-books
 */
import { hash } from "node:crypto"

/** One book at one moment; `bids` and `asks` are JSON arrays as text. */
export interface BookSummary {
  readonly market: string
  readonly assetId: string
  /** Milliseconds, as text. */
  readonly timestamp: string
  /** 40 lower case hex digits. */
  readonly hash: string
  readonly bids: string
  readonly asks: string
  readonly minimumSize: string
  readonly tickSize: string
  readonly negativeRisk: boolean
  /** "" before the first trade of the market. */
  readonly lastTradePrice: string
  readonly version: "v1" | "v2"
}

/** The answer of `GET /book`, key order as the venue's; with hash "" it is what the hash is taken over. */
export const summaryText = (book: BookSummary, hashText: string = book.hash): string =>
  `{"market":"${book.market}","asset_id":"${book.assetId}","timestamp":"${book.timestamp}","hash":"${hashText}",` +
  `"bids":${book.bids},"asks":${book.asks},"min_order_size":"${book.minimumSize}","tick_size":"${book.tickSize}",` +
  `"neg_risk":${book.negativeRisk ? "true" : "false"},"last_trade_price":"${book.lastTradePrice}"` +
  `${book.version === "v2" ? ",\"version\":\"v2\"" : ""}}`

/** The hash that belongs to a book. */
export const hashOf = (book: BookSummary): string => hash("sha1", summaryText(book, ""), "hex")

/** The member of the first array frame after a subscription: no minimum size, no neg-risk flag. */
export const dumpText = (book: BookSummary): string =>
  `{"market":"${book.market}","asset_id":"${book.assetId}","timestamp":"${book.timestamp}","hash":"${book.hash}",` +
  `"bids":${book.bids},"asks":${book.asks},"tick_size":"${book.tickSize}","event_type":"book",` +
  `"last_trade_price":"${book.lastTradePrice}"${book.version === "v2" ? ",\"version\":\"v2\"" : ""}}`

/** The array frame that answers a subscription: compact, with a final newline. */
export const dumpFrame = (books: ReadonlyArray<BookSummary>): string => `[${books.map(dumpText).join(",")}]\n`
