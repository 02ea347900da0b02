import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { CoinMarketCap } from "../../src/client/coinmarketcap/CoinMarketCap.ts"
import * as Calls from "../../src/client/coinmarketcap/Endpoints.ts"
import * as Purse from "../../src/client/coinmarketcap/Purse.ts"
import * as CoinMarketCapIngestor from "../../src/engine/ingestor/CoinMarketCapIngestor.ts"

const Draw = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))

const clientOf = (creditsPerDay: number, answer: () => Response) => {
  const seen: Array<string> = []
  const transport = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) => {
      seen.push(String(request.headers["x-cmc_pro_api_key"]))
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer()))
    })
  )
  const layer = CoinMarketCap.layer({
    baseUrl: "http://cmc",
    key: Redacted.make("canary-key"),
    creditsPerDay,
    requestsPerMinute: 600
  }).pipe(Layer.provide(transport))
  return { layer, seen }
}

const fine = (cost: number) =>
  new Response(
    JSON.stringify({
      status: { error_code: "0", error_message: "", credit_count: cost },
      data: { value: 40, value_classification: "Fear" }
    })
  )

describe("CoinMarketCap", () => {
  it.prop(
    "ING-8 a day never costs more than its cap, whatever calls are made and when",
    [Schema.Array(Draw)],
    ([draws]) => {
      const purse = Purse.make(100)
      let now = 0
      const spentByDay = new Map<number, number>()
      for (const draw of draws) {
        now += draw * 3_600_000
        const day = Math.floor(now / 86_400_000)
        if (Purse.reserve(purse, draw, now)) {
          spentByDay.set(day, (spentByDay.get(day) ?? 0) + draw)
          Purse.settle(purse, draw, draw, now)
        }
      }
      for (const spent of spentByDay.values()) assert.isAtMost(spent, 100)
    }
  )

  it.prop(
    "ING-8 what a late reply gives back goes to the day it was taken from",
    [Schema.Array(
      Schema.Struct({ cost: Draw, seconds: Schema.Int.check(Schema.isBetween({ minimum: -300, maximum: 900 })) })
    )],
    ([calls]) => {
      const purse = Purse.make(100)
      const pending: Array<{ readonly reserved: number; readonly cost: number; readonly at: number }> = []
      const spentByDay = new Map<number, number>()
      // Around midnight, where the day turns while calls are under way.
      let now = 86_400_000 - 1_800_000
      let latest = 0
      for (const { cost, seconds } of calls) {
        now += seconds * 1_000
        latest = Math.max(latest, Math.floor(now / 86_400_000))
        if (Purse.reserve(purse, 40, now)) {
          spentByDay.set(latest, (spentByDay.get(latest) ?? 0) + cost)
          pending.push({ reserved: 40, cost, at: now })
        }
        // The reply comes two calls later.
        const settled = pending.length > 2 ? pending.shift() : undefined
        if (settled !== undefined) Purse.settle(purse, settled.reserved, settled.cost, settled.at)
      }
      for (const spent of spentByDay.values()) assert.isAtMost(spent, 100)
    }
  )

  it("ING-8 a clock that swings around midnight does not open the purse twice", () => {
    const purse = Purse.make(100)
    const midnight = 86_400_000
    const taken = [1_000, -1_000, 2_000, -2_000, 3_000].filter((off) => Purse.reserve(purse, 40, midnight + off))
    assert.deepStrictEqual(taken, [1_000, -1_000])
  })

  it.effect("ING-8 a source that polls all day spends its cap at most, and asks nobody beyond it", () => {
    const perDay = 200
    const charged = new Map<number, number>()
    let day = 0
    const { layer, seen } = clientOf(perDay, () => {
      charged.set(day, (charged.get(day) ?? 0) + 1)
      return fine(1)
    })
    return Effect.gen(function*() {
      const source = yield* CoinMarketCapIngestor.make({ every: "5 minutes", symbols: ["BTC"], beside: [] })
      yield* Stream.runDrain(source.batches).pipe(Effect.forkChild)
      while (day < 3) {
        yield* TestClock.adjust("23 hours")
        const atCap = seen.length
        assert.strictEqual(charged.get(day), perDay)
        yield* TestClock.adjust("59 minutes")
        assert.strictEqual(seen.length, atCap)
        day++
        yield* TestClock.adjust("1 minute")
      }
    }).pipe(Effect.provide(layer))
  })

  it.effect("ING-8 no call is made after the cap until the next UTC day", () => {
    const { layer, seen } = clientOf(3, () => fine(1))
    return Effect.gen(function*() {
      const cmc = yield* CoinMarketCap
      for (let n = 0; n < 3; n++) assert.strictEqual((yield* cmc.call(Calls.fearAndGreed, {})).value, 40)
      const refused = yield* Effect.flip(cmc.call(Calls.fearAndGreed, {}))
      assert.strictEqual(refused.reason._tag, "RateLimited")
      assert.strictEqual(seen.length, 3)
      yield* TestClock.adjust("1 day")
      yield* cmc.call(Calls.fearAndGreed, {})
      assert.strictEqual(seen.length, 4)
      assert.strictEqual(seen[0], "canary-key")
    }).pipe(Effect.provide(layer))
  })

  it.effect("an envelope with an error is a typed failure, and the key is in none of it", () => {
    const cases: ReadonlyArray<readonly [number, number, string]> = [
      [200, 1008, "RateLimited"],
      [200, 1006, "Unauthorized"],
      [200, 400, "Rejected"],
      [401, 1001, "Unauthorized"],
      [429, 1008, "RateLimited"],
      [500, 500, "Unavailable"]
    ]
    return Effect.gen(function*() {
      for (const [status, code, tag] of cases) {
        const body = JSON.stringify({ status: { error_code: code, error_message: "no", credit_count: 0 } })
        const { layer } = clientOf(100, () => new Response(body, { status }))
        const error = yield* Effect.flip(Effect.flatMap(CoinMarketCap, (cmc) => cmc.call(Calls.globalMetrics, {})))
          .pipe(
            Effect.provide(layer)
          )
        assert.strictEqual(error.reason._tag, tag)
        assert(!JSON.stringify(error).includes("canary"))
        assert(!error.message.includes("canary"))
      }
    })
  })

  it("knows what a call costs before it is made", () => {
    assert.strictEqual(Calls.creditsOf("listings", { limit: 450 }), 3)
    assert.strictEqual(Calls.creditsOf("quotes", { id: Array.from({ length: 150 }), convert: ["USD", "EUR"] }), 4)
    assert.strictEqual(Calls.creditsOf("key", {}), 0)
    assert.strictEqual(Calls.creditsOf("fear-greed", {}), 1)
  })
})
