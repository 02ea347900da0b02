/** A million events, decided on as they come and once more from the log. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import * as App from "../../src/App.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { Journal } from "../../src/engine/Journal.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { Evaluator } from "../../src/engine/policy/Evaluate.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies } from "../../src/engine/PolicyEngine.ts"
import { Settings } from "../../src/Settings.ts"
import { Log, nowhere, tick, walk } from "./policy/Flow.ts"

const events = 1_000_000
/** Events of a batch, and how long it is to the next one, ms: 5,000 events a second. */
const batch = 50
const pause = 10

/** Every kind of memory: edges, levels, windows, holds, hysteresis, limits, cooldowns of each kind, expressions. */
const text = `policies:
${
  Array.from({ length: 200 }, (_, at) => {
    const asset = `"${1_000 + at * 2}"`
    const [conditions, more] = [
      [`{ field: price, asset: ${asset}, operator: crosses_above, value: 0.5 }`, "cooldown: 1s"],
      [
        `{ all: [{ field: price, asset: ${asset}, operator: ">", value: 0.6 }, { field: price, asset: ${asset}, operator: ">", value: 0.6, window: { duration: 10s, aggregation: avg } }] }`,
        "cooldown: 5s"
      ],
      [`{ field: price, asset: ${asset}, operator: ">", value: 0.4 }`, "for: 2s"],
      [
        `{ field: price, asset: ${asset}, operator: "<", value: 0.3 }`,
        `rearm: { field: price, asset: ${asset}, operator: ">", value: 0.6 }`
      ],
      [`{ field: price, asset: ${asset}, operator: changes }`, "limits: { firings: 3 per 10s }"],
      [`{ expression: "price('${1_000 + at}') + price('${1_001 + at}') < 0.2" }`, "cooldown: 10s"],
      [
        `{ field: price, operator: ">", value: 0.8, window: { duration: 5s, aggregation: min, min_samples: 5 } }`,
        "cooldown: 1m\n    cooldown_per: asset"
      ],
      [
        `{ any: [{ field: price, asset: ${asset}, operator: crosses_below, value: 0.1 }, { not: { field: price, asset: ${asset}, operator: ">", value: 0.06 } }] }`,
        "cooldown: 30s"
      ]
    ][at % 8] ?? []
    return `  - id: p_${at}
    ${more}
    conditions: ${conditions}
    actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]
`
  }).join("")
}`

const policies = Result.getOrThrow(
  Load.compileAll([{ file: "a.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })
)

describe("a log of a million events", () => {
  it.effect("POL-1 has the same firings when it is replayed as when it was lived", () => {
    const lived = createHash("sha256")
    const log = new Log()
    let firings = 0
    const layer = App.paper.pipe(
      Layer.provideMerge(Layer.succeed(
        Journal,
        Journal.of({
          append: (records) =>
            Effect.sync(() => {
              for (const record of records) {
                if (record._tag !== "Firing") continue
                firings++
                lived.update(record.firingId)
              }
            }),
          recovered: []
        })
      )),
      Layer.provideMerge(Layer.mergeAll(
        App.storesInMemory,
        nowhere,
        Layer.succeed(Notifier, Notifier.of({ notify: () => Effect.void })),
        Settings.layerDefault,
        Layer.succeed(Policies, policies)
      ))
    )
    return Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      yield* Effect.gen(function*() {
        const dispatcher = yield* Dispatcher
        const engine = yield* Engine
        const recorder = yield* dispatcher.subscribe({ name: "recorder", capacity: 100_000, overflow: "dropNewest" })
        yield* Effect.forkScoped(recorder.forEach((some) => some.forEach((event) => log.add(event))), {
          startImmediately: true
        })
        yield* engine.start
        const next = walk()
        for (let sent = 0; sent < events; sent += batch) {
          const some: ReadonlyArray<MarketEvent> = Array.from({ length: batch }, next)
          const isSecond = sent % (1_000 / pause * batch) === 0
          dispatcher.publish({ events: isSecond ? [{ ...tick }, ...some] : some, arrivedAt: performance.now() })
          yield* TestClock.adjust(pause)
        }
        const stopping = yield* Effect.forkChild(engine.stop, { startImmediately: true })
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.join(stopping)
      }).pipe(Effect.scoped, Effect.provide(layer))
      const replayed = createHash("sha256")
      let again = 0
      const evaluator = new Evaluator(policies, 10)
      for (const event of log.events()) {
        for (const { firingId } of evaluator.take(event)) {
          again++
          replayed.update(firingId)
        }
      }
      assert.isAtLeast(log.length, events)
      assert.isAbove(firings, 5_000)
      assert.deepStrictEqual([again, replayed.digest("hex")], [firings, lived.digest("hex")])
      yield* Effect.logInfo({ events: log.length, firings })
    })
  }, 600_000)
})
