import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as PriceRecording from "../../src/simulator/PriceRecording.ts"
import * as Prices from "../../src/simulator/Prices.ts"
import * as SharedData from "../client/SharedData.ts"
import { folderWith, open, simulator } from "./Client.ts"

const startedAt = 1_790_000_000_000
const file = "recordings/chainlink-btcusd-2026-07-24.csv.gz"

interface Quotes {
  readonly BTC: ReadonlyArray<{ readonly quote: { readonly USD: { readonly price: number } } }>
}

const Times = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 })))
const Speed = Schema.Literals([0.5, 1, 7, 100])

const rowsOf = (times: ReadonlyArray<number>) =>
  [0, ...times].toSorted((a, b) => a - b).map((time, index) => ({ time, value: index + 1, exact: `${index + 1}` }))

describe("Prices", () => {
  it.prop(
    "a recording tells each row once, in order, when its time has come, however it is asked",
    [Times, Times, Speed],
    ([times, asked, speed]) => {
      const rows = rowsOf(times)
      const recording = PriceRecording.make({ symbol: "btc", rows, startedAt, speed })
      const told: Array<Prices.PricePoint> = []
      let after = startedAt - 1
      for (const at of [...asked.toSorted((a, b) => a - b), 10_000_000]) {
        const until = startedAt + at
        const some = recording.between(after, until)
        for (const one of some) assert.isTrue(one.at > after && one.at <= until)
        told.push(...some)
        assert.strictEqual(recording.at(until).value, Math.max(1, told.length))
        after = Math.max(after, until)
      }
      assert.deepStrictEqual(told.map(({ value }) => value), rows.map(({ value }) => value))
      assert.deepStrictEqual(
        told.map(({ at }) => at),
        rows.map(({ time }) => startedAt + Math.round(time / speed))
      )
    }
  )

  it("one price whatever way it is asked for, a point a second of what is made up", () => {
    const prices = Prices.make({ seed: 3 })
    const points = prices.between("btc/usd", startedAt - 5_000, startedAt + 5_000)
    assert.deepStrictEqual(points.map(({ at }) => at - startedAt), [
      -4_000,
      -3_000,
      -2_000,
      -1_000,
      0,
      1_000,
      2_000,
      3_000,
      4_000,
      5_000
    ])
    for (const one of points) {
      for (const name of ["BTC", "btcusdt", "btcusd"]) assert.deepStrictEqual(prices.at(name, one.at), one)
    }
    const mean = prices.mean("btc", 10, startedAt + 5_400)
    assert.strictEqual(mean.exact, points.reduce((sum, { exact }) => sum + exact, 0n) / 10n)
    assert.strictEqual(prices.between("btc", 0, startedAt).length, 3_600)
  })

  it("a shock builds up, lasts, and goes as it came; other symbols stay", () => {
    const calm = Prices.make({ seed: 3 })
    const prices = Prices.make({ seed: 3 })
    prices.shock("btc", { by: -0.5, from: startedAt, over: 1_000, lasting: 2_000 })
    const ratio = (at: number) => prices.at("btc", startedAt + at).value / calm.at("btc", startedAt + at).value
    for (
      const [at, expected] of [[-1, 1], [0, 1], [500, 0.75], [1_000, 0.5], [2_999, 0.5], [3_500, 0.75], [4_000, 1]]
    ) {
      assert.approximately(ratio(at as number), expected as number, 1e-6)
    }
    prices.shock("btc", { by: 0.1, from: startedAt + 9_000, over: 0 })
    assert.approximately(ratio(99_000), 1.1, 1e-6)
    assert.deepStrictEqual(prices.at("eth", startedAt + 2_000), calm.at("eth", startedAt + 2_000))
    const shocked = prices.at("btc", startedAt + 2_000)
    assert.strictEqual(Number(Prices.exactText(shocked)), shocked.value)
  })

  it.effect("a file that is none is refused with its line", () =>
    Effect.gen(function*() {
      const folder = yield* folderWith({
        "chainlink-btcusd.csv": "feed_ts_ms,value,full_accuracy_value\n1,2,3\n\n4,x,5\n",
        "chainlink-ethusd.csv": "feed_ts_ms,value,full_accuracy_value\n",
        "prices.csv": "feed_ts_ms,value,full_accuracy_value\n1,2,3\n"
      })
      const messages = yield* Effect.forEach(["chainlink-btcusd.csv", "chainlink-ethusd.csv", "prices.csv"], (name) =>
        Effect.flip(PriceRecording.load({ file: `${folder}/${name}`, startedAt, speed: 1 })).pipe(
          Effect.map((error) => [error._tag, error.message.includes("line 4"), error.message.includes(name)])
        ))
      assert.deepStrictEqual(messages, [
        ["PriceRecordingError", true, true],
        ["PriceRecordingError", false, true],
        ["PriceRecordingError", false, true]
      ])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live.skipIf(!SharedData.isPresent)(
    "a recorded day is what RTDS and PolyBolt tell, and what CoinMarketCap quotes",
    () =>
      Effect.gen(function*() {
        const recorded = SharedData.text(file).trim().split("\n").slice(1).map((line) => line.split(","))
        const { endpoints } = yield* simulator({
          prices: { file: SharedData.path(file), speed: 20 },
          rate: 0,
          markets: 1
        })
        const rtds = yield* open(endpoints.rtds)
        rtds.send({
          action: "subscribe",
          subscriptions: [{ topic: "crypto_prices_chainlink", type: "*", filters: "{\"symbol\":\"btc/usd\"}" }]
        })
        const polybolt = yield* open(endpoints.polybolt)
        polybolt.send({ op: "subscribe", subscriptions: [{ channel: "price.crypto", filter: { symbol: "btcusd" } }] })
        const row = recorded[30] ?? []
        yield* rtds.until((frame) => frame.includes(row[2] as string))
        yield* polybolt.until((frame) => frame.includes(`"value":${row[1]}`))
        const told = rtds.frames.map((frame) => JSON.parse(frame)).filter(({ type }) => type === "update").map((
          { payload }
        ) => String(payload.full_accuracy_value))
        const first = recorded.findIndex(([, , exact]) => exact === told[0])
        assert.isAtMost(first, 25)
        assert.deepStrictEqual(told, recorded.slice(first, first + told.length).map(([, , exact]) => exact))
        const { data } = yield* Effect.promise(() =>
          fetch(`${endpoints.coinmarketcap}/v2/cryptocurrency/quotes/latest?symbol=BTC`, {
            headers: { "X-CMC_PRO_API_KEY": "key" }
          }).then((response) => response.json() as Promise<{ readonly data: Quotes }>)
        )
        // The last whole minute lies before the recording's start, where its first price stands, or within its first minutes.
        assert.include(recorded.slice(0, 1_300).map(([, value]) => Number(value)), data.BTC[0]?.quote.USD.price)
      }).pipe(Effect.scoped)
  )
})
