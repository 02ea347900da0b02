import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Account } from "../../src/simulator/Accounts.ts"
import { open, simulator, type Socket } from "./Client.ts"
import { trader } from "./Trader.ts"

const parsed = ({ frames }: Socket) => frames.map((frame) => JSON.parse(frame) as Readonly<Record<string, unknown>>)

describe("the price sockets", () => {
  it.live("PolyBolt takes keys, and refuses more than 20 frames a second, 64 subscriptions and 8 wrong keys", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 1, rate: 0 })
      const { credentials } = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
      const socket = yield* open(endpoints.polybolt)
      socket.send({ op: "auth", rid: "1", auth: credentials })
      assert.deepStrictEqual(JSON.parse(yield* socket.until((frame) => frame.includes("authed"))), {
        op: "authed",
        rid: "1"
      })
      const many = Array.from({ length: 65 }, (_, at) => ({ channel: "price.crypto", filter: { symbol: `c${at}usd` } }))
      socket.send({ op: "subscribe", rid: "2", subscriptions: many })
      yield* socket.until((frame) => frame.includes("sub_limit"))
      assert.strictEqual(parsed(socket).filter(({ op }) => op === "subscribed").length, 64)

      const hasty = yield* open(endpoints.polybolt)
      for (let at = 0; at < 25; at++) hasty.send({ op: "ping" })
      yield* hasty.until((frame) => frame.includes("rate_limited"))
      assert.strictEqual(parsed(hasty).filter(({ op }) => op === "pong").length, 20)

      const stranger = yield* open(endpoints.polybolt)
      for (let at = 0; at < 8; at++) stranger.send({ op: "auth", auth: { ...credentials, secret: "no" } })
      yield* stranger.closed
      assert.deepStrictEqual(parsed(stranger).map(({ code }) => code), [
        ...Array.from({ length: 7 }, () => "auth_invalid"),
        "auth_attempts"
      ])
    }).pipe(Effect.scoped))

  it.live("RTDS tells what a topic's latest subscription asks for, one kind of message or all", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 4, rate: 400 })
      const socket = yield* open(endpoints.rtds)
      const subscribe = (...subscriptions: ReadonlyArray<object>) => socket.send({ action: "subscribe", subscriptions })
      const chainlink = (symbol: string) => ({
        topic: "crypto_prices_chainlink",
        type: "*",
        filters: JSON.stringify({ symbol })
      })
      subscribe(chainlink("btc/usd"), chainlink("eth/usd"), { topic: "activity", type: "orders_matched" })
      yield* socket.until((frame) => frame.includes("\"update\"") && frame.includes("btc/usd"))
      yield* socket.until((frame) => frame.includes("\"update\"") && frame.includes("eth/usd"))
      yield* socket.until((frame) => frame.includes("orders_matched"))
      assert.isFalse(socket.frames.some((frame) => frame.includes("\"trades\"")))
      subscribe(chainlink("sol/usd"))
      yield* socket.until((frame) => frame.includes("\"subscribe\"") && frame.includes("sol/usd"))
      const before = socket.frames.length
      yield* socket.until((frame) => frame.includes("\"update\"") && frame.includes("sol/usd"))
      const later = socket.frames.slice(before).filter((frame) => frame.includes("crypto_prices_chainlink"))
      assert.isTrue(later.length > 0 && later.every((frame) => frame.includes("sol/usd")))
    }).pipe(Effect.scoped))
})
