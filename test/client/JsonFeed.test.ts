import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import * as JsonFeed from "../../src/client/JsonFeed.ts"
import * as PolyBolt from "../../src/client/polymarket/PolyBolt.ts"
import * as Rtds from "../../src/client/polymarket/Rtds.ts"
import { RtdsFrame } from "../../src/client/polymarket/rtds/RtdsSchema.ts"
import * as SportsSocket from "../../src/client/polymarket/SportsSocket.ts"
import * as UserChannel from "../../src/client/polymarket/UserChannel.ts"
import { serve } from "./SocketServer.ts"

const price = (value: number) =>
  JSON.stringify({
    topic: "crypto_prices_chainlink",
    type: "update",
    timestamp: 1,
    payload: { symbol: "btc/usd", timestamp: 1, value }
  })

/** The first items of a feed that satisfy the condition, all together. */
const take = <A>(feed: JsonFeed.JsonFeed<A>, count: number, of: JsonFeed.JsonItem<A>["kind"]) =>
  feed.items.pipe(Stream.filter((item) => item.kind === of), Stream.take(count), Stream.runCollect)

describe("JsonFeed", () => {
  it.live("ING-4 messages are typed; what is no JSON or unknown is counted and passed over", () =>
    Effect.gen(function*() {
      const server = yield* serve((socket) => {
        for (const frame of ["", "not json", "{\"topic\":\"rfq\"}", `[${price(1)},${price(2)}]`, price(3)]) {
          socket.send(frame)
        }
      })
      const feed = yield* Rtds.make({ url: server.url, subscriptions: [Rtds.chainlink("btc/usd")] })
      const items = yield* take(feed, 3, "message")
      assert.deepStrictEqual(
        items.map((item) => item.kind === "message" && "value" in item.message.payload && item.message.payload.value),
        [1, 2, 3]
      )
      assert.deepStrictEqual(feed.passedOver(), { malformed: 1, unknown: 1 })
      assert.deepStrictEqual(JSON.parse(server.received[0]?.text ?? ""), {
        action: "subscribe",
        subscriptions: [{ topic: "crypto_prices_chainlink", type: "*", filters: "{\"symbol\":\"btc/usd\"}" }]
      })
    }).pipe(Effect.scoped))

  it.live("ING-2 a connection that answers but brings nothing is replaced, subscribes again, and tells the gap", () =>
    Effect.gen(function*() {
      const server = yield* serve((socket, text, connection) => {
        if (text === "PING") socket.send("PONG")
        else if (connection > 1) socket.send(price(connection))
      })
      const feed = yield* JsonFeed.make({
        name: "test",
        url: server.url,
        schema: RtdsFrame,
        onOpen: () => ["subscribe"],
        keepAlive: { message: "PING", everyMs: 50 },
        staleAfterMs: 300
      })
      const items = yield* feed.items.pipe(Stream.takeUntil((item) => item.kind === "message"), Stream.runCollect)
      assert.deepStrictEqual(items.map((item) => item.kind), ["opened", "closed", "opened", "message"])
      assert.strictEqual(feed.stale(), 1)
      assert.deepStrictEqual(
        server.received.filter(({ text }) => text === "subscribe").map(({ connection }) => connection),
        [1, 2]
      )
    }).pipe(Effect.scoped))

  it.live("the sports socket answers the server's ping", () =>
    Effect.gen(function*() {
      const server = yield* serve((socket, text) => {
        if (text === "pong") socket.send(JSON.stringify({ slug: "nfl-lac-buf", score: "3-16" }))
      })
      const feed = yield* SportsSocket.make({ url: server.url })
      const greeting = Effect.suspend(() => {
        for (const socket of server.sockets) socket.send("ping")
        return Effect.void
      }).pipe(Effect.delay("20 millis"), Effect.forever)
      const [item] = yield* Effect.raceFirst(take(feed, 1, "message"), greeting)
      assert(item?.kind === "message" && item.message.slug === "nfl-lac-buf")
    }).pipe(Effect.scoped))

  it.live("PolyBolt subscribes with its own words and reads snapshot and prices", () =>
    Effect.gen(function*() {
      const point = { value: 1.5, full_accuracy_value: "1.50000000001", timestamp: 5 }
      const server = yield* serve((socket) => {
        socket.send(JSON.stringify({ op: "subscribed", channel: "price.crypto", rid: "prices" }))
        socket.send(
          JSON.stringify({ v: 1, channel: "price.crypto", seq: 1, ts: 5, snapshot: true, payload: { data: [point] } })
        )
        socket.send(
          JSON.stringify({ v: 1, channel: "price.crypto", seq: 2, ts: 5, payload: { symbol: "btcusd", ...point } })
        )
      })
      const feed = yield* PolyBolt.make({
        url: server.url,
        subscriptions: [PolyBolt.crypto("btcusd"), PolyBolt.twap("btcusd")]
      })
      const items = yield* take(feed, 3, "message")
      assert.deepStrictEqual(
        items.map((item) => item.kind === "message" && Object.keys(item.message).includes("snapshot")),
        [false, true, false]
      )
      assert.deepStrictEqual(JSON.parse(server.received[0]?.text ?? ""), {
        op: "subscribe",
        rid: "prices",
        subscriptions: [
          { channel: "price.crypto", filter: { symbol: "btcusd" } },
          { channel: "price.crypto.twap", filter: { symbol: "btcusd", window_seconds: 60 } }
        ]
      })
    }).pipe(Effect.scoped))

  it.live("SEC-1 the user channel sends its credentials to the socket and shows them nowhere else", () =>
    Effect.gen(function*() {
      const order = {
        type: "PLACEMENT",
        id: "0x1",
        market: "0x2",
        asset_id: "3",
        side: "BUY",
        price: "0.5",
        original_size: "10",
        timestamp: "1"
      }
      const server = yield* serve((socket, text) => {
        if (text.includes("auth")) socket.send(JSON.stringify(order))
      })
      const credentials = {
        apiKey: "key",
        secret: Redacted.make("canary-secret"),
        passphrase: Redacted.make("canary-pass")
      }
      const channel = yield* UserChannel.make({ url: server.url, credentials, markets: ["0x2"] })
      const [item] = yield* take(channel, 1, "message")
      assert(item?.kind === "message" && item.message.id === "0x1")
      const sent: unknown = JSON.parse(server.received[0]?.text ?? "")
      assert.deepStrictEqual(sent, {
        auth: { apiKey: "key", secret: "canary-secret", passphrase: "canary-pass" },
        type: "user",
        markets: ["0x2"]
      })
      assert(!JSON.stringify([credentials, channel.lastError() ?? ""]).includes("canary"))
    }).pipe(Effect.scoped))
})
