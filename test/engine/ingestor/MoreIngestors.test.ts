import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { CoinMarketCap } from "../../../src/client/coinmarketcap/CoinMarketCap.ts"
import { UserOrderMessage } from "../../../src/client/polymarket/clob/OrderSchema.ts"
import { Data } from "../../../src/client/polymarket/Data.ts"
import { PolyBoltFrame } from "../../../src/client/polymarket/rtds/PolyBoltSchema.ts"
import { RtdsFrame } from "../../../src/client/polymarket/rtds/RtdsSchema.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { Ingestor } from "../../../src/engine/Ingestor.ts"
import * as CoinMarketCapIngestor from "../../../src/engine/ingestor/CoinMarketCapIngestor.ts"
import * as DataPollerIngestor from "../../../src/engine/ingestor/DataPollerIngestor.ts"
import * as PricePicker from "../../../src/engine/ingestor/PricePicker.ts"
import * as PricesIngestor from "../../../src/engine/ingestor/PricesIngestor.ts"
import * as UserChannelIngestor from "../../../src/engine/ingestor/UserChannelIngestor.ts"
import { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import * as SharedData from "../../client/SharedData.ts"

/** A transport that answers by path. */
const transport = (answer: (path: string) => unknown) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        const found = answer(new URL(request.url).pathname)
        return HttpClientResponse.fromWeb(
          request,
          found instanceof Response ? found : new Response(JSON.stringify(found))
        )
      })
    )
  )

/** The first batches of a source, each checked against the event schema once it is stamped. */
const first = (source: Ingestor, count: number) =>
  source.batches.pipe(Stream.take(count), Stream.runCollect).pipe(
    Effect.map((batches) => batches.map(({ events }) => events))
  )

const isEvent = Schema.is(MarketEvent)

const Said = Schema.Struct({
  source: Schema.Literals(["a", "b", "c"]),
  after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000 })),
  price: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
})

describe("PricePicker", () => {
  it.prop("one source speaks at a time, the best that lives, the others beside it; one that falls silent has a gap", [
    Schema.Array(Said)
  ], ([said]) => {
    const picker = PricePicker.make(["a", "b", "c"])
    const heard = new Map<string, number>()
    let now = 1_000_000
    let speaker: string | undefined
    for (const { after, price, source } of said) {
      now += after
      const events = PricePicker.take(picker, {
        source,
        assetId: "BTC" as AssetId,
        price: String(price) as Decimal,
        time: now
      }, now)
      heard.set(source, now)
      const best = ["a", "b", "c"].find((one) => now - (heard.get(one) ?? -1e9) <= PricePicker.patience)
      const spoke = events.filter((event) => event._tag === "PriceUpdate")
      assert.deepStrictEqual(
        spoke.map((event) => [event.source, event.beside]),
        [[source, source === best ? undefined : true]]
      )
      const gaps = events.filter((event) => event._tag === "FeedStatus").map((event) => event.source)
      const isLeft = source === best && speaker !== undefined && speaker < source
      assert.deepStrictEqual(gaps, isLeft ? [speaker] : [])
      if (source === best) speaker = source
    }
  })

  it("a price older than the one before says nothing", () => {
    const picker = PricePicker.make(["a"])
    const at = (time: number) =>
      PricePicker.take(picker, { source: "a", assetId: "BTC" as AssetId, price: "1" as Decimal, time }, 0).length
    assert.deepStrictEqual([at(5), at(4), at(5), at(6)], [1, 0, 1, 1])
  })
})

describe("PricesIngestor", () => {
  it("reads the exact value of each source, and no history", () => {
    const decodeRtds = Schema.decodeUnknownSync(RtdsFrame)
    const chainlink = PricesIngestor.saidByRtds(decodeRtds({
      topic: "crypto_prices_chainlink",
      type: "update",
      timestamp: 1,
      payload: {
        symbol: "btc/usd",
        timestamp: 5,
        value: 65048.078902260626,
        full_accuracy_value: "65048078902260626000000"
      }
    }))
    assert.deepStrictEqual(chainlink, {
      source: "rtds-chainlink",
      assetId: "BTC" as AssetId,
      price: "65048.078902260626" as Decimal,
      time: 5
    })
    const polybolt = PricesIngestor.saidByPolyBolt(
      Schema.decodeUnknownSync(PolyBoltFrame)({
        v: 1,
        channel: "price.crypto",
        seq: 1,
        ts: 5,
        payload: { symbol: "ethusd", value: 1.5, full_accuracy_value: "1.50000000001", timestamp: 7 }
      })
    )
    assert.deepStrictEqual(polybolt, {
      source: "polybolt",
      assetId: "ETH" as AssetId,
      price: "1.50000000001" as Decimal,
      time: 7
    })
  })

  it.skipIf(!SharedData.isPresent)("the recorded first frames are history and say nothing", () => {
    const history = Schema.decodeUnknownSync(RtdsFrame)(SharedData.json("payloads/rtds.crypto_prices.subscribe.json"))
    assert.strictEqual(PricesIngestor.saidByRtds(history), undefined)
    for (const frame of SharedData.json("payloads/polybolt.price-crypto.excerpt.json") as ReadonlyArray<unknown>) {
      assert.strictEqual(PricesIngestor.saidByPolyBolt(Schema.decodeUnknownSync(PolyBoltFrame)(frame)), undefined)
    }
  })
})

