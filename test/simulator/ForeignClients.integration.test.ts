/**
 * Clients that other people published for the venue, as published, against the simulator: they see the books and prices that our feed sees.
 * One has the venue's address built in: the `WebSocket` that it is given leads that address to the simulator.
 */
import { assert, describe, it } from "@effect/vitest"
import type { LastTradePriceEvent, WSSubscriptionManager } from "@nevuamarkets/poly-websockets"
import { type Message, RealTimeDataClient } from "@polymarket/real-time-data-client"
import { Effect, type Scope, Stream } from "effect"
import { createRequire } from "node:module"
import { type ClientOptions, WebSocket } from "ws"
import { makeFeed } from "../../src/client/Feed.ts"
import { decodeFrame } from "../../src/client/polymarket/clob/DecodeMarketFrame.ts"
import { subscription } from "../../src/client/polymarket/clob/MarketChannel.ts"
import { makeScanner } from "../../src/client/polymarket/clob/ScanPriceChange.ts"
import * as Rtds from "../../src/client/polymarket/Rtds.ts"
import type { AssetId } from "../../src/domain/Asset.ts"
import * as Micro from "../../src/domain/Micro.ts"
import * as OrderBook from "../../src/domain/OrderBook.ts"
import * as TickSize from "../../src/domain/TickSize.ts"
import { eventually, simulate } from "../e2e/Program.ts"
import { get } from "./Client.ts"

const require = createRequire(import.meta.url)

interface PolyWebsockets {
  readonly WSSubscriptionManager: typeof WSSubscriptionManager
}

/** The package as published, with a `ws` whose sockets to the venue's host go to `url`. */
const polyWebsockets = (url: string): PolyWebsockets => {
  class Redirected extends WebSocket {
    constructor(address: string, options?: ClientOptions) {
      assert.strictEqual(address, "wss://ws-subscriptions-clob.polymarket.com/ws/market")
      super(url, options)
    }
  }
  const path = require.resolve("ws", { paths: [require.resolve("@nevuamarkets/poly-websockets")] })
  require(path)
  const loaded = require.cache[path] as NodeJS.Module
  const original: unknown = loaded.exports
  loaded.exports = Redirected
  try {
    return require("@nevuamarkets/poly-websockets") as PolyWebsockets
  } finally {
    loaded.exports = original
  }
}

interface Trade {
  readonly transactionHash: string
  readonly text: string
}

interface Seen {
  /** The levels of a token, best last, as text. */
  readonly book: (assetId: string) => { readonly bids: ReadonlyArray<string>; readonly asks: ReadonlyArray<string> }
  readonly trades: () => ReadonlyArray<Trade>
}

/** What the other client sees of some tokens. */
const theirs = (url: string, assetIds: ReadonlyArray<string>): Effect.Effect<Seen, never, Scope.Scope> =>
  Effect.gen(function*() {
    const trades: Array<Trade> = []
    const errors: Array<string> = []
    const published = polyWebsockets(url)
    const manager = yield* Effect.acquireRelease(
      Effect.sync((): WSSubscriptionManager =>
        new published.WSSubscriptionManager({
          onLastTradePrice: (events: Array<LastTradePriceEvent>) => {
            for (const { asset_id, price, side, size, transaction_hash } of events) {
              trades.push({ transactionHash: transaction_hash, text: `${asset_id} ${side} ${size} at ${price}` })
            }
            return Promise.resolve()
          },
          onError: (error: Error) => {
            errors.push(error.message)
            return Promise.resolve()
          }
        })
      ),
      (manager) => Effect.promise(() => manager.clearState())
    )
    yield* Effect.promise(() => manager.addSubscriptions([...assetIds]))
    const cache = Reflect.get(manager, "bookCache") as {
      readonly getBookEntry: (assetId: string) =>
        | {
          readonly bids: ReadonlyArray<{ readonly price: string; readonly size: string }>
          readonly asks: ReadonlyArray<{ readonly price: string; readonly size: string }>
        }
        | null
    }
    const texts = (levels: ReadonlyArray<{ readonly price: string; readonly size: string }> | undefined) =>
      (levels ?? []).map(({ price, size }) => `${price}:${size}`)
    return {
      book: (assetId) => {
        assert.deepStrictEqual(errors, [])
        const entry = cache.getBookEntry(assetId)
        return { bids: texts(entry?.bids), asks: texts(entry?.asks) }
      },
      trades: () => trades
    }
  })

