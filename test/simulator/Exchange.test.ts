import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse, unit } from "../../src/domain/Micro.ts"
import type { Account } from "../../src/simulator/Accounts.ts"
import { get, open, simulator } from "./Client.ts"
import { hashOfSummary, type Message, messagesOf, PlainReader } from "./PlainReader.ts"
import { ask, bodyOf, make, type Token, trader } from "./Trader.ts"

interface Summary {
  readonly market: string
  readonly hash: string
  readonly bids: ReadonlyArray<{ readonly price: string; readonly size: string }>
  readonly asks: ReadonlyArray<{ readonly price: string; readonly size: string }>
  readonly last_trade_price: string
}

interface Pair {
  readonly tokens: readonly [Token, Token]
  /** A price of the first token between best bid and best ask, millionths. */
  readonly between: number
}

const bookOf = (clob: string, token: string) =>
  get(`${clob}/book?token_id=${token}`).pipe(Effect.map(({ text }) => JSON.parse(text) as Summary))

/** A market of tick 0.01 without delays whose book leaves room for a price. */
const roomyMarket = Effect.fnUntraced(function*(clob: string, gamma: string) {
  const { value } = yield* ask(`${gamma}/markets/keyset?limit=100`, {})
  for (const market of value["markets"] as ReadonlyArray<Readonly<Record<string, unknown>>>) {
    const { value: facts } = yield* ask(`${clob}/clob-markets/${String(market["conditionId"])}`, {})
    if (market["version"] !== "v1" || market["orderPriceMinTickSize"] !== 0.01) continue
    if (facts["itode"] !== undefined || facts["sd"] !== undefined) continue
    const ids = JSON.parse(String(market["clobTokenIds"])) as readonly [string, string]
    const { asks, bids } = yield* bookOf(clob, ids[0])
    const [bid, best] = [parse(bids.at(-1)?.price ?? "0"), parse(asks.at(-1)?.price ?? "1")]
    if (best - bid < 20_000) continue
    const token = (id: string): Token => ({ id, version: 2, negativeRisk: market["negRisk"] === true })
    const pair: Pair = { tokens: [token(ids[0]), token(ids[1])], between: bid + 10_000 }
    return pair
  }
  return yield* Effect.die("no market leaves room")
})

const stage = Effect.gen(function*() {
  const { endpoints } = yield* simulator({ markets: 20, rate: 0 })
  const { between, tokens } = yield* roomyMarket(endpoints.clob, endpoints.gamma)
  const [one, two] = yield* Effect.forEach(
    [endpoints.accounts[0], endpoints.accounts[3]] as ReadonlyArray<Account>,
    (account) => trader(endpoints.clob, account)
  )
  if (one === undefined || two === undefined) return assert.fail("expected two traders")
  const post = (who: typeof one, token: Token, price: number, size: number) =>
    who.signed("POST", "/order", bodyOf(make(who, token, { price: price / unit, size }), who.apiKey))
  return { endpoints, between, tokens, one, two, post }
})

