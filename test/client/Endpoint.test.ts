import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import * as CoinMarketCap from "../../src/client/coinmarketcap/Endpoints.ts"
import * as Endpoint from "../../src/client/Endpoint.ts"
import * as ClobAccount from "../../src/client/polymarket/clob/AccountEndpoints.ts"
import * as ClobPublic from "../../src/client/polymarket/clob/PublicEndpoints.ts"
import * as Data from "../../src/client/polymarket/data/Endpoints.ts"
import * as Gamma from "../../src/client/polymarket/gamma/Endpoints.ts"

const groups = { gamma: Gamma, data: Data, clob: ClobPublic, account: ClobAccount, cmc: CoinMarketCap }

const callsOf = (group: object) =>
  Object.values(group).filter((value): value is Endpoint.Endpoint<Endpoint.Params, unknown> =>
    typeof value === "object" && value !== null && "summary" in value
  )

describe("Endpoint", () => {
  for (const [name, group] of Object.entries(groups)) {
    it(`${name}: every call has a name of its own, a sentence, and an example that fills its path and required parameters`, () => {
      const calls = callsOf(group)
      assert.isAbove(calls.length, 5)
      assert.strictEqual(new Set(calls.map((call) => call.name)).size, calls.length)
      for (const call of calls) {
        const request = Endpoint.requestOf(call, call.example as never)
        assert(!request.path.includes("{"), call.name)
        assert.isAbove(call.summary.split(" ").length, 2)
        for (const [param, { required }] of Object.entries(call.params)) {
          if (required === true) assert(Object.hasOwn(call.example, param), `${call.name} ${param}`)
        }
        if (call.method === "POST") assert(request.body !== undefined, call.name)
      }
    })
  }

  it("puts parameters where they belong, text encoded", () => {
    const slug = Endpoint.requestOf(Gamma.marketBySlug, { slug: "a b/c?d" })
    assert.strictEqual(slug.path, "/markets/slug/a%20b%2Fc%3Fd")
    const markets = Endpoint.requestOf(Gamma.markets, { limit: 5, ascending: false, slug: ["a", "b"] })
    assert.deepStrictEqual(markets.query, [["limit", "5"], ["ascending", "false"], ["slug", "a"], ["slug", "b"]])
    const positions = Endpoint.requestOf(Data.positions, { user: "0x1", condition: ["0x2", "0x3"] })
    assert.deepStrictEqual(positions.query, [["user", "0x1"], ["condition", "0x2,0x3"]])
    const books = Endpoint.requestOf(ClobPublic.books, { token_ids: ["1", "2"] })
    assert.strictEqual(books.body, `[{"token_id":"1"},{"token_id":"2"}]`)
    const prices = Endpoint.requestOf(ClobPublic.prices, { token_ids: ["1"] })
    assert.strictEqual(prices.body, `[{"token_id":"1","side":"BUY"},{"token_id":"1","side":"SELL"}]`)
  })

  it.effect.prop("pages follow each other until the venue says that there are no more, each asked for once", [
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(Schema.isMaxLength(8))
  ], ([sizes]) =>
    Effect.gen(function*() {
      const asked: Array<string | undefined> = []
      const stream = Endpoint.pages(ClobAccount.orders, {}, ({ next_cursor }) =>
        Effect.sync(() => {
          asked.push(next_cursor)
          const at = next_cursor === undefined ? 0 : Number(next_cursor)
          return {
            data: Array.from({ length: sizes[at] ?? 0 }),
            next_cursor: at + 1 < sizes.length ? String(at + 1) : "LTE="
          }
        }) as never)
      const pages = yield* Stream.runCollect(stream)
      assert.strictEqual(pages.length, Math.max(1, sizes.length))
      assert.deepStrictEqual(asked, [undefined, ...sizes.slice(1).map((_, at) => String(at + 1))])
    }))

  it("data pages carry the filters and the cursor, not the limit", () => {
    const next = Data.trades.paging?.next(
      { condition: ["0x1"], limit: 5 },
      { data: [], pagination: { has_more: true, next_cursor: "abc" } }
    )
    assert.deepStrictEqual(Endpoint.requestOf(Data.trades, next ?? {}).query, [["condition", "0x1"], ["cursor", "abc"]])
    assert.strictEqual(Data.trades.paging?.next({}, { data: [], pagination: { next_cursor: null } }), undefined)
  })
})