/** What our feed sees of some tokens. */
const ours = (url: string, assetIds: ReadonlyArray<string>): Effect.Effect<Seen, never, Scope.Scope> =>
  Effect.gen(function*() {
    const feed = yield* makeFeed({
      name: "test",
      url,
      onOpen: () => [subscription(assetIds as ReadonlyArray<AssetId>)]
    })
    const scanner = makeScanner()
    const books = new Map(assetIds.map((assetId) => [assetId, OrderBook.make(TickSize.all[5])]))
    const trades: Array<Trade> = []
    yield* feed.items.pipe(
      Stream.runForEach((item) =>
        Effect.sync(() => {
          if (item.kind !== "frame") return
          for (const message of decodeFrame(item.bytes, scanner).messages) {
            if (message.kind === "book") {
              const book = books.get(message.assetId)
              if (book !== undefined) OrderBook.replace(book, message.bids, message.asks)
            } else if (message.kind === "changes") {
              for (const { assetId, price, side, size } of message.changes) {
                const book = books.get(assetId)
                if (book !== undefined) OrderBook.setLevel(book, side, price, size)
              }
            } else if (message.kind === "trade") {
              const { assetId, price, side, size, transactionHash = "" } = message
              const text = `${assetId} ${side.toUpperCase()} ${Micro.format(size)} at ${Micro.format(price)}`
              trades.push({ transactionHash, text })
            }
          }
        })
      ),
      Effect.forkScoped
    )
    const texts = (book: OrderBook.OrderBook | undefined, side: "buy" | "sell") =>
      book === undefined
        ? []
        : OrderBook.levels(book, side).reverse().map(({ price, size }) =>
          `${Micro.format(price)}:${Micro.format(size)}`
        )
    return {
      book: (assetId) => ({ bids: texts(books.get(assetId), "buy"), asks: texts(books.get(assetId), "sell") }),
      trades: () => trades
    }
  })

describe("foreign clients", () => {
  it.live("@nevuamarkets/poly-websockets sees the books and trades that our feed sees", () =>
    Effect.gen(function*() {
      const simulator = yield* simulate("--markets", "3", "--rate", "150")
      const listed = JSON.parse((yield* get(`${simulator.endpoints.gamma}/markets?limit=3`)).text) as ReadonlyArray<
        { readonly clobTokenIds: string | null; readonly positionIds?: ReadonlyArray<string> }
      >
      const assetIds = listed.flatMap(({ clobTokenIds, positionIds }) =>
        positionIds ?? JSON.parse(clobTokenIds ?? "[]") as ReadonlyArray<string>
      )
      assert.strictEqual(assetIds.length, 6)
      const our = yield* ours(simulator.endpoints.marketSocket, assetIds)
      yield* eventually("our books", Effect.sync(() => our.book(assetIds[0] as string).bids.length), (n) => n > 0, 20)
      const their = yield* theirs(simulator.endpoints.marketSocket, assetIds)
      const known = (trades: ReadonlyArray<Trade>) => new Set(trades.map(({ transactionHash }) => transactionHash))
      yield* eventually("trades", Effect.sync(() => known(their.trades()).size), (count) => count >= 5, 60)
      // From here on nobody hears anything: both have heard the same.
      yield* simulator.control({ action: "freeze" })
      const seen = (one: Seen) => Object.fromEntries(assetIds.map((assetId) => [assetId, one.book(assetId)]))
      yield* eventually(
        "the same books",
        Effect.sync(() => [JSON.stringify(seen(our)), JSON.stringify(seen(their))] as const),
        ([a, b]) => a === b,
        20
      )
      for (const { asks, bids } of Object.values(seen(their))) assert.isAbove(Math.min(asks.length, bids.length), 0)
      const heard = known(their.trades())
      assert.deepStrictEqual(
        our.trades().filter(({ transactionHash }) => heard.has(transactionHash)),
        their.trades()
      )
    }).pipe(Effect.scoped))

  it.live("@polymarket/real-time-data-client sees the prices that our feed sees", () =>
    Effect.gen(function*() {
      const simulator = yield* simulate("--markets", "1", "--rate", "10")
      const { rtds } = JSON.parse(simulator.stdout().split("\n")[0] ?? "") as { readonly rtds: string }
      const our = new Map<number, number>()
      const feed = yield* Rtds.make({ url: rtds, subscriptions: [Rtds.chainlink("btc/usd")] })
      yield* feed.items.pipe(
        Stream.runForEach((item) =>
          Effect.sync(() => {
            if (item.kind !== "message" || item.message.type !== "update") return
            if ("value" in item.message.payload) our.set(item.message.payload.timestamp, item.message.payload.value)
          })
        ),
        Effect.forkScoped
      )
      const messages: Array<Message> = []
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          new RealTimeDataClient({
            host: rtds,
            autoReconnect: false,
            onConnect: (client) =>
              client.subscribe({
                subscriptions: [{
                  topic: "crypto_prices_chainlink",
                  type: "update",
                  filters: JSON.stringify({ symbol: "btc/usd" })
                }]
              }),
            onMessage: (_, message) => messages.push(message)
          }).connect()
        ),
        (client) => Effect.sync(() => client.disconnect())
      )
      const updates = () =>
        messages.filter(({ type }) => type === "update").map(({ payload }) =>
          payload as { readonly symbol: string; readonly timestamp: number; readonly value: number }
        )
      yield* eventually(
        "prices",
        Effect.sync(() => updates().filter(({ timestamp }) => our.has(timestamp)).length),
        (n) => n >= 3,
        30
      )
      for (const { symbol, timestamp, value } of updates()) {
        assert.strictEqual(symbol, "btc/usd")
        if (our.has(timestamp)) assert.strictEqual(value, our.get(timestamp))
      }
      const [first] = messages
      assert(first !== undefined && first.type === "subscribe")
      assert.isAbove((first.payload as { readonly data: ReadonlyArray<unknown> }).data.length, 60)
    }).pipe(Effect.scoped))
})
