import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { connect } from "node:net"
import { get, open, post, simulator, type Socket } from "../Client.ts"
import { messagesOf } from "../PlainReader.ts"
import { arm, eventually, reportOf } from "./Stage.ts"

/** A socket as bytes: what came, and how it ended. */
interface RawSocket {
  readonly send: (message: unknown) => void
  /** Frames of what came, the last one perhaps a part: first byte, payload, whether it is whole. */
  readonly frames: () => ReadonlyArray<{ readonly first: number; readonly text: string; readonly isWhole: boolean }>
  readonly handshake: () => string
  readonly length: () => number
  readonly ended: Effect.Effect<"close" | "reset">
  readonly until: (fits: () => boolean) => Effect.Effect<void>
}

const rawSocket = (url: string): Effect.Effect<RawSocket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { pathname, port } = new URL(url)
      const socket = connect(Number(port), "127.0.0.1")
      let bytes = Buffer.alloc(0)
      let end: "close" | "reset" | undefined
      const listeners = new Set<() => void>()
      const changed = () => {
        for (const listener of listeners) listener()
      }
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
      )
      socket.on("data", (chunk) => {
        bytes = Buffer.concat([bytes, chunk])
        changed()
      })
      socket.on("error", (error: NodeJS.ErrnoException) => {
        end ??= error.code === "ECONNRESET" ? "reset" : "close"
        changed()
      })
      socket.on("close", () => {
        end ??= "close"
        changed()
      })
      const until = (fits: () => boolean) =>
        Effect.callback<void>((resume) => {
          const look = () => {
            if (!fits()) return
            listeners.delete(look)
            resume(Effect.void)
          }
          listeners.add(look)
          look()
        })
      const head = () => bytes.indexOf("\r\n\r\n") + 4
      const frames = () => {
        const found: Array<{ readonly first: number; readonly text: string; readonly isWhole: boolean }> = []
        if (head() < 4) return found
        let at = head()
        while (bytes.length >= at + 2) {
          const short = (bytes[at + 1] as number) & 0x7f
          const header = short < 126 ? 2 : short === 126 ? 4 : 10
          if (bytes.length < at + header) break
          const length = short < 126
            ? short
            : short === 126
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2))
          const stop = at + header + length
          found.push({
            first: bytes[at] as number,
            text: bytes.toString("utf8", at + header, stop),
            isWhole: bytes.length >= stop
          })
          at = stop
        }
        return found
      }
      const raw: RawSocket = {
        send: (message) => {
          const payload = Buffer.from(typeof message === "string" ? message : JSON.stringify(message))
          const header = payload.length < 126
            ? Buffer.from([0x81, 0x80 | payload.length])
            : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff])
          socket.write(Buffer.concat([header, Buffer.alloc(4), payload]))
        },
        frames,
        handshake: () => bytes.toString("utf8", 0, Math.max(0, head())),
        length: () => bytes.length,
        ended: until(() => end !== undefined).pipe(Effect.map(() => end as "close" | "reset")),
        until
      }
      return { socket, raw }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  ).pipe(Effect.map(({ raw }) => raw))

interface Listed {
  readonly conditionId: string
  readonly clobTokenIds: string | null
}

const marketsOf = (gamma: string) =>
  get(`${gamma}/markets/keyset?limit=100`).pipe(Effect.map(({ text }) => {
    const { markets } = JSON.parse(text) as { readonly markets: ReadonlyArray<Listed> }
    return markets.filter((one) => one.clobTokenIds !== null)
  }))

const stage = (rate = 2_000) =>
  Effect.gen(function*() {
    const { endpoints } = yield* simulator({ rate, markets: 5 })
    const tokens = (yield* marketsOf(endpoints.gamma)).flatMap((one): ReadonlyArray<string> =>
      JSON.parse(one.clobTokenIds ?? "[]")
    )
    const subscribe = { assets_ids: tokens, type: "market" }
    return { endpoints, tokens, subscribe }
  })

