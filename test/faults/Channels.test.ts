import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { serveHttp } from "../client/HttpServer.ts"
import { journaled } from "../e2e/DataFolder.ts"
import { folder, startWith } from "../e2e/Program.ts"

const token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
const hookToken = "canary-hook-token-77e1"

const policies = `policies:
  - id: loud
    conditions: { field: price, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: "loud" }]
  - id: tells
    cooldown: 1s
    conditions: { field: price, operator: ">", value: 0 }
    actions:
      - { type: notification, channel: desk, template: "<b>{{ event.outcome }}</b> < {{ event.price }}" }
      - { type: notification, channel: hook, template: "at {{ event.price }}" }
      - { type: notification, channel: telegram, template: "nobody hears" }
`

/** Ways in which a text may be written down. */
const formsOf = (text: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(text)
  return [text, encodeURIComponent(text), bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, "")]
}

describe("run with channels", () => {
  it.live("ACT-1 ACT-2 SEC-1 messages reach Telegram and another program, through faults, and no secret leaves", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const chat = yield* serveHttp(({ body, path }, count) => {
        const failure = (status: number, more: object) => ({
          status,
          body: { ok: false, description: `${path} ${token}`, ...more }
        })
        if (count === 1) return failure(429, { parameters: { retry_after: 0.2 } })
        if (count === 2) return failure(500, {})
        const isMarkup = (JSON.parse(body) as { readonly parse_mode?: string }).parse_mode === "HTML"
        return isMarkup ? failure(400, {}) : { body: { ok: true, result: { message_id: count } } }
      })
      const hook = yield* serveHttp((_, count) => ({ status: count === 1 ? 503 : 200, body: {} }))
      writeFileSync(join(at, "tells.yaml"), policies)
      const config = join(yield* folder, "settings.json")
      writeFileSync(
        config,
        JSON.stringify({
          channels: {
            desk: { type: "telegram", chat_id: 7, token_env: "DESK_TOKEN", url: chat.url },
            hook: {
              type: "webhook",
              notices: ["risk"],
              url: `${hook.url}/in`,
              headers: { Authorization: "Bearer {{ env.HOOK_TOKEN }}" }
            }
          }
        })
      )
      const data = join(at, "data")
      const variables = { DESK_TOKEN: token, HOOK_TOKEN: hookToken }
      const options = ["--top", "2", "--policies", at, "--config", config, "--data", data]
      const program = yield* startWith(variables, "--log-level", "debug", "run", "--sim", "--for", "4s", ...options)
      assert.strictEqual(yield* program.exit(), 0, program.stderr())

      assert.include(program.stderr(), "policy tells notifies telegram: its messages will fail; set TELEGRAM_BOT_TOKEN")
      const bodies = chat.seen.map(({ body }) =>
        JSON.parse(body) as { readonly text: string; readonly parse_mode?: string }
      )
      assert.isTrue(chat.seen.every(({ path }) => path === `/bot${token}/sendMessage`))
      assert.isAbove(bodies.filter(({ parse_mode }) => parse_mode === undefined).length, 0)
      assert.match(bodies.at(-1)?.text ?? "", /^<b>\w+<\/b> < 0\.\d/)

      const [first, second] = hook.seen
      assert.strictEqual(first?.headers["authorization"], `Bearer ${hookToken}`)
      assert.strictEqual(first?.headers["idempotency-key"], second?.headers["idempotency-key"])
      assert.containsAllKeys(JSON.parse(first?.body ?? "{}"), ["channel", "policy", "text", "time", "firingId"])

      const outcomes = journaled(data).flatMap((record) =>
        record._tag === "Audit" && record.kind === "notification"
          ? [
            JSON.parse(record.payload) as {
              readonly channel: string
              readonly delivered?: true
              readonly tries: number
            }
          ]
          : []
      )
      const firings = journaled(data).filter((record) => record._tag === "Firing" && record.policyId === "tells").length
      assert.strictEqual(outcomes.length, 3 * firings + 1)
      const notices = hook.seen.map(({ body }) =>
        JSON.parse(body) as { readonly policy: string; readonly text: string }
      )
      assert.match(notices.find(({ policy }) => policy === "loud")?.text ?? "", /policy enable loud/)
      assert.deepInclude(outcomes.find(({ channel }) => channel === "hook"), { delivered: true, tries: 2 })
      assert.isTrue(outcomes.every(({ channel, delivered }) => (channel === "telegram") === (delivered !== true)))

      const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))
      for (const canary of [token.slice(10), hookToken].flatMap(formsOf)) {
        for (const text of [program.stdout(), program.stderr(), ...texts]) assert.isFalse(text.includes(canary), canary)
      }
    }))
})
