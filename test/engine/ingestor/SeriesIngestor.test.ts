import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Gamma } from "../../../src/client/polymarket/Gamma.ts"
import type { Market } from "../../../src/domain/Market.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { noBound } from "../../../src/engine/EventId.ts"
import * as SeriesIngestor from "../../../src/engine/ingestor/SeriesIngestor.ts"
import * as Series from "../../../src/engine/Series.ts"

const period = 300
const series = "btc-updown-5m"

/** A Gamma that lists each market of the series a second after it has begun. */
const gammaOf = (now: () => number) =>
  Gamma.layer("http://gamma").pipe(Layer.provide(Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        const slug = new URL(request.url).pathname.split("/").pop() ?? ""
        const start = Number(slug.split("-").pop())
        const isListed = now() >= (start + 1) * 1_000
        const body = {
          id: String(start),
          conditionId: `0x${start.toString(16).padStart(64, "0")}`,
          slug,
          question: "Up or down?",
          outcomes: "[\"Up\", \"Down\"]",
          clobTokenIds: JSON.stringify([`${start}1`, `${start}2`]),
          orderPriceMinTickSize: 0.01,
          orderMinSize: 5,
          active: true,
          closed: false,
          acceptingOrders: true
        }
        return HttpClientResponse.fromWeb(
          request,
          isListed
            ? new Response(JSON.stringify(body))
            : new Response("{\"type\":\"not found error\",\"error\":\"id not found\"}", { status: 404 })
        )
      })
    )
  )))

describe("Series", () => {
  it.prop("the slug names the period that the time is in", [
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000_000_000_000 }))
  ], ([now]) => {
    const start = Number(Series.slugAt(series, period, now).split("-").pop()) * 1_000
    assert(start <= now && now < start + period * 1_000)
    assert.strictEqual(start % (period * 1_000), 0)
  })

  it("knows the period from the name", () => {
    assert.deepStrictEqual(["btc-updown-5m", "eth-updown-15m", "btc-updown-1h", "nba-season"].map(Series.periodOf), [
      300,
      900,
      3_600,
      undefined
    ])
  })
})

describe("SeriesIngestor", () => {
  it.effect("follows each market as it begins and lets go of the one before a little later", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_790_766_900_000)
      let elapsed = 0
      const steps: Array<readonly [string, string, number]> = []
      const note = (what: string) => (markets: ReadonlyArray<Market>) =>
        Effect.sync(() => {
          for (const { slug } of markets) steps.push([what, slug.slice(-3), elapsed])
        })
      const layer = Layer.merge(
        EventClock.layer({ instance: 0, after: noBound }),
        gammaOf(() => 1_790_766_900_000 + elapsed * 1_000)
      )
      yield* Effect.gen(function*() {
        const source = yield* SeriesIngestor.make(series, { follow: note("follow"), unfollow: note("unfollow") })
        const collecting = yield* Effect.forkChild(Stream.runCollect(Stream.take(source.batches, 3)))
        for (; elapsed < 640; elapsed++) yield* TestClock.adjust("1 second")
        const batches = yield* Fiber.join(collecting)
        for (const { events } of batches) {
          assert.deepStrictEqual(events.map((event) => event._tag), ["MarketMetadata", "MarketLifecycle"])
        }
        assert.deepStrictEqual(steps.map(([what, slug]) => [what, slug]), [
          ["follow", "900"],
          ["follow", "200"],
          ["unfollow", "900"],
          ["follow", "500"]
        ])
        const at = steps.map(([, , second]) => second)
        assert.isAtMost(at[1] ?? 0, 303)
        assert.isAtLeast((at[2] ?? 0) - (at[1] ?? 0), 30)
      }).pipe(Effect.provide(layer))
    }))
})
