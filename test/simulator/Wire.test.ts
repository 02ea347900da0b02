import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { CompactMarket, OrderBookSummary } from "../../src/client/polymarket/clob/BookSchema.ts"
import { MarketChannelMessage } from "../../src/client/polymarket/clob/MarketChannelSchema.ts"
import { Endpoints } from "../../src/client/polymarket/EndpointsSchema.ts"
import { GammaMarket } from "../../src/client/polymarket/gamma/MarketSchema.ts"
import { dumpFrame, summaryText } from "../../src/simulator/BookSummary.ts"
import type { FlowMarket } from "../../src/simulator/FlowMarket.ts"
import * as GeneratedVenue from "../../src/simulator/GeneratedVenue.ts"
import * as Generator from "../../src/simulator/Generator.ts"
import { simulator } from "./Client.ts"
import { messagesOf } from "./PlainReader.ts"

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))

const startedAt = 1_790_000_000_000

const decodes = <A>(schema: Schema.Codec<A, unknown>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (value: unknown): A =>
    Result.getOrThrowWith(
      decode(value),
      (issue) => new Error(`${JSON.stringify(value).slice(0, 300)}: ${issue.message}`)
    )
}

const message = decodes(MarketChannelMessage)
const gamma = decodes(GammaMarket)
const compact = decodes(CompactMarket)
const summary = decodes(OrderBookSummary)

describe("What the simulator writes is what the clients' wire schemas describe", () => {
  it.effect.prop("frames of every kind", [Seed], ([seed]) =>
    Effect.sync(() => {
      const generator = Generator.make({ seed, markets: 8, startedAt })
      const kinds = new Set<string>()
      const see = (text: string) => messagesOf(text).forEach((one) => kinds.add(message(one).event_type))
      for (const market of generator.markets) see(dumpFrame(market.book.summaries()))
      for (let step = 0; step < 300; step++) generator.next(startedAt + step * 9).forEach((frame) => see(frame.text))
      generator.list(startedAt + 3_000)
      generator.resolve(generator.markets[0] as FlowMarket, 0, startedAt + 3_001)
      generator.due(startedAt + 3_001).forEach((frame) => see(frame.text))
      for (
        const kind of ["book", "price_change", "last_trade_price", "best_bid_ask", "new_market", "market_resolved"]
      ) {
        assert.isTrue(kinds.has(kind), kind)
      }
    }), { arbitrary: { runs: 10 }, timeout: 30_000 })

  it.effect.prop("markets and books, resolved ones included", [Seed], ([seed]) =>
    Effect.sync(() => {
      const generator = Generator.make({ seed, markets: 20, startedAt })
      const venue = GeneratedVenue.make(generator, () => startedAt)
      generator.resolve(generator.markets[3] as FlowMarket, 1, startedAt)
      for (const market of venue.markets()) {
        const decoded = gamma(market.gamma)
        const tokens = decoded.version === "v2" ? decoded.positionIds : decoded.clobTokenIds
        assert.deepStrictEqual(tokens, market.assetIds)
        assert.strictEqual(decoded.outcomePrices?.reduce((sum, price) => sum + Number(price), 0), 1)
        assert.deepStrictEqual(compact(market.clob).t.map((one) => one.t), [...market.assetIds])
        for (const assetId of market.assetIds) {
          const book = venue.book(assetId)
          assert.strictEqual(book === undefined, market.closed)
          if (book !== undefined) assert.strictEqual(summary(JSON.parse(summaryText(book))).asset_id, assetId)
        }
      }
    }), { arbitrary: { runs: 10 }, timeout: 30_000 })

  it.live("the line that says where everything is", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator()
      const line = JSON.parse(JSON.stringify(endpoints))
      assert.deepStrictEqual(decodes(Endpoints)(line), line)
      assert.strictEqual(endpoints.accounts.length, 4)
    }))
})
