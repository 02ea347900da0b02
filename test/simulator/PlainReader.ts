/**
 * A reader of the market channel written from the protocol notes alone: it applies frames to maps and computes the
 * hash of a book from its parts. Shares nothing with the simulator.
 */
import { createHash } from "node:crypto"

export interface PlainBook {
  readonly bids: Map<string, string>
  readonly asks: Map<string, string>
  timestamp: string
  hash: string
}

export interface Level {
  readonly price: string
  readonly size: string
}

export interface Change extends Level {
  readonly asset_id: string
  readonly side: "BUY" | "SELL"
  readonly hash: string
  readonly best_bid: string
  readonly best_ask: string
}

/** The fields of every kind of message together; texts that a kind lacks are read as undefined. */
export interface Message {
  readonly event_type: string
  readonly market: string
  readonly asset_id: string
  readonly timestamp: string
  readonly hash: string
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
  readonly tick_size?: string
  readonly last_trade_price?: string
  readonly price_changes?: ReadonlyArray<Change>
  readonly old_tick_size: string
  readonly new_tick_size: string
  readonly best_bid: string
  readonly best_ask: string
  readonly price: string
  readonly size: string
  readonly condition_id: string
  readonly winning_asset_id: string
}

export const messagesOf = (text: string): ReadonlyArray<Message> => {
  const value: Message | ReadonlyArray<Message> = JSON.parse(text)
  return Array.isArray(value) ? value : [value as Message]
}

export class PlainReader {
  readonly books = new Map<string, PlainBook>()
  readonly tickSizes = new Map<string, string>()
  readonly lastTradePrices = new Map<string, string>()

  apply(message: Message): void {
    switch (message.event_type) {
      case "book": {
        this.books.set(message.asset_id, {
          bids: new Map(message.bids.map((level) => [level.price, level.size])),
          asks: new Map(message.asks.map((level) => [level.price, level.size])),
          timestamp: message.timestamp,
          hash: message.hash
        })
        if (message.tick_size !== undefined) this.tickSizes.set(message.asset_id, message.tick_size)
        if (message.last_trade_price !== undefined) {
          this.lastTradePrices.set(message.asset_id, message.last_trade_price)
        }
        return
      }
      case "price_change":
        for (const change of message.price_changes ?? []) {
          const book = this.books.get(change.asset_id)
          if (book === undefined) continue
          const side = change.side === "BUY" ? book.bids : book.asks
          if (Number(change.size) === 0) side.delete(change.price)
          else side.set(change.price, change.size)
          book.timestamp = message.timestamp
          book.hash = change.hash
        }
        return
      case "tick_size_change":
        this.tickSizes.set(message.asset_id, message.new_tick_size)
    }
  }

  levels(assetId: string, side: "bids" | "asks"): ReadonlyArray<{ readonly price: string; readonly size: string }> {
    const book = this.books.get(assetId)
    const direction = side === "bids" ? 1 : -1
    return [...(book?.[side] ?? [])]
      .map(([price, size]) => ({ price, size }))
      .sort((a, b) => direction * (Number(a.price) - Number(b.price)))
  }

  best(assetId: string, side: "bids" | "asks"): string | undefined {
    return this.levels(assetId, side).at(-1)?.price
  }

  hash(
    assetId: string,
    rest: {
      readonly market: string
      readonly minimumSize: string
      readonly negativeRisk: boolean
      readonly lastTradePrice: string
      readonly tickSize: string
      readonly version?: string | undefined
    }
  ): string {
    return createHash("sha1").update(JSON.stringify({
      market: rest.market,
      asset_id: assetId,
      timestamp: this.books.get(assetId)?.timestamp,
      hash: "",
      bids: this.levels(assetId, "bids"),
      asks: this.levels(assetId, "asks"),
      min_order_size: rest.minimumSize,
      tick_size: rest.tickSize,
      neg_risk: rest.negativeRisk,
      last_trade_price: rest.lastTradePrice,
      ...(rest.version === "v2" ? { version: "v2" } : {})
    })).digest("hex")
  }
}

/** The hash of a `GET /book` answer, over the object as it came. */
export const hashOfSummary = (text: string): string =>
  createHash("sha1").update(JSON.stringify({ ...JSON.parse(text), hash: "" })).digest("hex")