describe("DataPollerIngestor", () => {
  it.effect("tells positions exactly, and once more when they are gone", () => {
    let turn = 0
    const rows = [
      [{ token_id: "101", size: 150.5, avg_price: 0.55, cash_pnl: 7.525, realized_pnl: 0 }, {
        token_id: "102",
        size: 3
      }],
      [{ token_id: "102", size: 3 }]
    ]
    const layer = Data.layer("http://data").pipe(
      Layer.provide(transport((path) =>
        path === "/v2/positions"
          ? { data: rows[Math.min(turn++, 1)], pagination: { has_more: false } }
          : [{ user: "w", value: 90.3 }]
      ))
    )
    return Effect.gen(function*() {
      const source = yield* DataPollerIngestor.make({ wallet: "0xw", every: "30 seconds" })
      const collecting = yield* Effect.forkChild(first(source, 2))
      yield* TestClock.adjust("1 minute")
      const [one = [], two = []] = yield* Fiber.join(collecting)
      assert.deepStrictEqual(
        (one as ReadonlyArray<MarketEvent>).map((
          event
        ): ReadonlyArray<unknown> => [
          event._tag,
          "size" in event ? event.size : "value" in event ? event.value : undefined
        ]),
        [
          ["PositionUpdate", 150_500_000],
          ["PositionUpdate", 3_000_000],
          ["MetricUpdate", "90.3"]
        ]
      )
      assert.deepStrictEqual(
        two.map((event): unknown => ("assetId" in event ? [event.assetId, "size" in event && event.size] : event._tag)),
        [
          ["102", 3_000_000],
          ["101", 0],
          "MetricUpdate"
        ]
      )
      for (const event of [...one, ...two]) assert(isEvent(event))
    }).pipe(Effect.provide(layer))
  })
})

describe("CoinMarketCapIngestor", () => {
  it.effect("tells metrics and prices; a call that fails costs only itself", () => {
    const fine = (data: unknown) => ({ status: { error_code: 0, credit_count: 1 }, data })
    const layer = CoinMarketCap.layer({
      baseUrl: "http://cmc",
      key: Redacted.make("k"),
      creditsPerDay: 100,
      requestsPerMinute: 600
    }).pipe(
      Layer.provide(transport((path) =>
        path.includes("fear")
          ? new Response("down", { status: 503 })
          : path.includes("global")
          ? fine({ btc_dominance: 57.25, quote: { USD: { total_market_cap: 3.1e12 } } })
          : fine({ BTC: [{ id: 1, symbol: "BTC", quote: { USD: { price: 65048.5 } } }] })
      ))
    )
    return Effect.gen(function*() {
      const source = yield* CoinMarketCapIngestor.make({ every: "15 minutes", symbols: ["BTC"], beside: ["BTC"] })
      const [events = []] = yield* first(source, 1)
      assert.deepStrictEqual(
        events.map((event): ReadonlyArray<unknown> =>
          event._tag === "MetricUpdate"
            ? [event.name, event.value]
            : event._tag === "PriceUpdate"
            ? [event.assetId, event.price, event.beside]
            : []
        ),
        [["btc_dominance", "57.25"], ["total_market_cap", "3100000000000"], ["BTC", "65048.5", true]]
      )
      for (const event of events) assert(isEvent(event))
    }).pipe(Effect.provide(layer))
  })
})

describe("UserChannelIngestor", () => {
  it.skipIf(!SharedData.isPresent)("reads the recorded orders as far as their ids are order ids", () => {
    const orders = ["placement", "update", "placement-docs"].map((name) =>
      UserChannelIngestor.orderOf(
        Schema.decodeUnknownSync(UserOrderMessage)(SharedData.json(`payloads/ws-user.order.${name}.json`))
      )
    )
    const [, , documented] = orders
    assert(documented !== undefined && isEvent(documented))
    assert.deepStrictEqual(orders.map((order) => order?.status), [undefined, undefined, "live"])
    assert.strictEqual(documented.price, 570_000)
  })

  it("a killed order keeps its reason; what names no order of ours is passed over", () => {
    const message = {
      type: "CANCELLATION" as const,
      id: `0x${"7".repeat(64)}`,
      market: `0x${"1".repeat(64)}`,
      asset_id: "256",
      side: "BUY" as const,
      price: "0.6",
      original_size: "12",
      size_matched: "",
      status: "CANCELED_order couldn't be fully filled.",
      timestamp: "1777824065000"
    }
    const order = UserChannelIngestor.orderOf(message)
    assert.deepStrictEqual([order?.status, order?.reason, order?.time], [
      "canceled",
      "order couldn't be fully filled.",
      1777824065000
    ])
    assert.strictEqual(UserChannelIngestor.orderOf({ ...message, id: "0x78xx" }), undefined)
    assert.strictEqual(UserChannelIngestor.orderOf({ ...message, price: "much" }), undefined)
  })
})
