import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Fiber, Layer, Schema } from "effect"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { noBound } from "../../src/engine/EventId.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import { eventOf, EventSeed } from "../arbitrary/Events.ts"

const layer = Dispatcher.layer.pipe(Layer.provide(EventClock.layer({ instance: 0, after: noBound })))

const Batches = Schema.Array(Schema.Array(EventSeed).check(Schema.isMaxLength(6))).check(Schema.isMaxLength(60))

describe("Dispatcher", () => {
  it.effect.prop("DIS-1 a subscriber that never reads changes nothing for the others, and its losses are counted", [
    Batches
  ], ([batches]) =>
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      yield* dispatcher.subscribe({ name: "stuck", capacity: 2, overflow: "dropOldest" })
      const reader = yield* dispatcher.subscribe({ name: "reader", capacity: 10_000, overflow: "dropNewest" })
      const read: Array<MarketEvent> = []
      const fiber = yield* Effect.gen(function*() {
        while (true) read.push(...(yield* reader.takeAll))
      }).pipe(Effect.forkScoped({ startImmediately: true }))
      for (const batch of batches) dispatcher.publish({ events: batch.map(eventOf), arrivedAt: 0 })
      yield* Fiber.interrupt(fiber)
      read.push(...reader.poll())
      const published = batches.flat().length
      assert.strictEqual(read.length, published)
      for (let at = 1; at < read.length; at++) {
        assert((read[at] as MarketEvent).id > (read[at - 1] as MarketEvent).id)
        assert((read[at] as MarketEvent).receivedAt >= (read[at - 1] as MarketEvent).receivedAt)
      }
      const { reader: free, stuck } = dispatcher.counts()
      assert.deepStrictEqual(free, {
        offered: published,
        delivered: published,
        dropped: 0,
        conflated: 0,
        spilled: 0,
        queued: 0
      })
      assert.strictEqual(stuck?.offered, published)
      assert.strictEqual(stuck?.queued, Math.min(2, published))
      assert.strictEqual(stuck?.dropped, Math.max(0, published - 2))
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("a consumer that can no longer be reached is told of", () =>
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const watched = yield* Effect.forkChild(dispatcher.watch, { startImmediately: true })
      const broken = Object.assign(new Set<MarketEvent["_tag"]>(), {
        has: () => {
          throw new Error("broken")
        }
      })
      yield* dispatcher.subscribe({ name: "broken", capacity: 1, overflow: "dropNewest", tags: broken })
      const event = eventOf({ kind: "tick", asset: 0, bid: 50, spread: 1, size: 1, side: "buy", after: 0 })
      dispatcher.publish({ events: [event], arrivedAt: 0 })
      const cause = yield* Effect.flip(Effect.sandbox(Fiber.join(watched)))
      assert.instanceOf(Cause.squash(cause), Error)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("consumers run inside the publish, in the order they subscribed", () =>
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const order: Array<string> = []
      for (const name of ["first", "second", "third"]) {
        const subscription = yield* dispatcher.subscribe({ name, capacity: 10, overflow: "dropNewest" })
        yield* Effect.gen(function*() {
          while (true) for (const _event of yield* subscription.takeAll) order.push(name)
        }).pipe(Effect.forkScoped({ startImmediately: true }))
      }
      const event = eventOf({ kind: "tick", asset: 0, bid: 50, spread: 1, size: 1, side: "buy", after: 0 })
      dispatcher.publish({ events: [event], arrivedAt: 0 })
      assert.deepStrictEqual(order, ["first", "second", "third"])
      dispatcher.publish({ events: [{ ...event, id: 0 as MarketEvent["id"] }], arrivedAt: 0 })
      assert.deepStrictEqual(order, ["first", "second", "third", "first", "second", "third"])
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("a filter keeps other kinds away and out of the counts", () =>
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const trades = yield* dispatcher.subscribe({
        name: "trades",
        capacity: 10,
        overflow: "dropNewest",
        tags: new Set(["Trade"])
      })
      for (const kind of ["tick", "trade", "quote"] as const) {
        const event = eventOf({ kind, asset: 1, bid: 50, spread: 1, size: 1, side: "buy", after: 0 })
        dispatcher.publish({ events: [event], arrivedAt: 0 })
      }
      assert.deepStrictEqual(trades.poll().map((event) => event._tag), ["Trade"])
      assert.strictEqual(dispatcher.counts().trades?.offered, 1)
      assert.deepStrictEqual(dispatcher.events(), { Tick: 1, Trade: 1, PriceUpdate: 1 })
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("who wants only the sources that speak for a symbol hears of no other", () =>
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const options = { capacity: 10, overflow: "dropNewest" } as const
      const all = yield* dispatcher.subscribe({ ...options, name: "all" })
      const speakers = yield* dispatcher.subscribe({ ...options, name: "speakers", speakersOnly: true })
      const event = eventOf({ kind: "quote", asset: 1, bid: 50, spread: 1, size: 1, side: "buy", after: 0 })
      dispatcher.publish({
        events: [event, { ...event, source: "other", beside: true } as MarketEvent],
        arrivedAt: 0
      })
      assert.deepStrictEqual(all.poll().map(({ source }) => source), [event.source, "other"])
      assert.deepStrictEqual(speakers.poll().map(({ source }) => source), [event.source])
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