const changes = (frames: ReadonlyArray<string>) => frames.filter((frame) => frame.includes("\"price_changes\""))

/** The socket answers another PING, so that whatever was sent before has come. */
const pinged = (socket: Socket) =>
  Effect.suspend(() => {
    const pongs = () => socket.frames.filter((frame) => frame === "PONG").length
    const before = pongs()
    socket.send("PING")
    return eventually(Effect.sync(pongs), (count) => count > before)
  })

describe("faults of handshakes", () => {
  it.live("ING-1 refuse: 429 with Retry-After, 503, or no answer; the nth connection alone", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket, rtds } } = yield* stage(0)
      yield* arm(control, { fault: "refuse", on: "market", connection: 2, status: 503 })
      yield* open(marketSocket)
      assert.strictEqual(yield* Effect.flip(open(marketSocket)), 503)
      yield* open(marketSocket)
      yield* arm(control, { fault: "refuse", on: "sockets", status: 429, retryAfter: 3, times: 1 })
      const told = yield* rawSocket(rtds)
      assert.strictEqual(yield* told.ended, "close")
      assert.match(told.handshake(), /^HTTP\/1.1 429 /)
      assert.match(told.handshake(), /\r\nRetry-After: 3\r\n/)
      const id = yield* arm(control, { fault: "refuse", on: "rtds", times: 1 })
      const mute = yield* rawSocket(rtds)
      yield* mute.ended
      assert.strictEqual(mute.length(), 0)
      yield* open(rtds)
      assert.deepInclude(yield* reportOf(control, id), { offered: 1, applied: 1, state: "over" })
    }))

  it.live("ING-1 hang: the handshake is never answered while others are", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket } } = yield* stage(0)
      const id = yield* arm(control, { fault: "hang", on: "market", times: 1 })
      const hung = yield* rawSocket(marketSocket)
      yield* eventually(reportOf(control, id), ({ applied }) => applied === 1)
      const other = yield* open(marketSocket)
      yield* pinged(other)
      assert.strictEqual(hung.length(), 0)
    }))

  it.live("ING-1 reset: RST for those that are open, for the next one, in the middle of a frame", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket, sports }, subscribe } = yield* stage()
      const first = yield* rawSocket(marketSocket)
      const second = yield* rawSocket(marketSocket)
      const other = yield* rawSocket(sports)
      for (const socket of [first, second, other]) yield* socket.until(() => socket.handshake() !== "")
      const now = yield* arm(control, { fault: "reset", on: "market", connection: "open" })
      assert.deepStrictEqual([yield* first.ended, yield* second.ended], ["reset", "reset"])
      const fresh = yield* open(marketSocket)
      yield* pinged(fresh)
      assert.deepInclude(yield* reportOf(control, now), { applied: 2 })
      yield* arm(control, { fault: "reset", on: "market", connection: "new", times: 1 })
      const next = yield* rawSocket(marketSocket)
      assert.strictEqual(yield* next.ended, "reset")
      yield* pinged(fresh)
      yield* arm(control, { fault: "reset", on: "market", point: "frame", times: 1 })
      const middle = yield* rawSocket(marketSocket)
      middle.send(subscribe)
      assert.strictEqual(yield* middle.ended, "reset")
      assert.strictEqual(middle.frames().filter(({ isWhole }) => !isWhole).length, 1)
      assert.strictEqual(middle.frames().at(-1)?.isWhole, false)
      assert.match(other.handshake(), / 101 /)
    }))
})

