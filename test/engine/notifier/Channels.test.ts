import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"
import process from "node:process"
import { inspect } from "node:util"
import * as Channels from "../../../src/engine/notifier/Channels.ts"
import * as SettingsModule from "../../../src/Settings.ts"
import { token } from "./FakeTelegram.ts"

const read = (channels: unknown, env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function*() {
    return yield* Channels.read(yield* SettingsModule.decode({ channels }))
  }).pipe(
    Effect.result,
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )

const desk = { desk: { type: "telegram", chat_id: -1001 } }

describe("Channels", () => {
  it.effect("there is a console always, and a telegram when the environment names a bot and a chat", () =>
    Effect.gen(function*() {
      const names = (result: Effect.Success<ReturnType<typeof read>>) =>
        result._tag === "Success" ? [...result.success].map(([name, { type }]) => `${name}: ${type}`) : result.failure
      const env = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: "5" }
      assert.deepStrictEqual(names(yield* read({})), ["console: console"])
      assert.deepStrictEqual(names(yield* read({}, env)), ["console: console", "telegram: telegram"])
      for (
        const less of [{ TELEGRAM_CHAT_ID: "5" }, { ...env, TELEGRAM_CHAT_ID: "" }, { ...env, TELEGRAM_BOT_TOKEN: "" }]
      ) {
        assert.deepStrictEqual(names(yield* read({}, less)), ["console: console"])
      }
      assert.deepStrictEqual(names(yield* read({ telegram: { type: "console" } }, env)), [
        "console: console",
        "telegram: console"
      ])
      assert.deepStrictEqual(names(yield* read(desk, env)), [
        "console: console",
        "desk: telegram",
        "telegram: telegram"
      ])
    }))

  it.effect("SEC-1 tokens and headers come from the environment alone, and are hidden", () =>
    Effect.gen(function*() {
      const found = yield* read({
        ...desk,
        hook: {
          type: "webhook",
          url: "http://127.0.0.1:9/x",
          headers: { Authorization: "Bearer {{ env.HOOK }}", X: "y" }
        }
      }, { TELEGRAM_BOT_TOKEN: token, HOOK: "s3cret" })
      assert(found._tag === "Success")
      const hook = found.success.get("hook")
      assert(hook?.type === "webhook")
      assert.deepStrictEqual(Redacted.value(hook.headers), { authorization: "Bearer s3cret", x: "y" })
      assert.isTrue(hook.outbound.isListed)
      assert.notMatch(`${inspect(found, { depth: 9 })}${JSON.stringify([...found.success])}`, /s3cret|AAHdqTcv/)
    }))

  it.effect("SEC-3 a token that policies could tell is refused", () =>
    Effect.gen(function*() {
      const described = { ...desk.desk, token_env: "DESK_TOKEN" }
      const settings = yield* SettingsModule.decode({
        channels: { desk: described },
        policies: { env: ["DESK_TOKEN"] }
      })
      const error = yield* Effect.flip(Channels.read(settings)).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { DESK_TOKEN: token } })))
      )
      assert.match(error.message, /channels\.desk: .*DESK_TOKEN in policies\.env/)
    }))

  it.effect("SEC-2 a token is gone from the environment once read", () =>
    Effect.gen(function*() {
      process.env["DESK_TOKEN"] = token
      const settings = yield* SettingsModule.decode({ channels: { desk: { ...desk.desk, token_env: "DESK_TOKEN" } } })
      const found = yield* Channels.read(settings).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv()))
      )
      assert.strictEqual(found.get("desk")?.type, "telegram")
      assert.isFalse("DESK_TOKEN" in process.env)
    }))

  for (
    const [what, channels, env, message] of [
      ["a bot without a token", desk, {}, /channels\.desk: .*TELEGRAM_BOT_TOKEN, found none/],
      [
        "a chat that is none",
        {},
        { TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: "s3cret" },
        /TELEGRAM_CHAT_ID: expected a number/
      ],
      ["a token that is none", desk, { TELEGRAM_BOT_TOKEN: "s3cret" }, /channels\.desk: expected a bot's token/],
      ["an address that is none", { d: { type: "webhook", url: "ftp://x" } }, {}, /channels\.d\.url: expected https/],
      [
        "a header not set",
        { d: { type: "webhook", url: "https://example.com", headers: { a: "{{ env.A }}" } } },
        {},
        /headers\.a: A is not set/
      ],
      [
        "a header that would begin another",
        { d: { type: "webhook", url: "https://example.com", headers: { a: "{{ env.A }}" } } },
        { A: "s3cret\nb: c" },
        /printable/
      ],
      ["a secret of the wallet as token", { d: { ...desk.desk, token_env: "POLYMARKET_PRIVATE_KEY" } }, {}, /secret/],
      [
        "a secret of the wallet in a header",
        { d: { type: "webhook", url: "https://example.com", headers: { a: "{{env.CMC_API_KEY}}" } } },
        {},
        /secret/
      ],
      ["a token in the settings", { d: { ...desk.desk, token: "s3cret" } }, {}, /token/],
      ["a console that is none", { console: desk.desk }, {}, /console/]
    ] as const
  ) {
    it.effect(`SEC-3 ${what} is refused by its place, without its value`, () =>
      Effect.gen(function*() {
        const found = yield* read(channels, env)
        const text = found._tag === "Failure" ? found.failure.message : "read"
        assert.match(text, message)
        assert.notInclude(text, "s3cret")
      }))
  }
})
