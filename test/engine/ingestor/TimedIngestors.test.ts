import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Gamma, GammaError } from "../../../src/client/polymarket/Gamma.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import { Unavailable } from "../../../src/domain/Failure.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import type { Ingestor } from "../../../src/engine/Ingestor.ts"
import * as ClockIngestor from "../../../src/engine/ingestor/ClockIngestor.ts"
import * as CronIngestor from "../../../src/engine/ingestor/CronIngestor.ts"
import * as GammaPollerIngestor from "../../../src/engine/ingestor/GammaPollerIngestor.ts"
import { type MarketEvent, unstamped } from "../../../src/engine/MarketEvent.ts"

const layerClock = EventClock.layer({ instance: 0, after: { id: unstamped, receivedAt: 0 } })

const record = Effect.fnUntraced(function*(ingestor: Ingestor) {
  const events: Array<MarketEvent> = []
  const fiber = yield* Effect.forkChild(
    Stream.runForEach(ingestor.batches, (batch) => Effect.sync(() => void events.push(...batch.events))),
    { startImmediately: true }
  )
  return { events, fiber }
})

const market: Market = {
  conditionId: `0x${"1".repeat(64)}` as ConditionId,
  slug: "test",
  question: "Test?",
  outcomes: [{ name: "Yes", assetId: "1" as AssetId }, { name: "No", assetId: "2" as AssetId }],
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open"
}

describe("ClockIngestor", () => {
  it.effect("ticks at whole seconds of event time", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(10_250)
      const { events, fiber } = yield* record(yield* Effect.provide(ClockIngestor.make, layerClock))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(events.map(({ time }) => time), [11_000, 12_000, 13_000])
      yield* Fiber.interrupt(fiber)
    }))
})

describe("CronIngestor", () => {
  it.effect("ticks by name when an expression is due, in UTC", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-01T11:58:30Z"))
      const ingestor = yield* Effect.provide(
        CronIngestor.make({ "every minute": "* * * * *", noon: "0 12 * * *", daily: "30 6 * * *" }),
        layerClock
      )
      const { events, fiber } = yield* record(ingestor)
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(
        events.map((
          event
        ) => [event._tag === "Tick" ? event.name : "", new Date(event.time).toISOString().slice(11, 19)]),
        [["every minute", "11:59:00"], ["every minute", "12:00:00"], ["noon", "12:00:00"]]
      )
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("names the expression that cannot be read", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(CronIngestor.make({ odd: "61 * * * *" }), layerClock))
      assert.strictEqual(error.name, "odd")
    }))
})

describe("GammaPollerIngestor", () => {
  it.effect("tells the markets at once and at the interval, and when it has been without an answer", () =>
    Effect.gen(function*() {
      let isDown = false
      const asked: Array<number> = []
      const layer = Layer.mock(Gamma)({
        marketsByConditionIds: (ids) => {
          asked.push(ids.length)
          const reason = Unavailable.make({ where: "gamma", detail: "down" })
          return isDown
            ? Effect.fail(new GammaError({ operation: "marketsByConditionIds", reason }))
            : Effect.succeed([{ ...market, status: "paused" as const }])
        }
      })
      const ingestor = yield* GammaPollerIngestor.make({ markets: [market], every: "60 seconds" }).pipe(
        Effect.provide(layer)
      )
      const { events, fiber } = yield* record(ingestor)
      const told = () =>
        events.splice(0).map((event) =>
          event._tag === "FeedStatus" ? event.kind : event._tag === "MarketMetadata" ? event.market.status : ""
        )
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(told(), ["connected", "open"])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(told(), ["paused"])
      isDown = true
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(told(), ["stale"])
      assert.strictEqual(ingestor.failures(), 10)
      isDown = false
      yield* TestClock.adjust("1 minutes")
      assert.deepStrictEqual(told(), ["paused", "resynced"])
      assert.strictEqual(asked.length, 12)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.scoped))
})
