import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { Money } from "../../src/domain/Money.ts"
import type { Intent, IntentId, OrderId } from "../../src/domain/Order.ts"
import { ActionExecutor } from "../../src/engine/ActionExecutor.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import type { DeferredAction } from "../../src/engine/policy/Decision.ts"
import type { Results } from "../../src/engine/policy/Results.ts"
import { Portfolio } from "../../src/engine/Portfolio.ts"
import { markets } from "../arbitrary/Events.ts"
import { assetId, cents, decisionOf, layerOf, market, shares, worldOf } from "./ExecutorWorld.ts"

const settle = TestClock.adjust("100 millis")

describe("ActionExecutor", () => {
  it.effect("ORD-2 ACT-3 a firing is journaled before its first action, an intent before it is sent, an outcome after it happened", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        assert(executor.submit(decisionOf(1)))
        yield* settle
        assert.deepStrictEqual(world.steps, [
          "journal Firing",
          "notify firing 1",
          "journal Intent",
          "place",
          "journal Outcome"
        ])
        const audits = world.records.flatMap((record) => (record._tag === "Audit" ? [record] : []))
        assert.deepStrictEqual(audits.map(({ kind }) => kind), ["firing", "intent", "order"])
        assert.deepStrictEqual(audits.map(({ sequence }) => sequence), [1, 2, 3])
        yield* settle
        const copied = yield* (yield* AuditStore).recent(10)
        assert.strictEqual(copied.length, 3)
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("POL-4 an action that looks back waits for the venue's answer, holds up nobody else, and is written down as it became", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        const told: DeferredAction = {
          _tag: "Deferred",
          of: "Notification",
          continues: false,
          looksAtOrder: true,
          fill: ({ order, previous }) => ({
            _tag: "Notification",
            channel: "console",
            text: `${order?.status} ${order?.filled} ${previous?.type} ${previous?.error}`,
            continues: false
          })
        }
        world.isSilent = true
        executor.submit({ ...decisionOf(1), actions: [...decisionOf(1).actions, told] })
        executor.submit({ ...decisionOf(2), actions: [{ ...told, looksAtOrder: false }] })
        yield* settle
        assert.deepStrictEqual(world.steps.filter((step) => step.startsWith("notify")), [
          "notify firing 1",
          "notify undefined undefined undefined undefined"
        ])
        const intentId = world.records.find((record) => record._tag === "Intent")?.intent.intentId as IntentId
        const fill = { price: cents(45), size: shares(4), fee: 0 as Money, taker: true }
        world.told = 1
        Queue.offerUnsafe(world.news, { intentId, status: "live", fill, reason: undefined })
        yield* settle
        assert.strictEqual(world.steps.at(-1), "notify live 4000000 order undefined")
        const audits = world.records.flatMap((record) => (record._tag === "Audit" ? [record] : []))
        const actions = audits.filter(({ kind }) => kind === "action")
        assert.lengthOf(actions, 2)
        assert.include(actions[1]?.payload, "live 4000000 order undefined")
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("POL-4 an action that looks back does not wait for ever, and is not done when the order before failed", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        const order = decisionOf(1).actions[1]
        assert(order?._tag === "PlaceOrder")
        const told = (continues: boolean) => [{ ...order, continues }, {
          _tag: "Deferred" as const,
          of: "Notification" as const,
          continues: false,
          looksAtOrder: true,
          fill: (results: Results) => ({
            _tag: "Notification" as const,
            channel: "console",
            text: `${results.order?.status} ${results.order?.reason}`,
            continues: false
          })
        }]
        const steps = () => world.steps.filter((step) => step.startsWith("notify"))
        world.isSilent = true
        executor.submit({ ...decisionOf(1), actions: told(false) })
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(steps(), [])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(steps(), ["notify pending undefined"])
        world.isSilent = false
        world.placeFails = true
        executor.submit({ ...decisionOf(2), actions: told(false) })
        yield* settle
        executor.submit({ ...decisionOf(3), actions: told(true) })
        yield* settle
        assert.lengthOf(steps(), 2)
        assert.match(steps()[1] ?? "", /^notify unknown .*no reply/)
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("POL-8 an action that throws when it looks back is written down as impossible, and the others go on", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        const text = (continues: boolean): DeferredAction => ({
          _tag: "Deferred",
          of: "Notification",
          continues,
          looksAtOrder: false,
          fill: () => {
            throw new RangeError("out of range")
          }
        })
        const last = { _tag: "Notification", channel: "console", text: "last", continues: false } as const
        executor.submit({ ...decisionOf(1), actions: [text(false), { ...last, text: "never" }] })
        executor.submit({ ...decisionOf(2), actions: [text(true), last] })
        yield* settle
        assert.deepStrictEqual(world.steps.filter((step) => step.startsWith("notify")), ["notify last"])
        const actions = world.records.filter((record) => record._tag === "Audit" && record.kind === "action")
        assert.lengthOf(actions, 2)
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("ACT-2 SEC-3 a webhook holds up its own policy only, is marked and audited, without its secrets", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        const call = (path: string) => {
          const request = {
            method: "POST",
            url: `https://example.com/${path}`,
            headers: { a: "s3cret" },
            body: undefined
          }
          return {
            _tag: "Webhook" as const,
            request: Redacted.make(request),
            shown: { ...request, headers: { a: "<redacted>" } },
            continues: false
          }
        }
        const first = decisionOf(1)
        const second = decisionOf(2)
        executor.submit({ ...first, actions: [call("slow"), ...first.actions] })
        executor.submit({ ...second, actions: [call("fast"), ...second.actions] })
        yield* settle
        assert.deepStrictEqual(world.steps, [
          "journal Firing",
          `webhook https://example.com/slow ${first.firingId}-0`,
          "journal Firing",
          `webhook https://example.com/fast ${second.firingId}-0`,
          "notify firing 2",
          "journal Intent",
          "place",
          "journal Outcome"
        ])
        const audits = world.records.flatMap((record) => (record._tag === "Audit" ? [record] : []))
        assert.deepStrictEqual(audits.map(({ kind }) => kind), ["firing", "firing", "webhook", "intent", "order"])
        assert.notInclude(JSON.stringify(audits), "s3cret")
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("ARC-5 nothing is notified or sent while the journal cannot be written, but cancels are", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        world.journalFails = true
        executor.submit(decisionOf(1))
        yield* settle
        assert.deepStrictEqual(world.steps, [])
        executor.submit({
          ...decisionOf(9),
          actions: [{ _tag: "CancelOrders", policyId: undefined, assetId, continues: false }]
        })
        yield* settle
        assert.deepStrictEqual(world.steps, ["cancel 0"])
        world.steps.splice(0)
        world.journalFails = false
        executor.submit(decisionOf(2))
        yield* settle
        assert.strictEqual(world.steps.length, 5)
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("ORD-3 an order of unknown fate keeps its reservation", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        const portfolio = yield* Portfolio
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        const before = portfolio.freeCash()
        world.placeFails = true
        executor.submit(decisionOf(1))
        yield* settle
        assert.deepStrictEqual(portfolio.counts().orders, { unknown: 1 })
        assert.strictEqual(before - portfolio.freeCash(), 5_000_000)
        assert.strictEqual(portfolio.openSize(assetId, "buy"), shares(10))
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("OPS-1 a drain waits until what became of the orders is written down, however slow the journal is", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        world.journalTakes = 300
        assert.isTrue(executor.isIdle())
        for (let n = 1; n <= 3; n++) executor.submit(decisionOf(n))
        assert.isFalse(executor.isIdle())
        const draining = yield* Effect.forkChild(
          Effect.map(executor.drain, () => world.records.filter(({ _tag }) => _tag === "Outcome").length)
        )
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(draining), 3)
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("RSK-2 decisions cannot breach a limit together", () =>
    Effect.gen(function*() {
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        const portfolio = yield* Portfolio
        ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
        for (let n = 1; n <= 40; n++) executor.submit(decisionOf(n, 400))
        yield* settle
        assert.strictEqual(portfolio.openSize(assetId, "buy"), shares(4_800))
        assert.deepStrictEqual(portfolio.counts().orders, { live: 12, refused: 28 })
      }).pipe(Effect.provide(layerOf(world, [])))
    }))

  it.effect("CRS-1 a restart takes back positions and open orders, and answers intents that never got an answer", () =>
    Effect.gen(function*() {
      const intent = (n: number): Intent => ({
        intentId: n.toString(16).padStart(64, "0") as IntentId,
        orderId: `0x${"0".repeat(64)}` as OrderId,
        policyId: "p",
        firingId: "f",
        market: markets[0]?.conditionId as Intent["market"],
        assetId,
        side: "buy",
        price: cents(50),
        size: shares(10),
        timeInForce: "GTC",
        postOnly: false,
        createdAt: 0,
        validUntil: 2_000
      })
      const fill = { price: cents(50), size: shares(4), fee: 1_000 as Money, taker: true }
      const recovered: ReadonlyArray<JournalRecord> = [
        { _tag: "Intent", intent: intent(1) },
        { _tag: "Outcome", intentId: intent(1).intentId, status: "live", filledSize: shares(4), fill, receivedAt: 5 },
        { _tag: "Intent", intent: intent(2) },
        {
          _tag: "Outcome",
          intentId: intent(2).intentId,
          status: "matched",
          filledSize: shares(4),
          fill,
          receivedAt: 6
        },
        { _tag: "Intent", intent: intent(3) }
      ]
      const world = yield* worldOf
      yield* Effect.gen(function*() {
        const executor = yield* ActionExecutor
        const portfolio = yield* Portfolio
        const listener = yield* (yield* Dispatcher).subscribe({
          name: "listener",
          capacity: 100,
          overflow: "dropNewest"
        })
        yield* executor.announce
        yield* settle
        assert.strictEqual(portfolio.position(assetId).size, shares(8))
        assert.deepStrictEqual(portfolio.counts(), { orders: { live: 1, matched: 1, expired: 1 }, fills: 2 })
        assert.deepStrictEqual(world.restored.map((order) => [order.intent.intentId, order.filledSize]), [[
          intent(1).intentId,
          shares(4)
        ]])
        assert.deepStrictEqual(
          world.records.flatMap((record) => (record._tag === "Outcome" ? [[record.intentId, record.status]] : [])),
          [
            [intent(3).intentId, "expired"]
          ]
        )
        assert.deepStrictEqual(listener.poll().map((event) => event._tag), ["OrderUpdate", "PositionUpdate"])
      }).pipe(Effect.scoped, Effect.provide(layerOf(world, recovered)))
    }))
})
