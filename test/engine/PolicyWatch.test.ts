import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Queue, Result } from "effect"
import { TestClock } from "effect/testing"
import * as App from "../../src/App.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { Journal, type JournalRecord } from "../../src/engine/Journal.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import type { CompiledPolicy } from "../../src/engine/policy/Compile.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies, PolicyEngine } from "../../src/engine/PolicyEngine.ts"
import { PolicySource } from "../../src/engine/PolicySource.ts"
import * as PolicyWatch from "../../src/engine/PolicyWatch.ts"
import { decode, Settings } from "../../src/Settings.ts"

const compile = (text: string) =>
  Load.compileAll([{ file: "a.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })

const policy = (id: string) =>
  `policies: [{ id: ${id}, conditions: { field: price, operator: ">", value: 1 }, actions: [{ type: notification, channel: console, template: x }] }]`

const compiled = (id: string): ReadonlyArray<CompiledPolicy> => Result.getOrThrow(compile(policy(id)))

/** A text that stands for a folder: what it says, how often it was read, and what happens while it is read. */
class Text {
  said = policy("first")
  version = 0
  reads = 0
  whileRead: () => void = () => {}

  say(text: string): void {
    this.said = text
    this.version++
  }

  readonly source = PolicySource.of({
    name: "text",
    signature: Effect.sync(() => String(this.version)),
    prepare: Effect.void,
    read: Effect.suspend(() => {
      this.reads++
      const read = compile(this.said)
      this.whileRead()
      return Effect.fromResult(Result.mapError(read, (problems) => new Load.PolicyLoadError({ problems })))
    })
  })
}

/** The console wants to know of risk. */
const settings = Layer.effect(
  Settings,
  Effect.orDie(decode({ channels: { console: { type: "console", notices: ["risk"] } } }))
)

/** An engine that watches a text; looks every second and wants it to be the same for a second. */
const watching = <A, E>(
  body: (world: {
    readonly text: Text
    readonly inForce: () => ReadonlyArray<string>
    readonly told: ReadonlyArray<ReadonlyArray<string>>
    readonly audited: (kind: string) => number
    /** Messages to channels that want to know of risk. */
    readonly notices: ReadonlyArray<string>
    readonly ask: Effect.Effect<unknown>
  }) => Effect.Effect<A, E>,
  also: ReadonlyArray<CompiledPolicy> = []
) => {
  const journaled: Array<JournalRecord> = []
  const notices: Array<string> = []
  const text = new Text()
  const journal = Journal.of({ append: (records) => Effect.sync(() => void journaled.push(...records)), recovered: [] })
  const layer = App.paper.pipe(
    Layer.provideMerge(Layer.succeed(Journal, journal)),
    Layer.provideMerge(Layer.mergeAll(
      App.storesInMemory,
      Layer.succeed(
        Notifier,
        Notifier.of({ notify: (notification) => Effect.sync(() => void notices.push(notification.text)) })
      ),
      settings,
      Layer.succeed(PolicySource, text.source),
      Layer.succeed(Policies, [...compiled("first"), ...also])
    ))
  )
  return Effect.gen(function*() {
    yield* (yield* Engine).start
    const policies = yield* PolicyEngine
    const asked = yield* Queue.sliding<void>(1)
    const told: Array<ReadonlyArray<string>> = []
    yield* Effect.forkScoped(PolicyWatch.watch({
      from: "0",
      also,
      every: "1 second",
      settle: "1 second",
      asked,
      onReload: (some) => Effect.sync(() => void told.push(some.map(({ id }) => id)))
    }))
    yield* body({
      text,
      inForce: () => policies.look().evaluator.policyIds(),
      told,
      notices,
      audited: (kind) => journaled.filter((record) => record._tag === "Audit" && record.kind === kind).length,
      ask: Queue.offer(asked, undefined)
    })
  }).pipe(Effect.scoped, Effect.provide(layer))
}

describe("PolicyWatch", () => {
  it.effect("POL-6 what has settled takes over; what changes still is waited for; what is unchanged is not read", () =>
    watching(({ inForce, text, told }) =>
      Effect.gen(function*() {
        yield* TestClock.adjust("20 seconds")
        assert.strictEqual(text.reads, 0)
        for (let change = 0; change < 10; change++) {
          text.say(policy(`unsettled_${change}`))
          yield* TestClock.adjust("600 millis")
        }
        assert.deepStrictEqual([text.reads, inForce()], [0, ["first"]])
        text.say(policy("second"))
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual([text.reads, inForce()], [1, ["second"]])
        yield* TestClock.adjust("20 seconds")
        assert.strictEqual(text.reads, 1)
        assert.deepStrictEqual(told, [["second"]])
      })
    ))

  it.effect("POL-5 what cannot be used leaves all as it is and is told once, with every problem", () =>
    watching(({ audited, inForce, notices, text, told }) =>
      Effect.gen(function*() {
        text.say("policies: [{ id: second }, { id: third, conditions: 1 }]")
        yield* TestClock.adjust("20 seconds")
        assert.deepStrictEqual([text.reads, inForce(), audited("reload-refused")], [1, ["first"], 1])
        assert.strictEqual(notices.length, 1)
        assert.match(String(notices[0]), /a\.yaml:1:\d+: /)
        text.say(policy("second"))
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual([inForce(), audited("reload"), told], [["second"], 1, [["second"]]])
      })
    ))

  it.effect("POL-5 what changes while it is read is not put in force, and is read again", () =>
    watching(({ inForce, text }) =>
      Effect.gen(function*() {
        text.whileRead = () => {
          text.whileRead = () => {}
          text.say(policy("whole"))
        }
        text.say(policy("half"))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([text.reads, inForce()], [1, ["first"]])
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual([text.reads, inForce()], [2, ["whole"]])
      })
    ))

  it.effect("POL-5 a source that breaks is refused like one that is wrong, and watched on", () =>
    watching(({ audited, inForce, text }) =>
      Effect.gen(function*() {
        text.whileRead = () => {
          throw new Error("no thread")
        }
        text.say(policy("second"))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual([text.reads, inForce(), audited("reload-refused")], [1, ["first"], 1])
        text.whileRead = () => {}
        text.say(policy("third"))
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(inForce(), ["third"])
      })
    ))

  it.effect("reads at once when asked, changed or not, and keeps policies that are not of the source", () =>
    watching(
      ({ ask, audited, inForce, text }) =>
        Effect.gen(function*() {
          yield* ask
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual([text.reads, inForce(), audited("reload")], [1, ["first", "own"], 0])
          text.say(policy("second"))
          yield* ask
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual([text.reads, inForce()], [2, ["second", "own"]])
          text.say(policy("own"))
          yield* TestClock.adjust("3 seconds")
          assert.deepStrictEqual([inForce(), audited("reload-refused")], [["second", "own"], 1])
        }),
      compiled("own")
    ))
})
