/**
 * What the venue's book hash is made of. The hash is the SHA-1, in lower hex, of `preimage`; the digest itself is taken
 * where a hash function is at hand (`client/polymarket/clob/BookHash.ts`).
 * @see https://docs.polymarket.com/api-reference/market-data/get-order-book
 */
import * as Micro from "./Micro.ts"
import type { OrderBook } from "./OrderBook.ts"

/** What goes into the hash beside the levels, as texts exactly as on the wire. */
export interface BookHashConstants {
  readonly market: string
  readonly assetId: string
  /** For example "5". */
  readonly minimumSize: string
  /** For example "0.01". */
  readonly tickSize: string
  readonly negativeRisk: boolean
  /** True on Protocol V2 markets, whose preimage ends with the version. */
  readonly versionTwo: boolean
}

/**
 * The text whose SHA-1 is the book's hash: compact JSON, levels worst to best, `hash` empty.
 * `timestamp` is the venue's ms text; `lastTradePrice` is text such as "0.490", "" before the first trade.
 */
export const preimage = (
  book: OrderBook,
  constants: BookHashConstants,
  timestamp: string,
  lastTradePrice: string
): string => {
  let bids = ""
  for (let at = 0; at <= book.bestBidAt; at++) {
    const size = book.bids[at] as number
    if (size > 0) {
      bids += `${bids === "" ? "" : ","}{"price":"${Micro.formatPrice(at * book.tick)}","size":"${Micro.format(size)}"}`
    }
  }
  let asks = ""
  for (let at = book.asks.length - 1; at >= book.bestAskAt; at--) {
    const size = book.asks[at] as number
    if (size > 0) {
      asks += `${asks === "" ? "" : ","}{"price":"${Micro.formatPrice(at * book.tick)}","size":"${Micro.format(size)}"}`
    }
  }
  return `{"market":"${constants.market}","asset_id":"${constants.assetId}","timestamp":"${timestamp}","hash":"",` +
    `"bids":[${bids}],"asks":[${asks}],"min_order_size":"${constants.minimumSize}","tick_size":"${constants.tickSize}",` +
    `"neg_risk":${constants.negativeRisk},"last_trade_price":"${lastTradePrice}"` +
    `${constants.versionTwo ? ",\"version\":\"v2\"" : ""}}`
}
