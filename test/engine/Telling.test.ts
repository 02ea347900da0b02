import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Telegram from "../../src/client/Telegram.ts"
import type { Money } from "../../src/domain/Money.ts"
import type { IntentId } from "../../src/domain/Order.ts"
import { ActionExecutor } from "../../src/engine/ActionExecutor.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { Notifier } from "../../src/engine/Notifier.ts"
import { cents, decisionOf, layerOf, market, shares, type World, worldOf } from "./ExecutorWorld.ts"
import { makeTelegram, redacted } from "./notifier/FakeTelegram.ts"

const bot = Result.getOrThrow(Telegram.botOf(redacted))

const settle = TestClock.adjust("100 millis")

const channels = {
  desk: { type: "telegram", chat_id: 1, notices: ["orders", "risk"] },
  night: { type: "webhook", url: "https://example.com", notices: ["risk"] },
  quiet: { type: "console" }
}

const audited = ({ records }: World) =>
  records.flatMap((record) =>
    record._tag === "Audit" && record.kind === "notification"
      ? [{ actor: record.actor, payload: JSON.parse(record.payload) as Record<string, unknown> }]
      : []
  )

const run = (body: (world: World, executor: typeof ActionExecutor.Service) => Effect.Effect<void>) =>
  Effect.gen(function*() {
    const world = yield* worldOf
    yield* Effect.gen(function*() {
      ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
      yield* body(world, yield* ActionExecutor)
    }).pipe(Effect.provide(layerOf(world, [], { channels })))
  })

describe("Telling", () => {
  it.effect("ACT-1 an order goes out before anybody knows what became of the message before it", () =>
    run((world, executor) =>
      Effect.gen(function*() {
        executor.submit(decisionOf(1))
        yield* settle
        assert.deepStrictEqual(world.steps.filter((step) => !step.startsWith("journal")), ["notify firing 1", "place"])
        assert.deepStrictEqual(audited(world), [])
        assert.deepInclude(world.messages[0]?.notification, {
          isUrgent: true,
          key: `${decisionOf(1).firingId}-0`,
          time: 1
        })
      })
    ))

  it.effect("ACT-1 OPS-1 with a Telegram that hangs 200 orders go out in no time; a stop has an outcome for every message", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      const telegram = makeTelegram(() => "hang")
      const notifier = Notifier.layer(new Map([["desk", { type: "telegram", bot, chatId: "7" }]])).pipe(
        Layer.provide(telegram.layer)
      )
      yield* Effect.gen(function*() {
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        const executor = yield* ActionExecutor
        const message = { _tag: "Notification", channel: "desk", text: "order", continues: false } as const
        for (let n = 1; n <= 200; n++) {
          const decision = decisionOf(n, 5)
          executor.submit({ ...decision, actions: [message, ...decision.actions.slice(1)] })
        }
        yield* executor.drain.pipe(
          Effect.timeout("1 second"),
          Effect.forkChild,
          Effect.flatMap((fiber) => Effect.andThen(TestClock.adjust("1 second"), Fiber.join(fiber)))
        )
        assert.strictEqual(world.steps.filter((step) => step === "place").length, 200)
        assert.isAtMost(telegram.asked.length, 1)
        const leaving = yield* Effect.forkChild(executor.farewell)
        yield* TestClock.adjust("4 seconds")
        yield* Fiber.join(leaving)
        assert.strictEqual(audited(world).length, 200)
        assert.isTrue(audited(world).every(({ payload }) => /engine stopped/.test(String(payload["failed"]))))
      }).pipe(Effect.provide(layerOf(world, [], { channels }, notifier)))
    }))

  it.effect("ACT-3 what became of a message is in the audit trail once it is known, with its tries", () =>
    run((world, executor) =>
      Effect.gen(function*() {
        executor.submit({ ...decisionOf(1), actions: decisionOf(1).actions.slice(0, 1) })
        yield* settle
        const [message] = world.messages
        assert.isFalse(message?.notification.isUrgent)
        yield* message?.told?.({ tries: 3 }) ?? Effect.void
        yield* message?.told?.({ tries: 4, failed: "gone" }) ?? Effect.void
        assert.deepStrictEqual(audited(world), [
          { actor: "policy:p", payload: { index: 0, channel: "console", delivered: true, tries: 3 } },
          { actor: "policy:p", payload: { index: 0, channel: "console", failed: "gone", tries: 4 } }
        ])
      })
    ))

  it.effect("ACT-1 channels that want to know hear of fills, failures and refusals, urgently, each with a mark of its own", () =>
    run((world, executor) =>
      Effect.gen(function*() {
        const [, order] = decisionOf(1).actions
        assert(order?._tag === "PlaceOrder")
        executor.submit({ ...decisionOf(1), actions: [order] })
        yield* settle
        const intentId = world.records.find((record) => record._tag === "Intent")?.intent.intentId as IntentId
        const fill = { price: cents(45), size: shares(4), fee: 0 as Money, taker: true }
        Queue.offerUnsafe(world.news, { intentId, status: "live", fill, reason: undefined })
        yield* settle
        executor.submit({
          ...decisionOf(2),
          actions: [{ ...order, request: { ...order.request, size: shares(100_000) } }]
        })
        yield* settle
        world.placeFails = true
        executor.submit({ ...decisionOf(3), actions: [order] })
        yield* settle
        const told = world.messages.map(({ notification }) => notification)
        assert.deepStrictEqual(told.map(({ channel }) => channel), ["desk", "desk", "night", "desk"])
        assert.match(told[0]?.text ?? "", /^Bought 4 \S+ of \S+ at 0\.45 \(p\)$/)
        assert.match(told[1]?.text ?? "", /^Refused by risk: buy 100000 /)
        assert.match(told[3]?.text ?? "", /^No answer on an order, it may be open: buy 10 .* at 0\.5 /)
        assert.isTrue(told.every(({ isUrgent }) => isUrgent))
        assert.strictEqual(new Set(told.map(({ key }) => key)).size, 4)
      })
    ))
})
