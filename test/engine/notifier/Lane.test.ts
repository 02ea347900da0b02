import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Telegram from "../../../src/client/Telegram.ts"
import { type Delivery, type Notification, Notifier } from "../../../src/engine/Notifier.ts"
import type { Channel } from "../../../src/engine/notifier/Channels.ts"
import { outboxCapacity } from "../../../src/engine/notifier/Outbox.ts"
import { type Behaviour, makeTelegram, redacted, refuse, token, wait } from "./FakeTelegram.ts"

const bot = Result.getOrThrow(Telegram.botOf(redacted))
const channels = (chatId: string): ReadonlyMap<string, Channel> =>
  new Map<string, Channel>([
    ["console", { type: "console" }],
    ["telegram", { type: "telegram", bot, chatId }]
  ])

const message = (n: number, more: Partial<Notification> = {}): Notification => ({
  channel: "telegram",
  policyId: "p",
  text: `message ${n}`,
  firingId: `firing-${n}`,
  key: `firing-${n}-0`,
  time: 0,
  isUrgent: false,
  ...more
})

/** A notifier with a Telegram, what became of its messages by key, and what their chat shows. */
const world = (behave?: Parameters<typeof makeTelegram>[0], chatId = "7") => {
  const telegram = makeTelegram(behave)
  const outcomes = new Map<string, Delivery>()
  const layer = Notifier.layer(channels(chatId)).pipe(Layer.provideMerge(telegram.layer))
  const say = (notification: Notification) =>
    Effect.flatMap(
      Notifier,
      (notifier) =>
        notifier.notify(notification, (delivery) => Effect.sync(() => void outcomes.set(notification.key, delivery)))
    )
  const texts = () => telegram.shown.map(({ text }) => text)
  const failures = () => [...outcomes.values()].flatMap(({ failed }) => failed === undefined ? [] : [failed])
  return { ...telegram, outcomes, layer, say, texts, failures }
}

const first = (count: number, behaviour: Behaviour) => (_: unknown, n: number): Behaviour =>
  n <= count ? behaviour : "take"