describe("faults of frames", () => {
  it.live("cut: the connection ends in the middle of a frame", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      const socket = yield* rawSocket(marketSocket)
      socket.send(subscribe)
      yield* socket.until(() => socket.frames().filter(({ isWhole }) => isWhole).length > 5)
      yield* arm(control, { fault: "cut", on: "market", times: 1 })
      assert.strictEqual(yield* socket.ended, "close")
      const frames = socket.frames()
      assert.isTrue(frames.slice(0, -1).every(({ isWhole }) => isWhole))
      assert.isFalse(frames.at(-1)?.isWhole)
      assert.strictEqual((yield* open(marketSocket)).frames.length, 0)
    }))

  it.live("ING-2 silence: nothing but PONG, or nothing at all; others hear everything", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      const one = yield* open(marketSocket)
      const other = yield* open(marketSocket)
      for (const socket of [one, other]) {
        socket.send(subscribe)
        yield* socket.until((frame) => frame.includes("price_changes"))
      }
      const quiet = yield* arm(control, { fault: "silence", on: "market", connection: 1 })
      yield* pinged(one)
      const heard = one.frames.length
      const seen = other.frames.length
      yield* eventually(Effect.sync(() => other.frames.length), (count) => count > seen + 50)
      yield* pinged(one)
      assert.deepStrictEqual([...new Set(one.frames.slice(heard))], ["PONG"])
      assert.deepInclude(yield* reportOf(control, quiet), { applied: 1 })
      yield* arm(control, { fault: "silence", on: "market", connection: 1, pong: false, id: "mute" })
      const before = one.frames.length
      for (let at = 0; at < 3; at++) one.send("PING")
      yield* pinged(other)
      assert.strictEqual(one.frames.length, before)
      yield* post(control, { action: "clear" })
      yield* one.until((frame) => frame === "PONG")
      yield* eventually(Effect.sync(() => changes(one.frames.slice(before))), (frames) => frames.length > 0)
    }))

  it.live("ING-2 silence of some tokens: the other outcome's part of a frame still comes, new books included", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, tokens: [yes = "", no = ""] } = yield* stage()
      yield* arm(control, { fault: "silence", on: "market", assets: [no] })
      const socket = yield* open(marketSocket)
      socket.send({ assets_ids: [yes, no], type: "market" })
      yield* eventually(Effect.sync(() => changes(socket.frames)), (frames) => frames.length > 10)
      assert.isTrue(socket.frames[0]?.endsWith("]\n"))
      assert.isFalse(socket.frames.some((frame) => frame.includes(no)))
      yield* post(control, { action: "clear" })
      yield* socket.until((frame) => frame.includes(no))
    }))

  it.live("ING-3 drop: as many frames are missing as were dropped", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      const whole = yield* open(marketSocket)
      const holes = yield* open(marketSocket)
      for (const socket of [whole, holes]) {
        socket.send(subscribe)
        yield* socket.until((frame) => frame.endsWith("]\n"))
      }
      // Counting begins at the first frame behind the dump, which must not be one of those dropped.
      yield* holes.until((frame) => frame === holes.frames[1])
      const id = yield* arm(control, { fault: "drop", on: "market", connection: 2, probability: 0.2, times: 40 })
      const { applied } = yield* eventually(reportOf(control, id), ({ state }) => state === "over")
      yield* pinged(holes)
      // Counting ends at a frame behind the last one that was dropped.
      const known = holes.frames.length
      const { length } = yield* eventually(Effect.sync(() => holes.frames), (frames) => frames.length > known)
      const end = holes.frames[length - 1] ?? ""
      yield* whole.until((frame) => frame === end)
      const from = whole.frames.findIndex((frame) => frame === holes.frames[1])
      const expected = whole.frames.slice(from, whole.frames.lastIndexOf(end) + 1)
      const got = holes.frames.slice(1, holes.frames.lastIndexOf(end) + 1).filter((frame) => frame !== "PONG")
      assert.strictEqual(applied, 40)
      assert.strictEqual(expected.length - got.length, 40)
      const left = [...expected]
      for (const frame of got) {
        const at = left.indexOf(frame)
        assert.isAtLeast(at, 0)
        left.splice(0, at + 1)
      }
    }))

  it.live("drop of some tokens takes their part of a frame away and leaves the rest", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, tokens: [yes = "", no = ""] } = yield* stage()
      const socket = yield* open(marketSocket)
      socket.send({ assets_ids: [yes, no], type: "market" })
      yield* socket.until((frame) => frame.endsWith("]\n"))
      const id = yield* arm(control, { fault: "drop", on: "market", assets: [yes], times: 5 })
      yield* eventually(reportOf(control, id), ({ state }) => state === "over")
      yield* pinged(socket)
      const lone = changes(socket.frames).filter((frame) => !frame.includes(yes))
      assert.isAbove(lone.length, 0)
      assert.isTrue(lone.every((frame) => messagesOf(frame)[0]?.price_changes?.every((one) => one.asset_id === no)))
    }))

  it.live("ING-5 duplicate and reorder: the same frames, some twice, some later", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      const collect = Effect.fnUntraced(function*(fault: Readonly<Record<string, unknown>>) {
        const whole = yield* open(marketSocket)
        const bent = yield* open(marketSocket)
        for (const socket of [whole, bent]) {
          socket.send(subscribe)
          yield* socket.until((frame) => frame.endsWith("]\n"))
        }
        const id = yield* arm(control, { ...fault, on: "market", connection: connections += 2, times: 60 })
        yield* eventually(reportOf(control, id), ({ state }) => state === "over")
        yield* eventually(Effect.sync(() => bent.frames.length), (count) => count > 300)
        const first = bent.frames[1] ?? ""
        const from = whole.frames.indexOf(first)
        return { from, whole: whole.frames, bent: bent.frames.slice(1) }
      })
      let connections = 0
      const twice = yield* collect({ fault: "duplicate", probability: 0.3 })
      const repeats = twice.bent.filter((frame, at) => at > 0 && frame === twice.bent[at - 1]).length
      assert.strictEqual(repeats, 60)
      const unique = twice.bent.filter((frame, at) => frame !== twice.bent[at - 1])
      assert.deepStrictEqual(unique.slice(0, 100), twice.whole.slice(twice.from, twice.from + 100))

      const later = yield* collect({ fault: "reorder", window: 5 })
      const place = new Map(later.whole.map((frame, at) => [frame, at]))
      const places = later.bent.slice(0, 100).map((frame) => place.get(frame) ?? -1)
      assert.isTrue(places.every((at) => at >= 0))
      assert.strictEqual(new Set(places).size, 100)
      assert.notDeepEqual(places, places.toSorted((a, b) => a - b))
      const start = Math.min(...places)
      assert.isTrue(places.every((at, index) => Math.abs(at - start - index) <= 12), String(places))
    }))

  it.live("ING-4 malform: damaged frames among good ones, each counted, on a connection that stays", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      const socket = yield* open(marketSocket)
      socket.send(subscribe)
      yield* socket.until((frame) => frame.endsWith("]\n"))
      const id = yield* arm(control, { fault: "malform", on: "market", how: "syntax", probability: 0.1, times: 30 })
      yield* eventually(reportOf(control, id), ({ state }) => state === "over")
      yield* pinged(socket)
      const isBroken = (frame: string) => {
        try {
          JSON.parse(frame)
          return false
        } catch {
          return frame !== "PONG"
        }
      }
      assert.strictEqual(socket.frames.filter(isBroken).length, 30)
      assert.isAbove(socket.frames.length, 200)
    }))

  it.live("fragment: messages come in pieces, and are whole to a reader that joins them", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage()
      yield* arm(control, { fault: "fragment", on: "market", pieces: 4 })
      const bytes = yield* rawSocket(marketSocket)
      const joined = yield* open(marketSocket)
      for (const socket of [bytes, joined]) socket.send(subscribe)
      yield* joined.until((frame) => frame.includes("price_changes"))
      assert.isTrue(joined.frames.every((frame) => JSON.parse(frame) !== undefined))
      yield* bytes.until(() => bytes.frames().length > 40)
      const firsts = bytes.frames().slice(0, 40).map(({ first }) => first)
      assert.deepStrictEqual(firsts.slice(0, 8), [0x01, 0, 0, 0x80, 0x01, 0, 0, 0x80])
    }))

  it.effect("slow: what is sent comes at so many bytes a second, in order", () =>
    Effect.gen(function*() {
      const { endpoints: { control, marketSocket }, subscribe } = yield* stage(0)
      const id = yield* arm(control, { fault: "slow", on: "market", bytesPerSecond: 2_000 })
      const socket = yield* rawSocket(marketSocket)
      socket.send(subscribe)
      yield* eventually(reportOf(control, id), ({ applied }) => applied === 1)
      const start = socket.handshake().length
      yield* socket.until(() => socket.length() === start + 100)
      yield* TestClock.adjust(500)
      yield* socket.until(() => socket.length() >= start + 1_100)
      assert.strictEqual(socket.length(), start + 1_100)
      yield* TestClock.adjust("60 seconds")
      yield* socket.until(() => socket.frames()[0]?.isWhole === true)
      assert.strictEqual(messagesOf(socket.frames()[0]?.text ?? "").length, subscribe.assets_ids.length)
    }))
})

