import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Telegram from "../../../src/client/Telegram.ts"
import { Notifier } from "../../../src/engine/Notifier.ts"
import { makeTelegram, redacted } from "./FakeTelegram.ts"

const bot = Result.getOrThrow(Telegram.botOf(redacted))
const names = Array.from({ length: 60 }, (_, n) => `chat-${n}`)

describe("Pace", () => {
  it.effect("ACT-1 sixty chats of one bot get their messages within seconds, never more than thirty in one", () => {
    const telegram = makeTelegram()
    const channels = new Map(names.map((name, n) => [name, { type: "telegram", bot, chatId: String(n) } as const]))
    return Effect.gen(function*() {
      const notifier = yield* Notifier
      for (let round = 0; round < 2; round++) {
        for (const channel of names) {
          const key = `${channel}-${round}`
          yield* notifier.notify({ channel, policyId: "p", text: key, key, time: 0, isUrgent: false })
        }
      }
      for (let step = 0; step < 100; step++) yield* TestClock.adjust(50)
      const texts = telegram.shown.flatMap(({ text }) => text.split("\n\n"))
      assert.strictEqual(new Set(texts).size, 120)
      for (const at of telegram.asked) {
        assert.isAtMost(telegram.asked.filter((other) => other >= at && other < at + 1_000).length, 30)
      }
    }).pipe(Effect.provide(Notifier.layer(channels).pipe(Layer.provide(telegram.layer))))
  })
})
