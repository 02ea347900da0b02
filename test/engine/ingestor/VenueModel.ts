/**
 * A venue in miniature that shares no code with the engine: one market of two tokens, its books kept as plain maps, its
 * hashes made by JSON.stringify. Given numbers it makes changes and trades and the messages the venue would send.
 */
import { createHash } from "node:crypto"

/** One state change and what the venue sends for it. */
export interface Step {
  readonly time: number
  /** Messages in order, each of one frame. */
  readonly messages: ReadonlyArray<object>
  /** Messages that come some 40 ms later. */
  readonly later: ReadonlyArray<object>
}

type Book = Map<number, number>

const text = (value: number, digits: number): string => String(Number((value / 10 ** digits).toFixed(digits)))

export const market = `0x${"ab".repeat(32)}`
export const yes = "1111111111111111111111111111111111111"
export const no = "2222222222222222222222222222222222222"

/** A market on the 0.01 grid; prices in cents, sizes in cents of a share. */
export class VenueModel {
  readonly bids: Book = new Map([[40, 1_000], [45, 250], [48, 100]])
  readonly asks: Book = new Map([[52, 300], [55, 77], [60, 4_000]])
  lastTradePrice = ""
  tickSize = "0.01"
  time = 1_790_000_000_000
  readonly #ids: { readonly market: string; readonly yes: string; readonly no: string }
  #transactions = 0

  constructor(ids = { market, yes, no }) {
    this.#ids = ids
  }

  summary(token: string): Record<string, unknown> {
    const { market, yes } = this.#ids
    const isYes = token === yes
    const side = (book: Book, isMirrored: boolean, isDescending: boolean) =>
      [...book].map(([cents, size]) => [isMirrored ? 100 - cents : cents, size] as const)
        .sort(([a], [b]) => isDescending ? b - a : a - b)
        .map(([cents, size]) => ({ price: text(cents, 2), size: text(size, 2) }))
    const body = {
      market,
      asset_id: token,
      timestamp: String(this.time),
      hash: "",
      bids: side(isYes ? this.bids : this.asks, !isYes, false),
      asks: side(isYes ? this.asks : this.bids, !isYes, true),
      min_order_size: "5",
      tick_size: this.tickSize,
      neg_risk: false,
      last_trade_price: this.lastTradePrice
    }
    return { ...body, hash: createHash("sha1").update(JSON.stringify(body)).digest("hex") }
  }

  bookMessage(token: string, isFirst: boolean): object {
    const { market, asset_id, timestamp, hash, bids, asks, tick_size, last_trade_price } = this.summary(token)
    return {
      event_type: "book",
      market,
      asset_id,
      timestamp,
      hash,
      bids,
      asks,
      ...(isFirst ? { tick_size, last_trade_price } : {})
    }
  }

  dump(): ReadonlyArray<object> {
    const { no, yes } = this.#ids
    return [this.bookMessage(yes, true), this.bookMessage(no, true)]
  }

  /** Changes some levels: each draw picks side, price and size, never crossing. */
  change(draws: ReadonlyArray<number>, elapsed: number): Step {
    this.time += elapsed
    const changed: Array<{ isBid: boolean; cents: number }> = []
    for (const draw of draws) {
      const isBid = draw % 2 === 0
      const bestBid = Math.max(0, ...this.bids.keys())
      const bestAsk = Math.min(100, ...this.asks.keys())
      const room = isBid ? bestAsk - 1 : 99 - bestBid
      if (room < 1) continue
      const cents = isBid
        ? bestAsk - 1 - (draw >> 1) % Math.min(room, 30)
        : bestBid + 1 + (draw >> 1) % Math.min(room, 30)
      if (cents < 1 || cents > 99) continue
      const book = isBid ? this.bids : this.asks
      const size = (draw >> 3) % 3 === 0 ? 0 : (draw >> 2) % 90_000 + 1
      if (size === 0) book.delete(cents)
      else book.set(cents, size)
      changed.push({ isBid, cents })
    }
    return { time: this.time, messages: this.#frames(changed), later: [] }
  }

  /** The tick becomes another; the next change shows in its hash that it has. */
  changeTick(tickSize: string): ReadonlyArray<object> {
    const { market, no, yes } = this.#ids
    const old_tick_size = this.tickSize
    this.tickSize = tickSize
    return [yes, no].map((asset_id) => ({
      event_type: "tick_size_change",
      market,
      asset_id,
      old_tick_size,
      new_tick_size: tickSize,
      timestamp: String(this.time)
    }))
  }

  /** A taker lifts part of the best ask or hits part of the best bid. */
  trade(draw: number, elapsed: number): Step {
    const isBuy = draw % 2 === 0
    const book = isBuy ? this.asks : this.bids
    if (book.size === 0) return this.change([draw], elapsed)
    this.time += elapsed
    const cents = isBuy ? Math.min(...book.keys()) : Math.max(...book.keys())
    const resting = book.get(cents) as number
    const size = draw % 3 === 0 ? resting : Math.max(1, Math.floor(resting / 2))
    if (size === resting) book.delete(cents)
    else book.set(cents, resting - size)
    const { market, no, yes } = this.#ids
    const quotedCents = draw % 5 < 3 ? cents : 100 - cents
    this.lastTradePrice = `0.${String(quotedCents).padStart(2, "0")}0`
    const messages = [
      ...this.#frames([{ isBid: !isBuy, cents }]),
      this.bookMessage(yes, false),
      this.bookMessage(no, false)
    ]
    const later = [{
      event_type: "last_trade_price",
      market,
      asset_id: yes,
      price: text(cents, 2),
      size: text(size, 2),
      side: isBuy ? "BUY" : "SELL",
      timestamp: String(this.time + 40),
      transaction_hash: `0x${String(++this.#transactions).padStart(64, "0")}`
    }]
    return { time: this.time, messages, later }
  }

  /** One message a changed level, each already with the final best prices and hashes. */
  #frames(changed: ReadonlyArray<{ isBid: boolean; cents: number }>): ReadonlyArray<object> {
    const { market, no, yes } = this.#ids
    const tops = (token: string) => {
      const summary = this.summary(token)
      const last = (levels: unknown) => (levels as ReadonlyArray<{ price: string }>).at(-1)?.price
      return { hash: summary["hash"], best_bid: last(summary["bids"]) ?? "0", best_ask: last(summary["asks"]) ?? "1" }
    }
    const ofYes = tops(yes)
    const ofNo = tops(no)
    return changed.map(({ cents, isBid }) => {
      const size = text((isBid ? this.bids : this.asks).get(cents) ?? 0, 2)
      return {
        market,
        price_changes: [
          { asset_id: yes, price: text(cents, 2), size, side: isBid ? "BUY" : "SELL", ...ofYes },
          { asset_id: no, price: text(100 - cents, 2), size, side: isBid ? "SELL" : "BUY", ...ofNo }
        ],
        timestamp: String(this.time),
        event_type: "price_change"
      }
    })
  }
}
