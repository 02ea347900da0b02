/** Recorded sessions: after every line that the sidecar names, the book folded from the frames has the hash it names. */
import { Schema } from "effect"
import { existsSync } from "node:fs"
import { basename } from "node:path"
import * as Micro from "../../src/domain/Micro.ts"
import { bookHash, Decimal, MarketChannelMessage, OrderBook, Price, Size, TickSize } from "../../src/index.ts"
import { type Check, difference, unknown } from "./Check.ts"
import { read } from "./Payloads.ts"

const Sidecar = Schema.Struct({
  market: Schema.String,
  hashPreimageConstants: Schema.Struct({
    min_order_size: Schema.String,
    tick_size: Schema.String,
    neg_risk: Schema.Boolean,
    version: Schema.optionalKey(Schema.String)
  }),
  lastTradePriceInPreimage: Schema.Array(Schema.Struct({ fromLine: Schema.Int, value: Schema.String })),
  hashAfterLine: Schema.Array(Schema.Struct({
    line: Schema.Int,
    token: Schema.String,
    timestamp: Schema.String,
    hash: Schema.String
  }))
})

const Line = Schema.fromJsonString(Schema.Struct({ payloadUtf8: Schema.String }))
const Frame = Schema.fromJsonString(Schema.Union([MarketChannelMessage, Schema.Array(MarketChannelMessage)]))

const level = (written: { readonly price: string; readonly size: string }) => ({
  price: Schema.decodeUnknownSync(Price)(Micro.parse(written.price)),
  size: Schema.decodeUnknownSync(Size)(Micro.parse(written.size))
})

/** Applies a frame's text to the books. */
const apply = (books: Map<string, OrderBook.OrderBook>, text: string, tick: TickSize) => {
  if (!/^\s*[[{]/.test(text)) return
  const frame = Schema.decodeUnknownSync(Frame)(text)
  for (
    const message of Array.isArray(frame)
      ? frame as ReadonlyArray<MarketChannelMessage>
      : [frame as MarketChannelMessage]
  ) {
    const bookOf = (asset: string) => {
      let book = books.get(asset)
      if (book === undefined) books.set(asset, book = OrderBook.make(tick))
      return book
    }
    if (message.event_type === "book") {
      OrderBook.replace(bookOf(message.asset_id), message.bids.map(level), message.asks.map(level))
    } else if (message.event_type === "price_change") {
      for (const change of message.price_changes) {
        const { price, size } = level(change)
        OrderBook.setLevel(bookOf(change.asset_id), change.side === "BUY" ? "buy" : "sell", price, size)
      }
    }
  }
}

/** A price feed: the double and the exact value (an integer of 10^-18) of every row are the same number. */
const priceFeed = (path: string) => (): string | undefined => {
  const [header = "", ...lines] = read(path).split("\n").filter((line) => line.trim() !== "")
  const columns = header.split(",")
  const [value, exact] = [columns.indexOf("value"), columns.indexOf("full_accuracy_value")]
  if (value < 0 || exact < 0) return `expected columns value and full_accuracy_value, found ${header}`
  for (const [at, line] of lines.entries()) {
    const cells = line.split(",")
    const scaled = cells[exact] ?? ""
    if (!/^-?\d+$/.test(scaled)) return `line ${at + 2}: expected an integer, found ${scaled}`
    if (Number(Decimal.fromScaled(BigInt(scaled), 18)) !== Number(cells[value])) {
      return `line ${at + 2}: ${cells[value]} is not ${scaled}`
    }
  }
  return undefined
}

/** The check of a recording. */
export const recording = (path: string): ReadonlyArray<Check> => {
  const name = `recordings/${basename(path)}`
  if (/\.csv(?:\.gz)?$/.test(path)) return [{ name, run: priceFeed(path) }]
  const sidecar = path.replace(/\.jsonl(?:\.gz)?$/, ".expected.json")
  if (!/\.jsonl(?:\.gz)?$/.test(path) || !existsSync(sidecar)) return [unknown(name)]
  return [{
    name,
    run: () => {
      const expected = Schema.decodeUnknownSync(Sidecar)(JSON.parse(read(sidecar)))
      const { min_order_size, neg_risk, tick_size, version } = expected.hashPreimageConstants
      const tick = Schema.decodeUnknownSync(TickSize)(Micro.parse(tick_size))
      const books = new Map<string, OrderBook.OrderBook>()
      const lines = read(path).split("\n").filter((line) => line.trim() !== "")
      for (const [at, line] of lines.entries()) {
        apply(books, Schema.decodeUnknownSync(Line)(line).payloadUtf8, tick)
        const lastTradePrice = expected.lastTradePriceInPreimage.findLast(({ fromLine }) =>
          fromLine <= at + 1
        )?.value ?? ""
        for (const named of expected.hashAfterLine.filter((one) => one.line === at + 1)) {
          const book = books.get(named.token)
          const constants = {
            market: expected.market,
            assetId: named.token,
            minimumSize: min_order_size,
            tickSize: tick_size,
            negativeRisk: neg_risk,
            versionTwo: version === "v2"
          }
          const found = book === undefined
            ? undefined
            : bookHash(book, constants, Number(named.timestamp), lastTradePrice)
          const problem = difference(found, named.hash)
          if (problem !== undefined) return `after line ${at + 1}, ${named.token}: ${problem}`
        }
      }
      return undefined
    }
  }]
}
