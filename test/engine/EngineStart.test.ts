import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as App from "../../src/App.ts"
import * as Telegram from "../../src/client/Telegram.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { Policies } from "../../src/engine/PolicyEngine.ts"
import { Settings } from "../../src/Settings.ts"
import { makeTelegram, redacted } from "./notifier/FakeTelegram.ts"

const policies = Load.compileAll([{
  file: "test.yaml",
  text: `policies:
  - id: opened
    conditions: { field: venue_mode, operator: "==", value: open }
    actions: [{ type: notification, channel: telegram, template: "the venue is {{ venue_mode() }}" }]`
}], { defaultSlippage: undefined, validFor: 2_000 })

const bot = Result.getOrThrow(Telegram.botOf(redacted))

describe("Engine, from its start to its stop", () => {
  it.effect("POL-2 OPS-1 the paper venue tells that it is open; a message that is never answered holds up the stop for three seconds", () => {
    const telegram = makeTelegram(() => "hang")
    const notifier = Notifier.layer(new Map([["telegram", { type: "telegram", bot, chatId: "1" }]])).pipe(
      Layer.provide(telegram.layer)
    )
    return Effect.gen(function*() {
      const engine = yield* Engine
      yield* engine.start
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(telegram.asked.length, 1)
      const stopping = yield* Effect.forkChild(Effect.andThen(engine.stop, Clock.currentTimeMillis), {
        startImmediately: true
      })
      for (let step = 0; step < 80; step++) yield* TestClock.adjust("100 millis")
      const at = yield* Fiber.join(stopping)
      assert.isAtLeast(at, 3_000)
      assert.isAtMost(at, 4_500)
      const stored = yield* Stream.runCollect((yield* EventStore).replay)
      assert.deepInclude(stored.find(({ _tag }) => _tag === "FeedStatus"), {
        feed: "paper",
        kind: "mode",
        detail: "open"
      })
      const audited = yield* (yield* AuditStore).recent(10)
      assert.deepStrictEqual(audited.map(({ kind }) => kind).sort(), ["firing", "notification", "start", "stop"])
      assert.include(audited.find(({ kind }) => kind === "notification")?.payload, "it may have been delivered")
    }).pipe(
      Effect.provide(
        App.paper.pipe(
          Layer.provideMerge(Layer.mergeAll(
            App.storesInMemory,
            notifier,
            Settings.layerDefault,
            Layer.succeed(Policies, Result.getOrThrow(policies))
          ))
        )
      )
    )
  })
})
