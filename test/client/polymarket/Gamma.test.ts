import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Http from "../../../src/client/Http.ts"
import { Misfit } from "../../../src/client/polymarket/clob/TranslateMarketMessage.ts"
import { Gamma } from "../../../src/client/polymarket/Gamma.ts"
import { GammaMarket } from "../../../src/client/polymarket/gamma/MarketSchema.ts"
import { translateMarket } from "../../../src/client/polymarket/gamma/TranslateMarket.ts"
import { type ConditionId, Market } from "../../../src/domain/Market.ts"
import { serveHttp } from "../HttpServer.ts"
import * as SharedData from "../SharedData.ts"

const wire = (index: number, more: Record<string, unknown> = {}) => ({
  conditionId: `0x${String(index).padStart(64, "0")}`,
  slug: `market-${index}`,
  question: "Q?",
  outcomes: "[\"Yes\", \"No\"]",
  clobTokenIds: `["${index}1", "${index}2"]`,
  orderPriceMinTickSize: 0.01,
  orderMinSize: 5,
  volume24hr: 1000 - index,
  acceptingOrders: true,
  ...more
})

const translated = (raw: unknown): Market | Misfit => translateMarket(Schema.decodeUnknownSync(GammaMarket)(raw))

describe("TranslateMarket", () => {
  it("takes the tokens the version trades, and refuses other versions", () => {
    const both = wire(1, { positionIds: ["71", "72"] })
    const tokens = (raw: unknown) => {
      const market = translated(raw)
      return market instanceof Misfit ? market.issue : market.outcomes.map(({ assetId }) => String(assetId))
    }
    assert.deepStrictEqual(tokens({ ...both, version: "v1" }), ["11", "12"])
    assert.deepStrictEqual(tokens(both), ["11", "12"])
    assert.deepStrictEqual(tokens({ ...both, version: "v2" }), ["71", "72"])
    assert.isString(tokens({ ...both, version: "v3" }))
    assert.isString(tokens({ ...wire(1), clobTokenIds: null }))
  })

  it("charges only where fees are enabled, and never guesses a rate", () => {
    const feeSchedule = { exponent: 1, rate: 0.07, takerOnly: true, rebateRate: 0.2 }
    const fee = (more: Record<string, unknown>) => {
      const market = translated(wire(1, more))
      return market instanceof Misfit ? "refused" : market.fee
    }
    assert.deepStrictEqual(fee({ feesEnabled: true, feeSchedule }), { rate: "0.07", exponent: 1 } as never)
    assert.isUndefined(fee({ feesEnabled: false, feeSchedule }))
    assert.strictEqual(fee({ feesEnabled: true }), "refused")
    assert.deepStrictEqual(fee({ feesEnabled: true, feeType: "crypto_fees" }), { rate: "0.25", exponent: 2 } as never)
  })

  it("reads where a market is in its life", () => {
    const status = (more: Record<string, unknown>) => {
      const market = translated(wire(1, more))
      return market instanceof Misfit ? undefined : market.status
    }
    assert.strictEqual(status({}), "open")
    assert.strictEqual(status({ acceptingOrders: false }), "paused")
    assert.strictEqual(status({ umaResolutionStatus: "proposed" }), "paused")
    assert.strictEqual(status({ closed: true, acceptingOrders: true }), "closed")
    assert.strictEqual(status({ closed: true, umaResolutionStatus: "resolved" }), "resolved")
    assert.strictEqual(status({ version: "v2", positionIds: ["1", "2"], resolutionStatus: "resolved" }), "resolved")
  })

  it("pads the 62 digit condition ids of Protocol V2 documents", () => {
    const market = translated(wire(1, { conditionId: `0x${"0a".repeat(31)}` }))
    assert.strictEqual(market instanceof Misfit ? "" : market.conditionId, `0x${"0a".repeat(31)}00`)
  })

  it.skipIf(!SharedData.isPresent)("every recorded market becomes a domain market", () => {
    const isMarket = Schema.is(Market)
    const recorded = [
      "gamma.market",
      "gamma.market.btc-15m-2026-10-05",
      "gamma.market.closed-accepting-false",
      "gamma.market.sports-handicap"
    ].map((name) => SharedData.json(`payloads/${name}.json`))
    const windows = SharedData.text("payloads/gamma.markets.btc-5m.2026-07-24.jsonl.gz").trim().split("\n")
      .map((line) => (JSON.parse(line) as { raw: unknown }).raw)
    for (const raw of [...recorded, ...windows]) {
      const market = translated(raw)
      assert.isTrue(isMarket(market), market instanceof Misfit ? market.issue : JSON.stringify(market))
    }
  })
})

describe("Gamma", () => {
  it.live("pages by cursor until there are enough, and leaves out what does not fit", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ query }) => {
        const at = Number(query.get("after_cursor") ?? 0)
        const markets = [wire(at + 1), wire(at + 2, { version: "v9" }), { outcomes: "[1]" }]
        return { body: { markets, next_cursor: String(at + 3) } }
      })
      const gamma = yield* Effect.provide(Gamma, Gamma.layer(server.url))
      const markets = yield* gamma.topMarketsByVolume24h(3)
      assert.deepStrictEqual(markets.map((market) => market.slug), ["market-1", "market-4", "market-7"])
      assert.strictEqual(yield* gamma.misfits, 6)
      assert.deepStrictEqual(
        ["order", "ascending", "closed", "after_cursor"].map((key) => server.seen[1]?.query.get(key)),
        ["volume24hr", "false", "false", "3"] as never
      )
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.live("finds by slug, and by condition id among the closed, too", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ path, query }) => {
        if (path === "/markets/slug/market-1") return { body: wire(1) }
        if (path !== "/markets/keyset") return { status: 404, body: { type: "not found error", error: "id not found" } }
        const closed = query.get("closed") === "true"
        const all = [wire(1), wire(2, { closed: true })].filter((market) =>
          query.getAll("condition_ids").includes(market.conditionId) && ("closed" in market) === closed
        )
        return { body: { markets: all } }
      })
      const gamma = yield* Effect.provide(Gamma, Gamma.layer(server.url))
      assert.strictEqual((yield* gamma.marketBySlug("market-1"))?.slug, "market-1")
      assert.isUndefined(yield* gamma.marketBySlug("market-7"))
      const ids = [1, 2, 3].map((index) => wire(index).conditionId as ConditionId)
      const markets = yield* gamma.marketsByConditionIds(ids)
      assert.deepStrictEqual(markets.map(({ slug, status }) => [slug, status]), [["market-1", "open"], [
        "market-2",
        "closed"
      ]])
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))
})
