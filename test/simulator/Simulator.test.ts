import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { Account } from "../../src/simulator/Accounts.ts"
import { get, open, post, simulator } from "./Client.ts"
import { hashOfSummary, messagesOf, PlainReader } from "./PlainReader.ts"
import { trader } from "./Trader.ts"

interface GammaMarket {
  readonly id: string
  readonly slug: string
  readonly conditionId: string
  readonly version: string
  readonly clobTokenIds: string | null
  readonly positionIds?: ReadonlyArray<string>
  readonly orderPriceMinTickSize: number
  readonly volume24hr: number
  readonly closed: boolean
}

const tokensOf = (market: GammaMarket): ReadonlyArray<string> =>
  market.version === "v2" ? market.positionIds ?? [] : JSON.parse(market.clobTokenIds ?? "[]")

const list = (gamma: string, query = "limit=100") =>
  get(`${gamma}/markets/keyset?${query}`).pipe(
    Effect.map(({ text }) => JSON.parse(text) as { markets: ReadonlyArray<GammaMarket>; next_cursor?: string })
  )

const event = (name: string) => (frame: string) => frame.includes(`"event_type":"${name}"`)

describe("Simulator over HTTP", () => {
  it.live("Gamma lists by keyset, ordered, every market once, and by slug and id", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 20, rate: 0 })
      const seen: Array<GammaMarket> = []
      let cursor = ""
      for (let page = 0; page < 10; page++) {
        const answer = yield* list(endpoints.gamma, `limit=7&order=volume24hr&ascending=false&after_cursor=${cursor}`)
        seen.push(...answer.markets)
        if (answer.next_cursor === undefined) break
        cursor = encodeURIComponent(answer.next_cursor)
      }
      assert.strictEqual(new Set(seen.map((one) => one.id)).size, 20)
      const volumes = seen.map((one) => one.volume24hr)
      assert.deepStrictEqual(volumes, volumes.toSorted((a, b) => b - a))
      const [first] = seen as [GammaMarket]
      assert.deepStrictEqual(
        JSON.parse((yield* get(`${endpoints.gamma}/markets/slug/${first.slug}`)).text).id,
        first.id
      )
      assert.deepStrictEqual(JSON.parse((yield* get(`${endpoints.gamma}/markets/${first.id}`)).text).slug, first.slug)
      const filtered = yield* list(endpoints.gamma, `condition_ids=${seen[3]?.conditionId}`)
      assert.deepStrictEqual(filtered.markets.map((one) => one.id), [seen[3]?.id])
      assert.strictEqual((yield* list(endpoints.gamma, "closed=true")).markets.length, 0)
      assert.strictEqual((yield* get(`${endpoints.gamma}/markets/keyset?order=volume_num`)).status, 422)
      assert.strictEqual((yield* get(`${endpoints.gamma}/markets/keyset?offset=1`)).status, 422)
      assert.strictEqual((yield* get(`${endpoints.gamma}/markets/slug/nothing`)).status, 404)
      const v2 = seen.filter((one) => one.version === "v2")
      assert.strictEqual(v2.length, 2)
      for (const market of v2) {
        assert.strictEqual(market.conditionId.length, 64)
        assert.isNull(market.clobTokenIds)
        const [yes, no] = tokensOf(market).map(BigInt) as [bigint, bigint]
        assert.strictEqual(no - yes, 1n)
      }
    }))

  it.live("books verify against their hash, mirror each other, and unknown tokens are told or dropped", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 20 })
      const { markets } = yield* list(endpoints.gamma)
      const tokens = markets.flatMap(tokensOf)
      const answer = yield* post(`${endpoints.clob}/books`, ["123", ...tokens].map((token_id) => ({ token_id })))
      const books: ReadonlyArray<{ hash: string; asset_id: string; bids: ReadonlyArray<{ price: string }> }> = JSON
        .parse(
          answer.text
        )
      assert.strictEqual(books.length, 40)
      for (const book of books) {
        assert.strictEqual(hashOfSummary(JSON.stringify(book)), book.hash)
        assert.isAbove(book.bids.length, 0)
        const prices = book.bids.map(({ price }) => Number(price))
        assert.deepStrictEqual(prices, prices.toSorted((a, b) => a - b))
      }
      const one = yield* get(`${endpoints.clob}/book?token_id=${tokens[5]}`)
      assert.strictEqual(JSON.parse(one.text).hash, hashOfSummary(one.text))
      const missing = yield* get(`${endpoints.clob}/book?token_id=123`)
      assert.strictEqual(missing.status, 404)
      assert.strictEqual(JSON.parse(missing.text).error, "No orderbook exists for the requested token id")
      assert.strictEqual((yield* get(`${endpoints.clob}/ok`)).text, "\"OK\"")
      assert.match((yield* get(`${endpoints.clob}/time`)).text, /^\d{10}$/)
      const v2 = markets.find((market) => market.version === "v2") as GammaMarket
      assert.strictEqual((yield* get(`${endpoints.clob}/clob-markets/${v2.conditionId}`)).status, 404)
      const padded = yield* get(`${endpoints.clob}/clob-markets/${v2.conditionId.padEnd(66, "0")}`)
      assert.strictEqual(JSON.parse(padded.text).v, "v2")
    }))
})

