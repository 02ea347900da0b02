import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type FeedItem, makeFeed } from "../../src/client/Feed.ts"
import { mostAtOnce } from "../../src/client/Outlet.ts"
import { serve } from "./SocketServer.ts"

const framesOf = (items: ReadonlyArray<FeedItem>) =>
  items.flatMap((item) => item.kind === "frame" ? [String(item.bytes)] : [])

/** The items until this many have come. */
const collect = (items: Stream.Stream<FeedItem>, isEnough: (items: ReadonlyArray<FeedItem>) => boolean) => {
  const found: Array<FeedItem> = []
  return items.pipe(
    Stream.takeUntil((item) => {
      found.push(item)
      return isEnough(found)
    }),
    Stream.runDrain,
    Effect.as(found),
    Effect.timeout("8 seconds")
  )
}

describe("Feed", () => {
  it.live("ING-1 comes back by itself and subscribes again", () =>
    Effect.gen(function*() {
      const server = yield* serve((socket, text, connection) => {
        socket.send(`hello ${connection} ${text}`)
        if (connection < 3) socket.terminate()
      })
      const feed = yield* makeFeed({ name: "test", url: server.url, onOpen: () => ["subscribe"] })
      const items = yield* collect(feed.items, (found) => framesOf(found).includes("hello 3 subscribe"))
      assert.deepStrictEqual(items.map((item) => item.kind), [
        "opened",
        "frame",
        "closed",
        "opened",
        "frame",
        "closed",
        "opened",
        "frame"
      ])
      assert.strictEqual(feed.connections(), 3)
      assert.include(feed.lastError() ?? "", "127.0.0.1")
    }).pipe(Effect.scoped))

  it.live("what arrives together is taken together, in order, at most 32 at a time", () =>
    Effect.gen(function*() {
      const sent = Array.from({ length: 100 }, (_, index) => `frame ${index}`)
      const server = yield* serve((socket) => {
        for (const text of sent) socket.send(text)
      })
      const feed = yield* makeFeed({ name: "test", url: server.url, onOpen: () => ["go"] })
      const chunks: Array<ReadonlyArray<FeedItem>> = []
      const items = yield* collect(
        feed.items.pipe(Stream.mapArray((chunk) => {
          chunks.push(chunk)
          return chunk
        })),
        (found) => framesOf(found).length === sent.length
      )
      assert.deepStrictEqual(framesOf(items), sent)
      assert.isBelow(chunks.length, 60)
      for (const chunk of chunks) assert.isAtMost(chunk.length, mostAtOnce)
    }).pipe(Effect.scoped))

  it.live("ING-2 a server that does not answer is replaced", () =>
    Effect.gen(function*() {
      const server = yield* serve((socket, text, connection) => {
        if (text === "PING" && connection === 2) socket.send("PONG")
      })
      const feed = yield* makeFeed({
        name: "test",
        url: server.url,
        onOpen: () => ["subscribe"],
        keepAlive: { message: "PING", reply: "PONG", everyMs: 100, replyWithinMs: 80 }
      })
      const items = yield* collect(feed.items, (found) => framesOf(found).includes("PONG"))
      const closed = items.find((item) => item.kind === "closed")
      assert.include(closed?.kind === "closed" ? closed.reason : "", "no PONG")
      assert.strictEqual(server.connections(), 2)
    }).pipe(Effect.scoped))

  it.live(
    "CAP-2 a message beyond the cap and one in too many fragments end the connection",
    () =>
      Effect.gen(function*() {
        const server = yield* serve((socket, _text, connection) => {
          if (connection === 1) socket.send("x".repeat(5 * 1024 * 1024))
          else if (connection === 2) {
            for (let part = 0; part < 2_000; part++) socket.send("y", { fin: false })
            socket.send("y", { fin: true })
          } else socket.send("fine")
        })
        const feed = yield* makeFeed({ name: "test", url: server.url, onOpen: () => ["go"] })
        const items = yield* collect(feed.items, (found) => framesOf(found).length > 0)
        assert.deepStrictEqual(framesOf(items), ["fine"])
        assert.strictEqual(server.connections(), 3)
      }).pipe(Effect.scoped),
    15_000
  )

  it.live("a slow consumer pauses the socket and loses nothing", () =>
    Effect.gen(function*() {
      const total = 20_000
      const body = "z".repeat(1_000)
      const server = yield* serve((socket) => {
        for (let index = 0; index < total; index++) socket.send(`${index} ${body}`)
      })
      const feed = yield* makeFeed({ name: "test", url: server.url, onOpen: () => ["go"], capacity: 256 })
      while (!feed.isOpen()) yield* Effect.yieldNow
      yield* Effect.sleep("300 millis")
      const [held] = server.sockets
      assert.isAbove(held?.bufferedAmount ?? 0, 1_000_000)
      let seen = 0
      yield* feed.items.pipe(
        Stream.tap((item) =>
          Effect.sync(() => {
            if (item.kind !== "frame") return
            const text = String(item.bytes)
            assert.strictEqual(text.slice(0, text.indexOf(" ")), String(seen++))
          })
        ),
        Stream.takeUntil(() => seen === total),
        Stream.runDrain,
        Effect.timeout("8 seconds")
      )
      assert.strictEqual(seen, total)
    }).pipe(Effect.scoped), 15_000)

  it.live("tells the host and the plain cause when nobody listens", () =>
    Effect.gen(function*() {
      const feed = yield* makeFeed({ name: "test", url: "ws://127.0.0.1:9", onOpen: () => [] })
      while (feed.lastError() === undefined) yield* Effect.sleep("5 millis")
      assert.strictEqual(feed.lastError(), "127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9")
      assert.strictEqual(feed.connections(), 0)
    }).pipe(Effect.scoped))
})
