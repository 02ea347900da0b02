import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import * as OutboundCall from "../../../src/client/OutboundCall.ts"
import { judge } from "../../../src/client/OutboundUrl.ts"
import type { Delivery, Notification } from "../../../src/engine/Notifier.ts"
import { Notifier } from "../../../src/engine/Notifier.ts"
import { outboxCapacity } from "../../../src/engine/notifier/Outbox.ts"

const outbound = Result.getOrThrow(judge("https://example.com/in", []))

const message = (n: number, isUrgent = false): Notification => ({
  channel: "hook",
  policyId: "p",
  text: `message ${n}`,
  firingId: `firing-${n}`,
  key: `firing-${n}-0`,
  time: 1_000,
  isUrgent
})

/** A program that is called, and what became of the messages to it. `answer` gives the status of each call, 0: none. */
const world = (answer: (count: number) => number) => {
  const seen: Array<{ readonly at: number; readonly key: string | undefined; readonly body: Record<string, unknown> }> =
    []
  const outcomes = new Map<string, Delivery>()
  const outgoing: typeof OutboundCall.call = (_, { body = "", headers }) =>
    Effect.gen(function*() {
      const at = yield* Clock.currentTimeMillis
      seen.push({ at, key: headers["idempotency-key"], body: JSON.parse(body) as Record<string, unknown> })
      assert.strictEqual(headers["authorization"], "Bearer x")
      const status = answer(seen.length)
      return status === 0 ? yield* Effect.never : { status, retryAfter: undefined, body: "" }
    })
  const layer = Notifier.layer(
    new Map([["hook", { type: "webhook", outbound, headers: Redacted.make({ authorization: "Bearer x" }) }]])
  ).pipe(Layer.provide(Layer.succeed(OutboundCall.Outgoing, outgoing)))
  const say = (notification: Notification) =>
    Effect.flatMap(
      Notifier,
      (notifier) => notifier.notify(notification, (one) => Effect.sync(() => void outcomes.set(notification.key, one)))
    )
  return { seen, outcomes, layer, say }
}

describe("ACT-2 messages to another program", () => {
  it.effect("ACT-2 a message is one POST of JSON with a mark of its own, in the order they came", () => {
    const { layer, outcomes, say, seen } = world(() => 204)
    return Effect.gen(function*() {
      for (let n = 0; n < 3; n++) yield* say(message(n))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen[0]?.body, {
        channel: "hook",
        policy: "p",
        text: "message 0",
        time: "1970-01-01T00:00:01.000Z",
        firingId: "firing-0"
      })
      assert.deepStrictEqual(seen.map(({ key }) => key), ["firing-0-0", "firing-1-0", "firing-2-0"])
      assert.deepStrictEqual([...outcomes.values()], [{ tries: 1 }, { tries: 1 }, { tries: 1 }])
    }).pipe(Effect.provide(layer))
  })

  for (
    const [what, status, tries] of [
      ["503", 503, 3],
      ["429", 429, 3],
      ["408", 408, 3],
      ["404", 404, 1],
      ["302", 302, 1],
      ["a hang", 0, 1]
    ] as const
  ) {
    it.effect(`ACT-2 ${what} is tried at most three times within five seconds, with the same mark, and does not hold up the next for longer`, () => {
      const { layer, outcomes, say, seen } = world((count) => count <= tries ? status : 200)
      return Effect.gen(function*() {
        yield* say(message(0))
        yield* say(message(1))
        yield* TestClock.adjust("6 seconds")
        assert.deepStrictEqual(seen.map(({ key }) => key), [
          ...Array.from({ length: tries }, () => "firing-0-0"),
          "firing-1-0"
        ])
        assert.isAtMost(seen.at(-1)?.at ?? 0, 5_000)
        assert.strictEqual(outcomes.get("firing-0-0")?.tries, tries)
        assert.isString(outcomes.get("firing-0-0")?.failed)
        assert.deepStrictEqual(outcomes.get("firing-1-0"), { tries: 1 })
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("ACT-1 what was left out while nothing went out is counted in the next message that does", () => {
    const { layer, outcomes, say, seen } = world((count) => count === 1 ? 0 : 200)
    return Effect.gen(function*() {
      yield* say(message(0))
      yield* TestClock.adjust(1)
      for (let n = 1; n <= outboxCapacity + 7; n++) yield* say(message(n))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(seen.map(({ body }) => body["leftOut"]).filter((one) => one !== undefined), [7])
      assert.strictEqual([...outcomes.values()].filter(({ failed }) => failed?.startsWith("left out")).length, 7)
    }).pipe(Effect.provide(layer))
  })
})
