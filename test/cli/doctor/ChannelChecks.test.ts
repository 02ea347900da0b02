import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { channels } from "../../../src/cli/doctor/ChannelChecks.ts"
import { serveHttp } from "../../client/HttpServer.ts"
import { folder } from "../../e2e/Program.ts"

const token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

describe("The doctor on channels", () => {
  it.live("SEC-1 says which bots answer and see their chats, writes to nobody, and shows no token", () =>
    Effect.gen(function*() {
      const refuse = (status: number, description: string) => ({ status, body: { ok: false, description } })
      const server = yield* serveHttp(({ body, path }) => {
        if (!path.startsWith(`/bot${token}/`)) return refuse(401, `Unauthorized ${path}`)
        if (path.endsWith("/getMe")) return { body: { ok: true, result: { username: "desk_bot" } } }
        return body.includes("\"7\"") ? { body: { ok: true, result: {} } } : refuse(400, `chat not found ${token}`)
      })
      const telegram = (chat_id: number, token_env: string) => ({
        type: "telegram",
        chat_id,
        token_env,
        url: server.url
      })
      const config = join(yield* folder, "settings.json")
      writeFileSync(
        config,
        JSON.stringify({
          channels: {
            good: telegram(7, "GOOD"),
            blind: telegram(8, "GOOD"),
            wrong: telegram(7, "WRONG"),
            hook: { type: "webhook", url: server.url }
          }
        })
      )
      const env = { GOOD: token, WRONG: token.replace("AA", "BB") }
      const found = yield* channels(config).pipe(
        Effect.provide(Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
      )
      assert.deepStrictEqual(found.map(({ check, level }) => `${check} ${level}`), [
        "channel good ok",
        "channel blind problem",
        "channel wrong problem",
        "channel hook unknown"
      ])
      assert.strictEqual(found[0]?.detail, "bot @desk_bot sees chat 7")
      assert.isFalse(server.seen.some(({ path }) => path.endsWith("sendMessage")))
      assert.notMatch(JSON.stringify(found), /AAHdqTcv|BBHdqTcv/)
    }))
})
