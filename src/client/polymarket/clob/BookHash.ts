/**
 * The venue's book hash: SHA-1, lower hex, of the preimage that `domain/BookHash.ts` writes.
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import { hash } from "node:crypto"
import { type BookHashConstants, preimage } from "../../../domain/BookHash.ts"
import type { OrderBook } from "../../../domain/OrderBook.ts"

/** The hash of a preimage, 40 hex digits. */
export const hashOf = (text: string): string => hash("sha1", text)

/** The hash of a book as the venue would publish it at `time` (ms UTC) after a trade at `lastTradePrice` (wire text). */
export const bookHash = (
  book: OrderBook,
  constants: BookHashConstants,
  time: number,
  lastTradePrice: string
): string => hashOf(preimage(book, constants, String(time), lastTradePrice))