describe("orders of users", () => {
  it.live("are told of the markets that a socket asked for, and no more once it asks for none", () =>
    Effect.gen(function*() {
      const { between, endpoints, one, post, tokens: [yes] } = yield* stage
      const { value } = yield* ask(`${endpoints.clob}/markets-by-token/${yes.id}`, {})
      const market = value["condition_id"]
      const socket = yield* open(endpoints.userSocket)
      socket.send({ auth: one.credentials, type: "user", markets: [market] })
      const settled = Effect.suspend(() => {
        socket.send("PING")
        const seen = socket.frames.filter((frame) => frame === "PONG").length
        return socket.until(() => socket.frames.filter((frame) => frame === "PONG").length > seen)
      })
      yield* settled
      yield* post(one, yes, between, 10)
      yield* socket.until((frame) => frame.includes("PLACEMENT"))
      socket.send({ operation: "unsubscribe", markets: [market] })
      yield* settled
      yield* post(one, yes, between, 11)
      yield* settled
      assert.strictEqual(socket.frames.filter((frame) => frame.includes("PLACEMENT")).length, 1)
      socket.send({ operation: "subscribe", markets: [market] })
      yield* settled
      yield* post(one, yes, between, 12)
      yield* socket.until((frame) => frame.includes("\"original_size\":\"12\""))
    }).pipe(Effect.scoped))

  it.live("appear in the books of both tokens, whose hashes hold, and meet each other there", () =>
    Effect.gen(function*() {
      const { between, endpoints, one, post, tokens: [yes, no], two } = yield* stage
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: [yes.id, no.id], type: "market", custom_feature_enabled: true })
      const reader = new PlainReader()
      messagesOf(yield* socket.until((frame) => frame.startsWith("["))).forEach((message) => reader.apply(message))

      const placed = yield* post(one, yes, between, 40)
      assert.strictEqual(placed.value["status"], "live")
      const told = yield* socket.until((frame) => frame.includes("price_change"))
      const [message] = messagesOf(told)
      if (message === undefined) return assert.fail("expected a message")
      reader.apply(message)
      const mine = message.price_changes?.map(({ asset_id, price, side, size }) => [asset_id, price, side, size])
      assert.sameDeepMembers([...mine ?? []], [
        [yes.id, String(between / unit), "BUY", "40"],
        [no.id, String((unit - between) / unit), "SELL", "40"]
      ])
      for (const { id } of [yes, no]) {
        const { text } = yield* get(`${endpoints.clob}/book?token_id=${id}`)
        const summary = JSON.parse(text) as Summary
        assert.strictEqual(hashOfSummary(text), summary.hash)
        assert.strictEqual(reader.books.get(id)?.hash, summary.hash)
        assert.deepStrictEqual(reader.levels(id, "bids"), summary.bids)
        assert.deepStrictEqual(reader.levels(id, "asks"), summary.asks)
      }

      // A buyer of the other outcome at the complement: a pair is minted.
      const crossed = yield* post(two, no, unit - between, 15)
      assert.strictEqual(crossed.value["status"], "matched")
      const trade = yield* socket.until((frame) =>
        frame.includes("last_trade_price\"") && frame.includes("fee_rate_bps")
      )
      const [last] = messagesOf(trade) as ReadonlyArray<Message & { readonly side: string }>
      assert.strictEqual(last?.size, "15")
      const books = socket.frames.filter((frame) => frame.includes("\"event_type\":\"book\"")).slice(1)
      assert.strictEqual(books.length, 2)
      for (const { id } of [yes, no]) {
        const summary = yield* bookOf(endpoints.clob, id)
        const whole = books.flatMap(messagesOf).find(({ asset_id }) => asset_id === id)
        assert.strictEqual(whole?.hash, summary.hash)
        assert.notStrictEqual(summary.last_trade_price, "")
        const [side, price] = id === yes.id ? ["bids", between] as const : ["asks", unit - between] as const
        assert.deepStrictEqual(summary[side].at(-1), { price: String(price / unit), size: "25" })
      }
    }).pipe(Effect.scoped))

  it.live("are told to taker and maker on the user channel, trade by trade until it is confirmed", () =>
    Effect.gen(function*() {
      const { between, endpoints, one, post, tokens: [yes, no], two } = yield* stage
      const channel = Effect.fnUntraced(function*(who: typeof one) {
        const socket = yield* open(endpoints.userSocket)
        const { apiKey, passphrase, secret } = who.credentials
        socket.send({ auth: { apiKey, secret, passphrase }, type: "user" })
        socket.send("PING")
        yield* socket.until((frame) => frame === "PONG")
        return socket
      })
      const [maker, taker] = [yield* channel(one), yield* channel(two)]
      const resting = yield* post(one, yes, between, 40)
      const crossing = yield* post(two, no, unit - between, 15)
      for (const [socket, key, role] of [[maker, one.apiKey, "MAKER"], [taker, two.apiKey, "TAKER"]] as const) {
        yield* socket.until((frame) => frame.includes("CONFIRMED"))
        const messages = socket.frames.filter((frame) => frame !== "PONG").map((frame) =>
          JSON.parse(frame) as Readonly<Record<string, unknown>>
        )
        const trades = messages.filter((message) => message["event_type"] === "trade")
        assert.deepStrictEqual(trades.map((trade) => [trade["status"], trade["trader_side"]]), [
          ["MATCHED", role],
          ["MINED", role],
          ["CONFIRMED", role]
        ])
        const [makers] = trades.map((trade) =>
          trade["maker_orders"] as ReadonlyArray<Readonly<Record<string, unknown>>>
        )
        assert.deepStrictEqual(makers?.map((each) => [each["order_id"], each["owner"], each["matched_amount"]]), [
          [resting.value["orderID"], one.apiKey, "15"]
        ])
        assert.strictEqual(trades[0]?.["taker_order_id"], crossing.value["orderID"])
        const orders = messages.filter((message) => message["event_type"] === "order")
        assert.deepStrictEqual(
          orders.map((order) => [order["type"], order["status"], order["size_matched"], order["order_owner"]]),
          role === "MAKER"
            ? [["PLACEMENT", "LIVE", "0", key], ["UPDATE", "LIVE", "15", key]]
            : [["PLACEMENT", "LIVE", "0", key], ["UPDATE", "MATCHED", "15", key]]
        )
      }
      const { value } = yield* one.signed("GET", "/data/trades")
      const [row] = value["data"] as ReadonlyArray<Readonly<Record<string, unknown>>>
      assert.deepStrictEqual([row?.["trader_side"], row?.["status"]], ["MAKER", "CONFIRMED"])
      const balance = yield* two.signed(
        "GET",
        `/balance-allowance?asset_type=CONDITIONAL&token_id=${no.id}&signature_type=3`
      )
      assert.strictEqual(balance.value["balance"], "15000000")
    }).pipe(Effect.scoped))
})
