import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import type { lookup } from "node:dns"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as OutboundCall from "../../src/client/OutboundCall.ts"
import { Webhook } from "../../src/engine/Webhook.ts"
import * as SettingsModule from "../../src/Settings.ts"
import { serveHttp } from "../client/HttpServer.ts"

const request = (url: string, body = "{}") => ({ method: "POST", url, headers: { "x-a": "b" }, body })

const layerWith = (hosts: ReadonlyArray<string>) =>
  Webhook.layer.pipe(
    Layer.provide(Layer.effect(
      SettingsModule.Settings,
      Effect.orDie(SettingsModule.decode({ webhooks: { hosts } }))
    ))
  )

const send = (url: string, hosts: ReadonlyArray<string>, body?: string) =>
  Effect.flatMap(Webhook, (webhook) => webhook.send(request(url, body), "key-1")).pipe(
    Effect.result,
    Effect.provide(layerWith(hosts))
  )

describe("Webhook", () => {
  for (const status of [500, 503, 408, 429]) {
    it.live(`ACT-2 ${status} is tried three times, with the same key`, () =>
      Effect.gen(function*() {
        const server = yield* serveHttp(() => ({ status, body: {} }))
        const result = yield* send(`${server.url}/hook`, [server.host])
        assert.strictEqual(result._tag, "Failure")
        assert.deepStrictEqual(server.seen.map(({ headers }) => headers["idempotency-key"]), [
          "key-1",
          "key-1",
          "key-1"
        ])
      }))
  }

  for (const status of [400, 401, 404, 410, 422, 301, 302, 307, 308]) {
    it.live(`ACT-2 SEC-4 ${status} is not repeated nor followed`, () =>
      Effect.gen(function*() {
        const server = yield* serveHttp(() => ({ status, headers: { location: "/other" }, body: {} }))
        const result = yield* send(`${server.url}/hook`, [server.host])
        assert.strictEqual(result._tag, "Failure")
        assert.strictEqual(server.seen.length, 1)
      }))
  }

  it.live("ACT-2 a repeat that succeeds is a success", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp((_, count) => ({ status: count < 3 ? 502 : 204, body: "" }))
      const result = yield* send(`${server.url}/hook?a=1`, [server.host], "{\"a\":1}")
      assert.deepInclude(result._tag === "Success" ? result.success : {}, { status: 204, tries: 3 })
      assert.deepInclude(server.seen[2], { method: "POST", path: "/hook", body: "{\"a\":1}" })
      assert.strictEqual(server.seen[0]?.headers["x-a"], "b")
    }))

  it.live("ACT-2 a host that hangs is given up after five seconds", () =>
    Effect.gen(function*() {
      let connections = 0
      const server = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>>((resume) => {
          const hung = createServer(() => void connections++)
          hung.listen(0, "127.0.0.1", () => resume(Effect.succeed(hung)))
        }),
        (hung) => Effect.sync(() => void hung.close())
      )
      const { port } = server.address() as AddressInfo
      const [took, result] = yield* Effect.timed(send(`http://127.0.0.1:${port}/`, [`127.0.0.1:${port}`]))
      assert.strictEqual(result._tag, "Failure")
      assert.strictEqual(connections, 1)
      assert.isBelow(Duration.toMillis(took), 6_000)
    }), 10_000)

  it.live("CAP-3 bodies beyond 64 KiB are neither sent nor read", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp((seen) => ({ body: seen.path === "/large" ? "x".repeat(65_537) : "x" }))
      const sent = yield* send(`${server.url}/`, [server.host], "x".repeat(65_537))
      assert.strictEqual(sent._tag, "Failure")
      assert.strictEqual(server.seen.length, 0)
      const read = yield* send(`${server.url}/large`, [server.host])
      assert.strictEqual(read._tag === "Failure" ? read.failure.reason._tag : "", "Malformed")
      assert.strictEqual(server.seen.length, 1)
    }))

  it.live("headers that no request can have are refused, not thrown", () =>
    Effect.gen(function*() {
      const result = yield* Effect.result(OutboundCall.call(
        { url: new URL("http://127.0.0.1:9/"), isListed: true },
        { method: "POST", headers: { a: "b\nc: d" }, body: undefined }
      ))
      assert.deepInclude(result._tag === "Failure" ? result.failure : {}, { _tag: "Rejected", code: "request" })
    }))

  it.live("SEC-4 nothing is sent to what is not public, unless the settings list it", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(() => ({ body: {} }))
      for (const hosts of [[], ["127.0.0.2"], ["127.0.0.1:1"]]) {
        const result = yield* send(server.url, hosts)
        assert.strictEqual(result._tag, "Failure")
      }
      assert.strictEqual(server.seen.length, 0)
    }))

  it.live("SEC-4 a name that resolves to anything not public is not connected to, mixed answers included", () =>
    Effect.gen(function*() {
      for (const addresses of [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"]]) {
        const resolve = ((_: string, __: object, answer: (error: null, found: ReadonlyArray<object>) => void) =>
          answer(null, addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })))) as never
        const result = yield* Effect.result(OutboundCall.call(
          { url: new URL("https://rebind.example/"), isListed: false },
          { method: "POST", headers: {}, body: "{}" },
          resolve as typeof lookup
        ))
        assert.deepInclude(result._tag === "Failure" ? result.failure : {}, { _tag: "Rejected", code: "address" })
      }
    }))
})
