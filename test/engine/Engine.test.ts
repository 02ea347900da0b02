import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as App from "../../src/App.ts"
import { Archiver } from "../../src/engine/Archiver.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Journal } from "../../src/engine/Journal.ts"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import { Maintenance } from "../../src/engine/Maintenance.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { Poison } from "../../src/engine/Poison.ts"
import { Evaluator } from "../../src/engine/policy/Evaluate.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies } from "../../src/engine/PolicyEngine.ts"
import { Portfolio } from "../../src/engine/Portfolio.ts"
import { Spool } from "../../src/engine/Spool.ts"
import { Settings } from "../../src/Settings.ts"
import { eventOf, EventSeed, markets } from "../arbitrary/Events.ts"

const compiled = Load.compileAll([{
  file: "test.yaml",
  text: `policies:
  - id: buy_low
    cooldown: 2s
    cooldown_per: asset
    conditions: { field: ask, operator: "<", value: 0.50 }
    actions:
      - { type: notification, channel: console, template: "{{ event.asset }} at {{ event.ask }}" }
      - { type: order, operation: place, order: { asset: "{{ event.asset }}", side: buy, type: limit, price: "{{ event.ask }}", size: 10 } }
  - id: sell_high
    cooldown: 3s
    conditions: { all: [{ field: position, operator: ">", value: 0 }, { field: bid, operator: crosses_above, value: 0.45 }] }
    actions:
      - { type: order, operation: place, order: { asset: "{{ event.asset }}", side: sell, type: market, price: "{{ event.bid }}", close: all } }`
}], { defaultSlippage: undefined, validFor: 2_000 })
const policies = Result.getOrThrow(compiled)

const Run = Schema.Array(Schema.Array(EventSeed).check(Schema.isMaxLength(4))).check(
  Schema.isMinLength(10),
  Schema.isMaxLength(60)
)

/** The whole engine on memory, a recorder of its log beside its own consumers. */
const runEngine = Effect.fnUntraced(function*(batches: typeof Run.Type) {
  const journaled: Array<JournalRecord> = []
  const told: Array<string> = []
  const journal = Layer.succeed(
    Journal,
    Journal.of({ append: (records) => Effect.sync(() => void journaled.push(...records)), recovered: [] })
  )
  const notifier = Layer.succeed(
    Notifier,
    Notifier.of({ notify: ({ text }) => Effect.sync(() => void told.push(text)) })
  )
  const stores = Layer.mergeAll(
    journal,
    Spool.layerMemory,
    Poison.layerMemory,
    EventStore.layerMemory,
    AuditStore.layerMemory,
    Maintenance.layerMemory
  )
  const layer = App.paper.pipe(
    Layer.provideMerge(Layer.mergeAll(stores, notifier, Settings.layerDefault, Layer.succeed(Policies, policies)))
  )
  return yield* Effect.gen(function*() {
    const dispatcher = yield* Dispatcher
    const engine = yield* Engine
    const recorder = yield* dispatcher.subscribe({ name: "recorder", capacity: 1_000_000, overflow: "dropNewest" })
    yield* engine.start
    const metadata = markets.map((market) => ({
      _tag: "MarketMetadata" as const,
      id: 0 as MarketEvent["id"],
      time: 0,
      receivedAt: 0,
      source: "gamma",
      market
    }))
    dispatcher.publish({ events: metadata, arrivedAt: 0 })
    yield* engine.run({
      name: "test",
      batches: Stream.fromIterable(batches).pipe(
        Stream.mapEffect((seeds) =>
          Effect.sleep(seeds.reduce((sum, seed) => sum + seed.after, 0)).pipe(
            Effect.as({ events: seeds.map(eventOf), arrivedAt: 0 })
          ), { concurrency: 1 })
      )
    })
    for (let step = 0; step < batches.length; step++) yield* TestClock.adjust("8 seconds")
    const stopping = yield* Effect.forkChild(engine.stop, { startImmediately: true })
    yield* TestClock.adjust("3 seconds")
    yield* Fiber.join(stopping)
    return {
      journaled,
      told,
      log: recorder.poll(),
      stored: yield* Stream.runCollect((yield* EventStore).replay),
      archive: yield* (yield* Archiver).stats,
      counts: dispatcher.counts(),
      account: yield* Portfolio
    }
  }).pipe(Effect.scoped, Effect.provide(layer))
})

describe("Engine", () => {
  it.effect.prop(
    "POL-1 SIM-1 replaying the log of a whole run gives the same decisions, and nothing is lost on the way",
    [Run],
    ([batches]) =>
      Effect.gen(function*() {
        const { account, archive, counts, journaled, log, stored, told } = yield* runEngine(batches)
        const fired = journaled.filter((record) => record._tag === "Firing").map((record) => record.firingId)
        const evaluator = new Evaluator(policies, 10)
        const replayed = log.flatMap((event) => evaluator.take(event))
        assert.deepStrictEqual(replayed.map((decision) => decision.firingId), fired)
        const notifications = replayed.flatMap((decision) =>
          decision.actions.flatMap((action) => (action._tag === "Notification" ? [action.text] : []))
        )
        assert.deepStrictEqual(told, notifications)

        assert.strictEqual(archive.stored, archive.accepted)
        assert.deepStrictEqual(
          stored.map((event) => event.id),
          log.filter((event) => event._tag !== "Tick").map((event) => event.id)
        )
        for (const consumer of Object.values(counts)) {
          assert.strictEqual(
            consumer.offered,
            consumer.delivered + consumer.dropped + consumer.conflated + consumer.spilled + consumer.queued
          )
        }

        const intents = journaled.filter((record) => record._tag === "Intent")
        const outcomes = new Set(journaled.flatMap((record) => (record._tag === "Outcome" ? [record.intentId] : [])))
        for (const { intent } of intents) assert(outcomes.has(intent.intentId), "an intent without an answer")
        assert.strictEqual(new Set(intents.map(({ intent }) => intent.intentId)).size, intents.length)
        for (const asset of account.assets()) assert(account.position(asset).size >= 0)
      }),
    { timeout: 60_000 }
  )

  it.effect("the property's runs reach fills and sales", () =>
    Effect.gen(function*() {
      const seed = (kind: EventSeed["kind"], bid: number): EventSeed => ({
        kind,
        asset: 0,
        bid,
        spread: 1,
        size: 30,
        side: "buy",
        after: 500
      })
      const { account, journaled } = yield* runEngine([
        [seed("snapshot", 40), seed("quote", 40)],
        [seed("tick", 40)],
        [seed("snapshot", 50), seed("quote", 50)],
        [seed("tick", 50)]
      ])
      const fills = journaled.filter((record) => record._tag === "Outcome" && record.fill !== undefined)
      assert.strictEqual(fills.length, 2)
      assert.strictEqual(account.counts().fills, 2)
      const { fees, realized } = account.profitAndLoss(() => undefined)
      assert.strictEqual(realized, 900_000)
      assert(fees > 0)
    }))
})