describe("Simulator's market channel", () => {
  it.live("a reader that only applies frames ends with the books that REST serves", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ rate: 2_000 })
      const tokens = (yield* list(endpoints.gamma)).markets.flatMap(tokensOf)
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: tokens, type: "market" })
      yield* socket.until(event("last_trade_price"))
      const answer = yield* post(`${endpoints.clob}/books`, tokens.map((token_id) => ({ token_id })))
      const books: ReadonlyArray<Record<string, never>> = JSON.parse(answer.text)
      const dump = socket.frames[0] as string
      assert.isTrue(dump.startsWith("[{\"market\":\"0x") && dump.endsWith("}]\n"))
      assert.strictEqual(messagesOf(dump).length, tokens.length)
      for (const book of books) {
        const hash = String(book["hash"])
        yield* socket.until((frame) => frame.includes(hash))
        const reader = new PlainReader()
        const messages = socket.frames.flatMap(messagesOf)
        const mine = (one: typeof messages[number]) =>
          one.hash === hash || (one.price_changes?.some((change) => change.hash === hash) ?? false)
        yield* socket.until((frame) => Number(messagesOf(frame)[0]?.timestamp) > Number(book["timestamp"]))
        for (const message of socket.frames.flatMap(messagesOf).slice(0, messages.findLastIndex(mine) + 1)) {
          reader.apply(message)
        }
        assert.deepEqual(reader.levels(book["asset_id"] as unknown as string, "bids"), book["bids"] as never)
        assert.deepEqual(reader.levels(book["asset_id"] as unknown as string, "asks"), book["asks"] as never)
      }
      assert.isTrue(socket.frames.some((frame) => frame.includes("\", \"price_changes\":[{")))
      assert.isFalse(socket.frames.some(event("best_bid_ask")))
    }))

  it.live(
    "no change of a book is told after a dump that is newer than it, whoever looked meanwhile",
    () =>
      Effect.gen(function*() {
        const { endpoints } = yield* simulator({ markets: 1, rate: 5_000 })
        const [market] = (yield* list(endpoints.gamma)).markets as [GammaMarket]
        const [token] = tokensOf(market) as [string]
        const socket = yield* open(endpoints.marketSocket)
        const user = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
        const isDump = (nth: number) => {
          let seen = 0
          return (frame: string) => frame.endsWith("]\n") && ++seen === nth
        }
        for (let round = 1; round <= 60; round++) {
          // A look at the orders brings the exchange up to now.
          const looking = yield* Effect.forkChild(user.signed("GET", "/data/orders"))
          yield* Effect.sleep("1 millis")
          socket.send({ assets_ids: [token], type: "market" })
          yield* socket.until(isDump(round))
          yield* socket.until((frame) => frame.includes(token) && event("price_change")(frame))
          socket.send({ assets_ids: [token], operation: "unsubscribe" })
          yield* Fiber.join(looking)
        }
        let newest = 0
        for (const frame of socket.frames) {
          if (frame.endsWith("]\n")) newest = Number(messagesOf(frame)[0]?.timestamp)
          else if (event("price_change")(frame)) assert.isAtLeast(Number(messagesOf(frame)[0]?.timestamp), newest)
        }
      }).pipe(Effect.scoped),
    30_000
  )

  it.live("answers PING, known tokens, nonsense; later subscriptions get their own dump; unsubscribed tokens are silent", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ rate: 400, markets: 2 })
      const [first, second] = (yield* list(endpoints.gamma)).markets as [GammaMarket, GammaMarket]
      const socket = yield* open(endpoints.marketSocket)
      socket.send("PING")
      yield* socket.until((frame) => frame === "PONG")
      socket.send("hello")
      yield* socket.until((frame) => frame === "INVALID OPERATION")
      socket.send({ assets_ids: tokensOf(first), type: "market", custom_feature_enabled: true })
      yield* socket.until((frame) => frame.endsWith("]\n"))
      socket.send({ assets_ids: tokensOf(first), operation: "subscribe" })
      yield* socket.until((frame) => frame === "NO NEW ASSETS")
      yield* socket.until(event("best_bid_ask"))
      socket.send({ assets_ids: tokensOf(second), operation: "subscribe" })
      const dump = yield* socket.until((frame) => frame.endsWith("]\n") && frame.includes(second.conditionId))
      assert.deepStrictEqual(messagesOf(dump).map((one) => one.asset_id), [...tokensOf(second)])
      socket.send({ assets_ids: tokensOf(first), operation: "unsubscribe" })
      socket.send("not json either")
      yield* socket.until((frame) => frame.includes(second.conditionId) && event("price_change")(frame))
      const invalids = () => socket.frames.filter((frame) => frame === "INVALID OPERATION").length
      while (invalids() < 2) yield* Effect.sleep(1)
      const from = socket.frames.lastIndexOf("INVALID OPERATION")
      yield* post(endpoints.control, { action: "list" })
      yield* socket.until(event("new_market"))
      assert.isFalse(socket.frames.slice(from).some((frame) => frame.includes(first.conditionId)))
    }))

  it.live("a resolved market is announced, loses its book and is listed as closed", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ rate: 200, markets: 2 })
      const [first, second] = (yield* list(endpoints.gamma)).markets as [GammaMarket, GammaMarket]
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: tokensOf(second), type: "market", custom_feature_enabled: true })
      yield* post(endpoints.control, { action: "resolve", market: first.conditionId, outcome: 1 })
      const told = messagesOf(yield* socket.until(event("market_resolved")))[0]
      assert.strictEqual(told?.winning_asset_id, tokensOf(first)[1])
      assert.strictEqual((yield* get(`${endpoints.clob}/book?token_id=${tokensOf(first)[0]}`)).status, 404)
      assert.deepStrictEqual((yield* list(endpoints.gamma, "closed=true")).markets.map((one) => one.id), [first.id])
    }))
})

