import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as App from "../../src/App.ts"
import { Rejected } from "../../src/domain/Failure.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Journal, JournalError, type JournalRecord } from "../../src/engine/Journal.ts"
import { Maintenance } from "../../src/engine/Maintenance.ts"
import { unstamped } from "../../src/engine/MarketEvent.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { Poison } from "../../src/engine/Poison.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies, PolicyEngine } from "../../src/engine/PolicyEngine.ts"
import { Spool } from "../../src/engine/Spool.ts"
import { Settings } from "../../src/Settings.ts"
import { prices } from "../suites/arbitraryEvents.ts"

/** A policy that is true of every price, by what its message says. */
const saying = (id: string, word: string) =>
  `  - id: ${id}
    limits: { firings: 100000 per 1d }
    conditions: { field: price, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: "${word}" }]
`

const compiled = (...policies: ReadonlyArray<string>) =>
  Result.getOrThrow(
    Load.compileAll(
      policies.length === 0 ? [] : [{ file: "test.yaml", text: `policies:\n${policies.join("")}` }],
      { defaultSlippage: undefined, validFor: 2_000 }
    )
  )

/** An engine on memory that begins with one policy, with all it journals; the journal fails while `isBroken` says so. */
const stage = (journaled: Array<JournalRecord>, isBroken: () => boolean = () => false) => {
  const full = new JournalError({
    operation: "append",
    reason: new Rejected({ where: "journal", code: "ENOSPC", detail: "no space left" })
  })
  const journal = Journal.of({
    append: (records) =>
      Effect.suspend(() => isBroken() ? Effect.fail(full) : Effect.sync(() => void journaled.push(...records))),
    recovered: []
  })
  return App.paper.pipe(
    Layer.provideMerge(Layer.mergeAll(
      Layer.succeed(Journal, journal),
      Spool.layerMemory,
      Poison.layerMemory,
      EventStore.layerMemory,
      AuditStore.layerMemory,
      Maintenance.layerMemory,
      Layer.succeed(Notifier, Notifier.of({ notify: () => Effect.void })),
      Settings.layerDefault,
      Layer.succeed(Policies, compiled(saying("first", "0")))
    ))
  )
}

const recording = Effect.gen(function*() {
  const dispatcher = yield* Dispatcher
  return yield* dispatcher.subscribe({ name: "recorder", capacity: 100_000, overflow: "dropNewest" })
})

describe("PolicyEngine.reload", () => {
  it.effect.prop(
    "POL-6 every event sees one set, the one that was told last, whoever publishes meanwhile",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))).check(Schema.isMaxLength(40))],
    ([steps]) => {
      const journaled: Array<JournalRecord> = []
      return Effect.gen(function*() {
        const dispatcher = yield* Dispatcher
        const engine = yield* Engine
        const policies = yield* PolicyEngine
        const recorder = yield* recording
        yield* engine.start
        let revision = 0
        for (const step of steps) {
          const events = prices(step).map((event) => ({ ...event, id: unstamped, time: 0, receivedAt: 0 }))
          if (step > 0) dispatcher.publish({ events, arrivedAt: 0 })
          else {
            const set = compiled(
              saying("first", String(++revision)),
              ...revision % 3 === 0 ? [saying("second", "x")] : []
            )
            yield* policies.reload(set)
          }
        }
        const stopping = yield* Effect.forkChild(engine.stop, { startImmediately: true })
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.join(stopping)
        let inForce: Readonly<Record<string, string>> = {}
        const wanted: Array<string> = []
        for (const event of recorder.poll()) {
          if (event._tag === "PolicyReload") inForce = event.revisions
          else if (event._tag === "PriceUpdate") {
            for (const id of Object.keys(inForce).toSorted()) wanted.push(`${event.id} ${id} ${inForce[id]}`)
          }
        }
        assert.deepStrictEqual(
          journaled.flatMap((record) =>
            record._tag === "Firing" ? [`${record.eventId} ${record.policyId} ${record.revision}`] : []
          ),
          wanted
        )
        const reloads = journaled.flatMap((record) =>
          record._tag === "Audit" && record.kind === "reload" ? [record] : []
        )
        assert.strictEqual(reloads.length, revision)
      }).pipe(Effect.scoped, Effect.provide(stage(journaled)))
    },
    { arbitrary: { runs: 40 }, timeout: 60_000 }
  )

  it.effect("ACT-3 a reload that cannot be written down does not happen", () => {
    const journaled: Array<JournalRecord> = []
    let isBroken = false
    return Effect.gen(function*() {
      const policies = yield* PolicyEngine
      yield* (yield* Engine).start
      const recorder = yield* recording
      isBroken = true
      const error = yield* Effect.flip(policies.reload(compiled(saying("second", "1"))))
      assert.strictEqual(error._tag, "PolicyReloadError")
      assert.deepStrictEqual([...policies.look().evaluator.revisions().keys()], ["first"])
      assert.deepStrictEqual(recorder.poll(), [])
      isBroken = false
      assert.deepStrictEqual(yield* policies.reload(compiled(saying("second", "1"))), {
        added: ["second"],
        changed: [],
        removed: ["first"]
      })
      assert.deepStrictEqual([...policies.look().evaluator.revisions().keys()], ["second"])
    }).pipe(Effect.scoped, Effect.provide(stage(journaled, () => isBroken)))
  })

  it.effect("POL-5 two policies of one id are refused whole, and the same set changes nothing", () => {
    const journaled: Array<JournalRecord> = []
    return Effect.gen(function*() {
      const policies = yield* PolicyEngine
      yield* (yield* Engine).start
      const recorder = yield* recording
      const twice = [...compiled(saying("other", "1")), ...compiled(saying("other", "2"))]
      assert.match((yield* Effect.flip(policies.reload(twice))).message, /"other"/)
      assert.deepStrictEqual(yield* policies.reload(compiled(saying("first", "0"))), {
        added: [],
        changed: [],
        removed: []
      })
      assert.deepStrictEqual(recorder.poll(), [])
      assert.deepStrictEqual(journaled.filter((record) => record._tag === "Audit" && record.kind === "reload"), [])
    }).pipe(Effect.scoped, Effect.provide(stage(journaled)))
  })
})
