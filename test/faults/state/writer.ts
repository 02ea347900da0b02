/**
 * An engine's state for the fault tests, mirrored to the Redis of the URL given: 5,000 events a second on 200 assets, local reads all the while. Writes
 * a line of JSON several times a second, see `Told.ts`.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Effect, FiberSet, Layer, Redacted } from "effect"
import process from "node:process"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { boundAfter } from "../../../src/engine/EventId.ts"
import { StateManager } from "../../../src/engine/StateManager.ts"
import { Workers } from "../../../src/engine/Workers.ts"
import { Settings } from "../../../src/Settings.ts"
import * as StateMirror from "../../../src/storage/redis/StateMirror.ts"
import { asset, round } from "../../suites/stateManagerSuite.ts"
import { hot, quiet, rate, type Written } from "./Told.ts"

/** Reads timed together: a single one is shorter than the clock can tell. */
const together = 100

const layers = Layer.merge(StateManager.layer, StateMirror.layer(Redacted.make(process.argv[2] ?? ""))).pipe(
  Layer.provideMerge(Dispatcher.layer),
  Layer.provideMerge(Layer.mergeAll(Workers.layer, EventClock.layer({ instance: 0, after: boundAfter(undefined) }))),
  Layer.provideMerge(Settings.layerDefault)
)

const program = Effect.gen(function*() {
  const dispatcher = yield* Dispatcher
  const state = yield* StateManager
  const workers = yield* Workers
  let published = 0
  let lastId = 0
  const publish = (index: number, turn: number) => {
    const events = round(index, turn)
    dispatcher.publish({ events, arrivedAt: performance.now() })
    published += events.length
    lastId = events.at(-1)?.id ?? lastId
  }
  for (let index = hot; index < hot + quiet; index++) publish(index, 0)
  const began = performance.now()
  const before = published
  let rounds = 0
  let times: Array<number> = []
  let reads = 0
  let told = began
  const work = Effect.gen(function*() {
    while (true) {
      while (published - before < (performance.now() - began) / 1_000 * rate) {
        publish(rounds % hot, 1 + Math.floor(rounds / hot))
        rounds++
      }
      for (let some = 0; some < 4; some++) {
        const at = performance.now()
        for (let read = 0; read < together; read++) state.price(asset(reads++ % hot))
        times.push((performance.now() - at) * 1_000 / together)
      }
      if (performance.now() - told > 250) {
        told = performance.now()
        times.sort((a, b) => a - b)
        const written: Written = {
          published,
          lastId,
          rss: process.memoryUsage().rss,
          readMicros: times[Math.floor(times.length * 0.99) - 1] ?? 0
        }
        times = []
        process.stdout.write(`${JSON.stringify(written)}\n`)
      }
      yield* Effect.sleep("4 millis")
    }
  })
  yield* Effect.raceFirst(work, FiberSet.join(workers))
}).pipe(Effect.scoped, Effect.provide(layers))

await Effect.runPromise(program)
