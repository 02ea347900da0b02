/**
 * The floor, a process of its own: what reading the same frames costs at least in the obvious way. `ws`, `JSON.parse`, and an
 * array slot per price. No checks, no quotes, no hub, no policies, no archive.
 */
import process from "node:process"
import { type RawData, WebSocket } from "ws"
import { serve } from "../Process.ts"
import { assetsPerSocket, measure } from "./Measured.ts"
import * as Traffic from "./Traffic.ts"

interface Level {
  readonly price: string
  readonly size: string
}

interface Book {
  readonly bids: Float64Array
  readonly asks: Float64Array
}

type Message =
  | { readonly event_type: "book"; readonly asset_id: string; readonly bids: Array<Level>; readonly asks: Array<Level> }
  | { readonly event_type: "last_trade_price" }
  | {
    readonly event_type: "price_change"
    readonly price_changes: ReadonlyArray<Level & { readonly asset_id: string; readonly side: "BUY" | "SELL" }>
  }

const [markets = 0, port = 0] = process.argv.slice(2).map(Number)
const books = new Map<string, Book>()
let trades = 0
let latencies: Array<number> = []

const fill = (side: Float64Array, levels: ReadonlyArray<Level>): void => {
  side.fill(0)
  for (const { price, size } of levels) side[Math.round(Number(price) * 100)] = Number(size)
}

const take = (message: Message): void => {
  switch (message.event_type) {
    case "price_change":
      for (const { asset_id, price, side, size } of message.price_changes) {
        const book = books.get(asset_id)
        if (book !== undefined) (side === "BUY" ? book.bids : book.asks)[Math.round(Number(price) * 100)] = Number(size)
      }
      return
    case "book": {
      const book = books.get(message.asset_id) ?? { bids: new Float64Array(101), asks: new Float64Array(101) }
      books.set(message.asset_id, book)
      fill(book.bids, message.bids)
      fill(book.asks, message.asks)
      return
    }
    case "last_trade_price":
      trades++
  }
}

const onMessage = (data: RawData): void => {
  const arrivedAt = performance.now()
  const value = JSON.parse(data.toString()) as Message | ReadonlyArray<Message>
  if (Array.isArray(value)) { for (const message of value as ReadonlyArray<Message>) take(message) }
  else take(value as Message)
  latencies.push(performance.now() - arrivedAt)
}

const assets = Traffic.marketsOf(markets).flatMap(({ no, yes }) => [yes, no])
for (let at = 0; at < assets.length; at += assetsPerSocket) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  const some = assets.slice(at, at + assetsPerSocket)
  socket.on("open", () => socket.send(JSON.stringify({ assets_ids: some, type: "market" })))
  socket.on("message", onMessage)
}
while (books.size < assets.length) await new Promise((resolve) => setTimeout(resolve, 20))

serve(measure({
  trades: () => trades,
  reset: () => {
    latencies = []
  },
  quantile: (share) => {
    const sorted = Float64Array.from(latencies).sort()
    return sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  },
  check: async () => {}
}))