describe("ACT-1 Telegram", () => {
  it.effect("ACT-1 a message goes out at once, and what became of it is told", () => {
    const { failures, layer, outcomes, say, shown } = world()
    return Effect.gen(function*() {
      yield* say(message(1))
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(shown, [{ chat: "7", text: "message 1", isMarkup: true, at: 0 }])
      assert.deepStrictEqual(outcomes.get("firing-1-0"), { tries: 1 })
      assert.deepStrictEqual(failures(), [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SEC-3 values reach Telegram as text, whoever escaped them", () => {
    const { layer, say, texts } = world()
    return Effect.gen(function*() {
      yield* say(message(1, { text: "<b>x</b> a<b", markup: "<b>x</b> a&lt;b" }))
      yield* TestClock.adjust("2 seconds")
      yield* say(message(2, { text: "Bought <5> & sold" }))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(texts(), ["<b>x</b> a&lt;b", "Bought &lt;5&gt; &amp; sold"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("ACT-1 429 is waited out for as long as it says, then the message goes out once", () => {
    const { asked, layer, outcomes, say, texts } = world(first(1, wait(30)))
    return Effect.gen(function*() {
      yield* say(message(1))
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(asked, [0])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(asked.length, 2)
      assert.deepStrictEqual(texts(), ["message 1"])
      assert.deepStrictEqual(outcomes.get("firing-1-0"), { tries: 2 })
    }).pipe(Effect.provide(layer))
  })

  it.effect("ACT-1 400 for markup goes out as plain text, as it was written", () => {
    const { failures, layer, say, shown } = world(({ parse_mode }) =>
      parse_mode === "HTML" ? refuse(400, "Bad Request: can't parse entities: Unsupported start tag \"80K\"") : "take"
    )
    return Effect.gen(function*() {
      yield* say(message(1, { text: "BTC <80K & \"low\"", markup: "BTC <80K &amp; &quot;low&quot;" }))
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(shown[0], { text: "BTC <80K & \"low\"", isMarkup: false })
      assert.deepStrictEqual(failures(), [])
    }).pipe(Effect.provide(layer))
  })

  for (
    const [what, behaviour] of [
      ["5xx", refuse(502, "Bad Gateway")],
      ["a hang", "hang"],
      ["an answer that is none", { status: 200, body: "<html>" }]
    ] as const
  ) {
    it.effect(`ACT-1 ${what} is tried again with growing waits, and nothing is lost`, () => {
      const { asked, failures, layer, outcomes, say, texts } = world(first(5, behaviour))
      return Effect.gen(function*() {
        yield* say(message(1))
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual(texts().map((text) => text.replace(/^\[.*\] /, "")), ["message 1"])
        assert.deepStrictEqual(outcomes.get("firing-1-0"), { tries: 6 })
        assert.deepStrictEqual(failures(), [])
        const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
        assert.isAbove(waits[4] ?? 0, 4 * 1_000)
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("ACT-1 an answer that is lost is a message that may be there twice, and never not at all", () => {
    const { layer, outcomes, say, texts } = world(first(1, "lost"))
    return Effect.gen(function*() {
      yield* say(message(1))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(texts(), ["message 1", "message 1"])
      assert.deepStrictEqual(outcomes.get("firing-1-0"), { tries: 2 })
    }).pipe(Effect.provide(layer))
  })

  for (
    const [status, description] of [[401, "Unauthorized"], [403, "bot was blocked"], [400, "chat not found"]] as const
  ) {
    it.effect(`ACT-1 ${status} is given up and told, and the next message is tried`, () => {
      const { failures, layer, say, texts } = world(({ text }) =>
        text === "message 1" ? refuse(status, description) : "take"
      )
      return Effect.gen(function*() {
        yield* say(message(1))
        yield* TestClock.adjust("5 seconds")
        yield* say(message(2))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(failures().length, 1)
        assert.include(failures()[0], description)
        assert.deepStrictEqual(texts(), ["message 2"])
      }).pipe(Effect.provide(layer))
    })
  }

  for (const [chatId, gap, most] of [["7", 1_000, 61], ["-100", 3_000, 21]] as const) {
    it.effect(`ACT-1 200 notices a minute all arrive in chat ${chatId}, never faster than Telegram allows`, () => {
      const { asked, failures, layer, outcomes, say, texts } = world(undefined, chatId)
      return Effect.gen(function*() {
        for (let n = 0; n < 200; n++) {
          yield* say(message(n))
          yield* TestClock.adjust(300)
        }
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(
          texts().join("\n\n").split("\n\n"),
          Array.from({ length: 200 }, (_, n) => `message ${n}`)
        )
        assert.strictEqual(outcomes.size, 200)
        assert.deepStrictEqual(failures(), [])
        assert.isAtMost(asked.length, most + 2)
        for (let n = 1; n < asked.length; n++) assert.isAtLeast((asked[n] ?? 0) - (asked[n - 1] ?? 0), gap)
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("ACT-1 after an outage orders and risk come first, each once; the rest in its order, and how many were left out", () => {
    let isUp = false
    const { failures, layer, outcomes, say, texts } = world(() => isUp ? "take" : "hang")
    return Effect.gen(function*() {
      const extra = 300
      for (let n = 0; n < outboxCapacity + extra; n++) yield* say(message(n))
      for (let n = 0; n < 50; n++) yield* say(message(10_000 + n, { isUrgent: true }))
      yield* TestClock.adjust("10 minutes")
      isUp = true
      yield* TestClock.adjust("5 minutes")
      const all = texts().join("\n\n").split("\n\n").map((text) => text.replace(/^\[.*UTC\] /, ""))
      const told = all.filter((text) => text.startsWith("message "))
      assert.strictEqual(new Set(told).size, told.length)
      assert.strictEqual(outcomes.size, outboxCapacity + extra + 50)
      assert.strictEqual(told.length + failures().length, outboxCapacity + extra + 50)
      const urgent = told.filter((text) => Number(text.slice(8)) >= 10_000)
      assert.strictEqual(urgent.length, 50)
      assert.deepStrictEqual(urgent, told.slice(0, 50))
      const rest = told.slice(50).map((text) => Number(text.slice(8)))
      assert.deepStrictEqual(rest, [...rest].sort((a, b) => a - b))
      const leftOut = all.flatMap((text) => /^(\d+) more messages/.exec(text)?.[1] ?? []).map(Number)
      assert.strictEqual(leftOut.reduce((sum, one) => sum + one, 0), failures().length)
      assert.isAtLeast(failures().length, extra / 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("ACT-1 whoever hands a message over never waits, though nothing goes out", () => {
    const { layer, say } = world(() => "hang")
    return Effect.gen(function*() {
      for (let n = 0; n < 5_000; n++) yield* say(message(n, { isUrgent: n % 2 === 0 }))
    }).pipe(Effect.provide(layer))
  })

  it.effect("ACT-1 a message that waited says when it is from", () => {
    const { layer, say, texts } = world(first(6, "hang"))
    return Effect.gen(function*() {
      yield* say(message(1, { time: 0 }))
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(texts(), ["[00:00:00 UTC] message 1"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("OPS-1 stopping waits a few seconds for messages, then says of each what is not known", () => {
    const { layer, outcomes, say } = world(() => "hang")
    return Effect.gen(function*() {
      for (let n = 0; n < 3; n++) yield* say(message(n))
      yield* TestClock.adjust(1)
      yield* say(message(3))
      const notifier = yield* Notifier
      const finished = yield* Effect.forkChild(notifier.finish ?? Effect.void)
      yield* TestClock.adjust("2900 millis")
      assert.strictEqual(outcomes.size, 0)
      yield* TestClock.adjust("700 millis")
      assert.isDefined(finished.pollUnsafe())
      assert.strictEqual(outcomes.size, 4)
      assert.match(outcomes.get("firing-0-0")?.failed ?? "", /may have been delivered/)
      assert.match(outcomes.get("firing-3-0")?.failed ?? "", /before it was delivered/)
    }).pipe(Effect.provide(layer))
  })

  it.effect("ACT-1 a channel that is not there fails at once", () => {
    const { layer, say } = world()
    return Effect.gen(function*() {
      const result = yield* Effect.result(say(message(1, { channel: "desk" })))
      assert.match(
        result._tag === "Failure" ? result.failure.message : "",
        /channel desk.*expected a configured channel/
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("SEC-1 what Telegram answers cannot bring the token into what is told", () => {
    const echo = `${token} ${token.split(":")[1] ?? ""} https://api.telegram.org/bot${token}/sendMessage`
    const { failures, layer, say } = world(() => refuse(403, echo))
    return Effect.gen(function*() {
      yield* say(message(1))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(failures().length, 1)
      assert.notInclude(failures()[0], "AAHdqTcv")
    }).pipe(Effect.provide(layer))
  })
})
