import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { CoinMarketCap } from "../../src/client/coinmarketcap/CoinMarketCap.ts"
import * as Calls from "../../src/client/coinmarketcap/Endpoints.ts"
import * as Purse from "../../src/client/coinmarketcap/Purse.ts"

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
          Purse.settle(purse, draw, draw)
        }
      }
      for (const spent of spentByDay.values()) assert.isAtMost(spent, 100)
    }
  )

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
