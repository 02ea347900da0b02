import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
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

  it.effect("ING-6 after five failures in a row a host is left alone, probed by a single call, and used again", () =>
    Effect.gen(function*() {
      let tries = 0
      let isHealthy = false
      const flaky = HttpClient.make((request) => {
        tries++
        const response = new Response(isHealthy ? "1" : "down", { status: isHealthy ? 200 : 503 })
        return Effect.succeed(HttpClientResponse.fromWeb(request, response))
      })
      const http = yield* Http.make({ baseUrl: "http://venue" }).pipe(
        Effect.provideService(HttpClient.HttpClient, flaky)
      )
      const once = http.write({ method: "POST", path: "/x", body: "{}" })
      for (let n = 0; n < 5; n++) assert.strictEqual((yield* Effect.flip(once))._tag, "Unconfirmed")
      for (let n = 0; n < 3; n++) {
        const reason = yield* Effect.flip(once)
        assert.strictEqual(reason._tag, "Unavailable")
        assert.include(reason.message, "503 down")
      }
      assert.strictEqual(tries, 5)
      yield* TestClock.adjust("3 seconds")
      yield* Effect.flip(once)
      yield* Effect.flip(once)
      assert.strictEqual(tries, 6)
      isHealthy = true
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* once, 1)
      assert.strictEqual(yield* once, 1)
    }))

  it.effect("ORD-1 a write is sent once, and only what never left may be sent again", () =>
    Effect.gen(function*() {
      const outcomes: ReadonlyArray<readonly [() => Response, string]> = [
        [() => new Response("no", { status: 503 }), "Unconfirmed"],
        [() => new Response("connect ECONNREFUSED 10.0.0.1:80", { status: 502 }), "Unconfirmed"],
        [() => new Response("no", { status: 425 }), "Unconfirmed"],
        [() => new Response("no", { status: 429 }), "Unconfirmed"],
        [() => new Response("<html>", { status: 200 }), "Unconfirmed"],
        [() => new Response("{\"error\":\"not enough balance / allowance\"}", { status: 400 }), "Rejected"],
        [() => new Response("{\"error\":\"Unauthorized\"}", { status: 401 }), "Unauthorized"]
      ]
      for (const [respond, tag] of outcomes) {
        let tries = 0
        const venue = HttpClient.make((request) => {
          tries++
          return Effect.succeed(HttpClientResponse.fromWeb(request, respond()))
        })
        const http = yield* Http.make({ baseUrl: "http://venue" }).pipe(
          Effect.provideService(HttpClient.HttpClient, venue)
        )
        assert.strictEqual((yield* Effect.flip(http.write({ method: "POST", path: "/order", body: "{}" })))._tag, tag)
        assert.strictEqual(tries, 1)
      }
    }))

  it.live("ORD-1 a connection that is refused means that nothing was sent", () =>
    Effect.gen(function*() {
      const http = yield* Http.make({ baseUrl: "http://127.0.0.1:9" })
      const reason = yield* Effect.flip(http.write({ method: "POST", path: "/order", body: "{}" }))
      assert.strictEqual(reason._tag, "Unavailable")
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.effect("ING-6 never more than half of a published limit in any window", () =>
    Effect.gen(function*() {
      const sent: Array<number> = []
      const clock = yield* Clock.Clock
      const venue = HttpClient.make((request) => {
        sent.push(clock.currentTimeMillisUnsafe())
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("1")))
      })
      const limit = {
        name: "books",
        requests: 40,
        window: 10_000,
        covers: (_: string, path: string) => path === "/books"
      }
      const http = yield* Http.make({ baseUrl: "http://venue", limits: [limit] }).pipe(
        Effect.provideService(HttpClient.HttpClient, venue)
      )
      const calls = yield* Effect.forEach(Array.from({ length: 100 }), () => http.get("/books"), {
        concurrency: "unbounded"
      }).pipe(Effect.exit, Effect.forkChild)
      for (let second = 0; second < 120; second++) yield* TestClock.adjust("1 second")
      yield* Fiber.join(calls)
      assert.isAbove(sent.length, 10)
      for (const at of sent) {
        const within = sent.filter((other) => other >= at && other < at + 10_000).length
        assert.isAtMost(within, 20)
      }
    }))
})
