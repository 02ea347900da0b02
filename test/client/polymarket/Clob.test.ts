import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Http from "../../../src/client/Http.ts"
import { Clob } from "../../../src/client/polymarket/Clob.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { ConditionId } from "../../../src/domain/Market.ts"
import { serveHttp } from "../HttpServer.ts"

const summary = (asset_id: string) => ({
  market: `0x${"ab".repeat(32)}`,
  asset_id,
  timestamp: "1790000000000",
  hash: "0".repeat(40),
  bids: [{ price: "0.1", size: "5" }],
  asks: [],
  min_order_size: "5",
  tick_size: "0.01",
  neg_risk: true,
  last_trade_price: ""
})

describe("Clob", () => {
  it.live("reads books in requests of at most 500 and leaves out what does not fit", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ body }) => {
        const wanted = (JSON.parse(body) as ReadonlyArray<{ token_id: string }>).map(({ token_id }) => token_id)
        return { body: [...wanted.map(summary), { ...summary("1"), hash: "?" }, 5] }
      })
      const clob = yield* Effect.provide(Clob, Clob.layer(server.url))
      const assets = Array.from({ length: 1_001 }, (_, index) => String(index) as AssetId)
      const books = yield* clob.books(assets)
      assert.deepStrictEqual(books.map(({ assetId }) => assetId), assets)
      assert.deepStrictEqual(server.seen.map(({ body }) => (JSON.parse(body) as Array<unknown>).length), [500, 500, 1])
      assert.deepStrictEqual([books[0]?.negativeRisk, books[0]?.minimumSize, books[0]?.lastTradePrice], [true, "5", ""])
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.live("reads the clock, a book, a market; what is unknown is undefined", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ path, query }) =>
        path === "/time"
          ? { body: 1_790_000_000 }
          : path === "/book" && query.get("token_id") === "7"
          ? { body: summary("7") }
          : path.startsWith("/clob-markets/0x0")
          ? { body: { c: "0x0", t: [], mts: 0.01, mos: 5, fd: { r: 0.07, e: 1, to: true } } }
          : { status: 404, body: { error: "No orderbook exists for the requested token id" } }
      )
      const clob = yield* Effect.provide(Clob, Clob.layer(server.url))
      assert.strictEqual(yield* clob.time, 1_790_000_000_000)
      assert.strictEqual((yield* clob.book("7" as AssetId))?.assetId, "7" as AssetId)
      assert.isUndefined(yield* clob.book("8" as AssetId))
      assert.strictEqual((yield* clob.marketInfo(`0x${"0".repeat(64)}` as ConditionId))?.fd?.r, 0.07)
      assert.isUndefined(yield* clob.marketInfo(`0x${"1".repeat(64)}` as ConditionId))
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))
})
