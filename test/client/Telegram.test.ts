import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { inspect } from "node:util"
import * as Telegram from "../../src/client/Telegram.ts"
import { serveHttp } from "./HttpServer.ts"

const token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
const bot = (url: string) => Result.getOrThrow(Telegram.botOf(Redacted.make(token), url))
const message = { chatId: "-100123", text: "a < b & c\ud800", isMarkup: true }

describe("Telegram", () => {
  it.live("ACT-1 sends a message as Telegram wants it, to an address of one's own as well", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(() => ({ body: { ok: true, result: { message_id: 1 } } }))
      yield* Telegram.sendMessage(bot(`${server.url}/base/`), message)
      assert.deepInclude(server.seen[0], { method: "POST", path: `/base/bot${token}/sendMessage` })
      assert.deepStrictEqual(JSON.parse(server.seen[0]?.body ?? ""), {
        chat_id: "-100123",
        text: "a < b & c\ufffd",
        parse_mode: "HTML",
        link_preview_options: { is_disabled: true }
      })
    }))

  it.live("ACT-1 SEC-1 says what each answer means, and never repeats the token, though the answer does", () =>
    Effect.gen(function*() {
      let answer: { status: number; body: string | object; headers?: Record<string, string> } = {
        status: 200,
        body: ""
      }
      const server = yield* serveHttp(({ path }) => ({
        ...answer,
        body: typeof answer.body === "string"
          ? answer.body
          : { ok: false, description: `no ${path} ${token.slice(10)}`, ...answer.body }
      }))
      const tags: Array<string> = []
      for (
        const given of [
          { status: 429, body: { parameters: { retry_after: 7 } } },
          { status: 429, body: {}, headers: { "retry-after": "3" } },
          { status: 429, body: { parameters: { retry_after: 1e9 } } },
          { status: 400, body: {} },
          { status: 400, body: { parameters: { migrate_to_chat_id: -100777 } } },
          { status: 401, body: {} },
          { status: 403, body: {} },
          { status: 404, body: {} },
          { status: 500, body: {} },
          { status: 502, body: "<html>" },
          { status: 200, body: "<html>" },
          { status: 302, body: "", headers: { location: "https://example.com" } }
        ]
      ) {
        answer = given
        const reason = yield* Effect.flip(Telegram.sendMessage(bot(server.url), message))
        tags.push(reason._tag === "RateLimited" ? `wait ${reason.retryAfterMs}` : reason._tag)
        assert.notInclude(`${inspect(reason, { depth: 9, showHidden: true })}${reason.message}`, "AAHdqTcv")
        if (given.body !== "" && JSON.stringify(given.body).includes("777")) {
          assert.include(reason.message, "chat_id is -100777 now")
        }
      }
      assert.deepStrictEqual(tags, [
        "wait 7000",
        "wait 3000",
        "wait 86400000",
        "Rejected",
        "Rejected",
        "Unauthorized",
        "Rejected",
        "Unauthorized",
        "Unavailable",
        "Unavailable",
        "Unavailable",
        "Rejected"
      ])
      assert.strictEqual(server.seen.length, tags.length)
    }))

  it("SEC-1 SEC-4 what is no token, or no address to call, is refused without repeating the token", () => {
    for (const wrong of ["", "x", "1:short", `${token} `, `${token}/../x`, "0x7c0ffee5ca1ab1e0decafbad1337c0de"]) {
      const found = Telegram.botOf(Redacted.make(wrong))
      assert.isTrue(Result.isFailure(found))
      if (wrong.length > 1) assert.notInclude(JSON.stringify(found), wrong)
    }
    for (const url of ["", "ftp://example.com", "https://user:pass@example.com", "example.com"]) {
      assert.isTrue(Result.isFailure(Telegram.botOf(Redacted.make(token), url)), url)
    }
    assert.notInclude(inspect(bot("http://127.0.0.1:1"), { depth: 9 }), "AAHdqTcv")
  })
})