describe("faults of every channel", () => {
  it.live("strike the user channel, RTDS, PolyBolt and sports too", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* stage(0)
      const { control } = endpoints
      const hello: ReadonlyArray<readonly [string, string, unknown, string]> = [
        ["rtds", endpoints.rtds, {
          action: "subscribe",
          subscriptions: [{ topic: "crypto_prices", type: "update", filters: "btcusdt" }]
        }, "subscribe"],
        ["polybolt", endpoints.polybolt, {
          op: "subscribe",
          rid: "1",
          subscriptions: [{ channel: "price.crypto", filter: { symbol: "btcusd" } }]
        }, "subscribed"],
        ["sports", endpoints.sports, "pong", "slug"],
        ["user", endpoints.userSocket, "PING", "PONG"]
      ]
      for (const [on, url, message, answer] of hello) {
        yield* arm(control, { fault: "refuse", on, status: 500, times: 1 })
        assert.strictEqual(yield* Effect.flip(open(url)), 500, on)
        const fault = on === "user" ? "silence" : "duplicate"
        const id = yield* arm(control, {
          fault,
          on,
          pong: false,
          ...(on === "user" ? {} : { times: 1, pong: undefined })
        })
        const socket = yield* open(url)
        socket.send(message)
        yield* eventually(reportOf(control, id), ({ applied }) => applied === 1)
        if (on === "user") {
          yield* post(control, { action: "clear", id })
          assert.strictEqual(socket.frames.length, 0)
          socket.send(message)
        }
        yield* socket.until((frame) => frame.includes(answer))
        if (on !== "user") {
          yield* eventually(Effect.sync(() => socket.frames.length), (count) => count > 1)
          assert.strictEqual(socket.frames[0], socket.frames[1], on)
        }
      }
    }))

  it.effect("the same seed meets the same faults, per connection, however many there are", () =>
    Effect.gen(function*() {
      const run = (seed: number) =>
        Effect.scoped(Effect.gen(function*() {
          yield* TestClock.setTime(1_790_000_000_000)
          const { endpoints } = yield* simulator({ seed, rate: 0, markets: 2 })
          yield* arm(endpoints.control, { fault: "drop", on: "polybolt", probability: 0.5 })
          const sockets = [yield* open(endpoints.polybolt), yield* open(endpoints.polybolt)]
          for (const [at, socket] of sockets.entries()) {
            const symbols = Array.from({ length: 60 }, (_, symbol) => `x${symbol}usd`)
            socket.send({
              op: "subscribe",
              rid: String(at),
              subscriptions: symbols.map((symbol) => ({ channel: "price.crypto", filter: { symbol } }))
            })
            socket.send({ op: "ping" })
            yield* socket.until((frame) => frame.includes("pong"))
          }
          return sockets.map(({ frames }) => frames.flatMap((frame) => /"symbol":"(\w+)"/.exec(frame)?.[1] ?? []))
        }))
      const [one, two] = yield* run(1)
      assert.notDeepEqual(one, two)
      assert.isAbove(one?.length ?? 0, 10)
      assert.deepStrictEqual(yield* run(1), [one, two])
      assert.notDeepEqual(yield* run(2), [one, two])
    }))
})
