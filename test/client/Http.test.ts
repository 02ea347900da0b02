import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import * as Http from "../../src/client/Http.ts"
import { RateLimited, Unavailable } from "../../src/domain/Failure.ts"
import { serveHttp } from "./HttpServer.ts"

describe("Http", () => {
  it.live("ING-6 repeats what may be repeated and keeps Retry-After", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp((_, count) =>
        count === 1
          ? { status: 503, body: "<html>sorry</html>" }
          : count === 2
          ? { status: 429, headers: { "retry-after": "1" }, body: { error: "slow down" } }
          : { body: { fine: true } }
      )
      const http = yield* Http.make({ baseUrl: `${server.url}/` })
      const started = performance.now()
      assert.deepStrictEqual(yield* http.get("/x", [["a", "b c"]]), { fine: true })
      assert.isAtLeast(performance.now() - started, 1_000)
      assert.strictEqual(server.seen.length, 3)
      assert.strictEqual(server.seen[0]?.query.get("a"), "b c")
      assert.isString(server.seen[0]?.headers["user-agent"])
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.live("a refusal is not repeated and names its status", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(() => ({ status: 400, body: { error: "no such thing" } }))
      const http = yield* Http.make({ baseUrl: server.url })
      const reason = yield* Effect.flip(http.query("/books", []))
      assert.deepStrictEqual({ ...reason }, {
        _tag: "Rejected",
        where: `${server.host}/books`,
        code: "400",
        detail: "no such thing"
      } as never)
      assert.strictEqual(server.seen.length, 1)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.live("CAP-2 a body beyond the cap, a redirect and text that is no JSON are refused", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ path }) =>
        path === "/big"
          ? { body: `"${"x".repeat(Http.maximumBody)}"` }
          : path === "/moved"
          ? { status: 302, headers: { location: "/big" }, body: "" }
          : { body: "<html>" }
      )
      const http = yield* Http.make({ baseUrl: server.url })
      assert.strictEqual((yield* Effect.flip(http.get("/big")))._tag, "Malformed")
      assert.strictEqual((yield* Effect.flip(http.get("/moved")))._tag, "Rejected")
      assert.strictEqual((yield* Effect.flip(http.get("/text")))._tag, "Malformed")
      assert.strictEqual(server.seen.length, 3)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.live("tells the host and the plain cause when nobody listens", () =>
    Effect.gen(function*() {
      const http = yield* Http.make({ baseUrl: "http://127.0.0.1:9" })
      const reason = yield* Effect.flip(http.get("/time"))
      assert.deepStrictEqual({ ...reason }, {
        _tag: "Unavailable",
        where: "127.0.0.1:9/time",
        detail: "connect ECONNREFUSED 127.0.0.1:9"
      } as never)
    }).pipe(Effect.provide(Http.layerTransport)), 10_000)

  it.effect("ING-7 no call outlives its deadline", () =>
    Effect.gen(function*() {
      let tries = 0
      const hanging = HttpClient.make(() => {
        tries++
        return Effect.never
      })
      const http = yield* Http.make({ baseUrl: "http://venue" }).pipe(
        Effect.provideService(HttpClient.HttpClient, hanging)
      )
      const call = yield* Effect.forkChild(Effect.flip(http.get("/time")))
      yield* TestClock.adjust(Http.deadline)
      assert.strictEqual((yield* Fiber.join(call))._tag, "Unavailable")
      assert.isAbove(tries, 1)
    }))

  it("a delay grows with each repeat, or is what the host asks for", () => {
    const down = Unavailable.make({ where: "x", detail: "y" })
    assert.strictEqual(Http.retryDelay(0, down, 0.5), 250)
    assert.strictEqual(Http.retryDelay(2, down, 0.5), 1_000)
    assert.strictEqual(Http.retryDelay(0, RateLimited.make({ where: "x", retryAfterMs: 7_000 }), 0), 7_000)
    assert.strictEqual(Http.retryAfter("3", 0), 3_000)
    assert.strictEqual(Http.retryAfter("Thu, 01 Jan 1970 00:00:05 GMT", 1_000), 4_000)
    assert.isUndefined(Http.retryAfter("soon", 0))
  })
})
