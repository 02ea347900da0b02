/** A state that follows 5,000 events a second on 200 assets and is mirrored to Redis, read meanwhile; and how fast writes reach Redis. */
import { Effect, Layer, Redacted } from "effect"
import { Redis } from "ioredis"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { boundAfter } from "../../../src/engine/EventId.ts"
import { StateManager } from "../../../src/engine/StateManager.ts"
import { Workers } from "../../../src/engine/Workers.ts"
import { Settings } from "../../../src/Settings.ts"
import * as StateMirror from "../../../src/storage/redis/StateMirror.ts"
import { asset, round } from "../../suites/stateManagerSuite.ts"
import { serve } from "../Process.ts"

const assets = Array.from({ length: 200 }, (_, index) => asset(index))

/** Reads timed together: a single one is shorter than the clock can tell. */
const together = 100

const layerOf = (url: string) =>
  Layer.merge(StateManager.layer, StateMirror.layer(Redacted.make(url))).pipe(
    Layer.provideMerge(Dispatcher.layer),
    Layer.provideMerge(Layer.mergeAll(Workers.layer, EventClock.layer({ instance: 0, after: boundAfter(undefined) }))),
    Layer.provideMerge(Settings.layerDefault)
  )

/** Reads for a while, at the pace of the events; `read` is what is measured. */
const reading = Effect.fnUntraced(function*(read: (index: number) => unknown) {
  const dispatcher = yield* Dispatcher
  const times: Array<number> = []
  let turn = 0
  let reads = 0
  let spent = 0
  const end = performance.now() + 3_000
  while (performance.now() < end) {
    // Four events a round: 20 rounds in 16 ms are 5,000 events a second.
    for (let at = 0; at < 20; at++) {
      dispatcher.publish({ events: round((turn * 20 + at) % assets.length, turn), arrivedAt: performance.now() })
    }
    turn++
    for (let some = 0; some < 50; some++) {
      const began = performance.now()
      for (let at = 0; at < together; at++) read(reads++ % assets.length)
      const took = performance.now() - began
      spent += took
      times.push(took * 1_000 / together)
    }
    yield* Effect.sleep("16 millis")
  }
  times.sort((a, b) => a - b)
  return {
    perSecond: reads / spent * 1_000,
    p50Micros: times[times.length >> 1] ?? 0,
    p99Micros: times[Math.floor(times.length * 0.99)] ?? 0
  }
})

/** Every price written `rounds` times, until Redis has the last of each. */
const writing = Effect.fnUntraced(function*(url: string) {
  const dispatcher = yield* Dispatcher
  const redis = yield* Effect.acquireRelease(
    Effect.sync(() => new Redis(url)),
    (connection) => Effect.sync(() => connection.disconnect())
  )
  const sequence = () => Effect.promise(async () => Number(await redis.get("polymarket:sequence")))
  const before = yield* sequence()
  const began = performance.now()
  let turn = 100
  // New versions of everything, as often as the mirror takes them.
  while (performance.now() - began < 3_000) {
    for (let index = 0; index < assets.length; index++) {
      dispatcher.publish({ events: round(index, turn), arrivedAt: performance.now() })
    }
    turn++
    yield* Effect.sleep("20 millis")
  }
  return { perSecond: ((yield* sequence()) - before) / (performance.now() - began) * 1_000 }
})

serve((asked: { readonly url: string; readonly kind: "read" | "map" | "write" }) =>
  Effect.runPromise(
    Effect.gen(function*() {
      const state = yield* StateManager
      if (asked.kind === "write") return yield* writing(asked.url)
      if (asked.kind === "read") return yield* reading((index) => state.price(assets[index] as never))
      const map = new Map(assets.map((assetId) => [assetId, { assetId }]))
      return yield* reading((index) => map.get(assets[index] as never))
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(layerOf(asked.url))), Effect.orDie)
  )
)