describe("Simulator's faults", () => {
  it.live("ING-1 drop cuts every socket and refuses new ones with 503 for a while", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator()
      const one = yield* open(endpoints.marketSocket)
      const other = yield* open(endpoints.marketSocket)
      const answer = JSON.parse((yield* post(endpoints.control, { action: "drop", refuseForMs: 60_000 })).text)
      assert.strictEqual(answer.affected, 2)
      yield* one.closed
      yield* other.closed
      assert.strictEqual(yield* open(endpoints.marketSocket).pipe(Effect.flip), 503)
      yield* post(endpoints.control, { action: "refuse", forMs: 0 })
      yield* open(endpoints.marketSocket)
      const stats = JSON.parse((yield* get(`${endpoints.control}/stats`)).text)
      assert.deepInclude(stats, { drops: 2, refused: 1, connections: 1 })
    }))

  it.live("ING-2 a frozen socket still answers PING, hears nothing else; a new one and REST carry on", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator()
      const tokens = (yield* list(endpoints.gamma)).markets.flatMap(tokensOf)
      const frozen = yield* open(endpoints.marketSocket)
      frozen.send({ assets_ids: tokens, type: "market" })
      yield* frozen.until(event("price_change"))
      assert.strictEqual(JSON.parse((yield* post(endpoints.control, { action: "freeze" })).text).affected, 1)
      const fresh = yield* open(endpoints.marketSocket)
      const stats = JSON.parse((yield* get(`${endpoints.control}/stats`)).text)
      assert.deepInclude(stats, { connections: 2, frozen: 1, freezes: 1 })
      frozen.send("PING")
      yield* frozen.until((frame) => frame === "PONG")
      const heard = frozen.frames.length
      fresh.send({ assets_ids: tokens, type: "market" })
      yield* fresh.until(event("last_trade_price"))
      frozen.send("PING")
      while (frozen.frames.filter((frame) => frame === "PONG").length < 2) yield* Effect.sleep(1)
      assert.deepStrictEqual(frozen.frames.slice(heard), ["PONG"])
      const book = JSON.parse((yield* get(`${endpoints.clob}/book?token_id=${tokens[0]}`)).text)
      assert.isAtLeast(Number(book.timestamp), Number(messagesOf(fresh.frames[0] ?? "")[0]?.timestamp))
    }))

  it.live("ING-2 freezing some tokens withholds these alone, for new sockets too until thaw", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 1 })
      const [yes, no] = (yield* list(endpoints.gamma)).markets.flatMap(tokensOf) as [string, string]
      yield* post(endpoints.control, { action: "freeze", assets: [no], all: true })
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: [yes, no], type: "market" })
      yield* socket.until(event("price_change"))
      yield* socket.until((frame) => event("book")(frame) && !frame.endsWith("]\n"))
      assert.isFalse(socket.frames.some((frame) => frame.includes(no)))
      assert.isTrue(socket.frames.every((frame) => frame.includes(yes)))
      yield* post(endpoints.control, { action: "thaw" })
      const fresh = yield* open(endpoints.marketSocket)
      fresh.send({ assets_ids: [yes, no], type: "market" })
      yield* fresh.until((frame) => frame.includes(no))
    }))

  it.live("a request it does not understand is refused with 400", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator()
      for (const body of ["", "{}", { action: "explode" }, { action: "refuse", forMs: -1 }]) {
        assert.strictEqual((yield* post(endpoints.control, body)).status, 400)
      }
    }))
})
