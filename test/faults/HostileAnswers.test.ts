/** A venue that answers wrongly, endlessly, or not at all: every call ends in a typed error within its deadline, and nothing is left behind. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, Redacted, Schedule } from "effect"
import type { Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import { connect, createServer, type Socket } from "node:net"
import * as Http from "../../src/client/Http.ts"
import { Clob, type ClobError } from "../../src/client/polymarket/Clob.ts"
import * as Public from "../../src/client/polymarket/clob/PublicEndpoints.ts"
import { ClobTrading } from "../../src/client/polymarket/ClobTrading.ts"

const reply = (status: number, body: string, headers = ""): string =>
  `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${
    Buffer.byteLength(body)
  }\r\n${headers}\r\n${body}`

/** What the venue does to a connection once a request has come in. */
const manners: Readonly<Record<string, (socket: Socket) => void>> = {
  "says nothing": () => {},
  "stops within the headers": (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-"),
  "stops after the headers": (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"),
  "stops within the body": (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"market\":"),
  "never ends its chunks": (socket) =>
    void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n"),
  "resets": (socket) => void socket.resetAndDestroy(),
  "speaks something else": (socket) => void socket.end("SSH-2.0-OpenSSH_9\r\n"),
  "sends a page": (socket) => void socket.end(reply(200, "<html><body>Just a moment...</body></html>")),
  "sends wrong types": (socket) =>
    void socket.end(reply(200, "{\"market\":1,\"asset_id\":[],\"bids\":\"\",\"asks\":null}")),
  "sends a bare null": (socket) => void socket.end(reply(200, "null")),
  "sends five megabytes in a string": (socket) => void socket.end(reply(200, `"${"x".repeat(5 * 1024 * 1024)}"`)),
  "sends more than is accepted": (socket) => void socket.end(reply(200, `"${"x".repeat(9 * 1024 * 1024)}"`)),
  "nests ten thousand deep": (socket) => void socket.end(reply(200, "[".repeat(10_000) + "]".repeat(10_000))),
  "repeats keys": (socket) =>
    void socket.end(reply(200, "{\"market\":\"a\",\"market\":\"b\",\"bids\":[],\"bids\":[]}")),
  "poisons a prototype": (socket) =>
    void socket.end(
      reply(200, "{\"__proto__\":{\"polluted\":true},\"constructor\":{\"prototype\":{\"polluted\":true}}}")
    ),
  "is busy": (socket) => void socket.end(reply(429, "{\"error\":\"slow down\"}", "retry-after: 1\r\n")),
  "restarts": (socket) => void socket.end(reply(425, "{\"error\":\"restarting\"}")),
  "is down": (socket) => void socket.end(reply(503, "<html>503</html>"))
}

const serve = (
  behave: (socket: Socket) => void
): Effect.Effect<{ readonly url: string; readonly open: () => number }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly open: () => number; readonly close: () => void }>((resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
        socket.once("data", () => behave(socket))
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { readonly port: number }
        resume(Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          open: () => sockets.size,
          close: () => {
            for (const socket of sockets) socket.destroy()
            server.close()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const book = Effect.flatMap(Clob, (clob) => clob.call(Public.book, { token_id: "1" }))

/** A promise of ten seconds, with the slack that a busy machine may need. */
const patience = 4 * Http.deadline

/** Manners that never come to an end. */
const hanging = [
  "says nothing",
  "stops within the headers",
  "stops after the headers",
  "stops within the body",
  "never ends its chunks"
]

/** A server that listens and takes no connection: a process that is stopped, its queue full. */
const serveClogged: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function*() {
  const script =
    "require('net').createServer().listen({host:'127.0.0.1',port:0,backlog:1},function(){console.log(this.address().port)})"
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const port = yield* Effect.callback<number>((resume) => {
    child.stdout.once("data", (data: Buffer) => resume(Effect.succeed(Number(data.toString()))))
  })
  child.kill("SIGSTOP")
  const fillers: Array<Socket> = []
  yield* Effect.addFinalizer(() => Effect.sync(() => fillers.forEach((socket) => socket.destroy())))
  // Each takes a place of the queue; the first that is not connected within a second says that there are no more.
  for (let isFull = false; !isFull;) {
    isFull = yield* Effect.callback<boolean>((resume) => {
      const socket = connect({ host: "127.0.0.1", port })
      fillers.push(socket)
      socket.on("error", () => {})
      socket.once("connect", () => resume(Effect.succeed(false)))
    }).pipe(Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.succeed(true) }))
  }
  return `http://127.0.0.1:${port}`
})

/** Child fibers that have begun and not ended, by the runtime's own count. */
const fibersAlive = Effect.map(Metric.snapshot, (metrics) => {
  const active = metrics.find(({ id }) => id === "child_fibers_active")
  return active?.type === "Gauge" ? Number(active.state.value) : Number.NaN
})

describe("hostile answers", () => {
  it.live(
    "ING-7 every manner of answering badly ends in a typed error within the deadline",
    () =>
      Effect.gen(function*() {
        const outcomes = yield* Effect.forEach(
          Object.entries(manners),
          ([name, behave]) =>
            Effect.gen(function*() {
              const { url } = yield* serve(behave)
              const started = performance.now()
              const error = yield* Effect.flip(book).pipe(
                Effect.provide(Clob.layer(url).pipe(Layer.provide(Http.layerTransport))),
                Effect.mapError(() => `${name}: expected an error, found an answer`)
              )
              return [name, (error as ClobError).reason._tag, performance.now() - started] as const
            }),
          { concurrency: "unbounded" }
        )
        for (const [name, tag, took] of outcomes) {
          assert(["Unavailable", "Malformed", "RateLimited"].includes(tag), `${name}: ${tag}`)
          assert.isBelow(took, patience, name)
        }
        assert.isAbove(outcomes.filter(([, tag]) => tag === "Malformed").length, 5)
        assert.isUndefined(({} as Readonly<Record<string, unknown>>)["polluted"])
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "ORD-1 an order answered in any such manner is never taken for refused, nor sent twice",
    () =>
      Effect.gen(function*() {
        const credentials = { apiKey: "k", secret: Redacted.make("c2VjcmV0"), passphrase: Redacted.make("p") }
        yield* Effect.forEach(
          Object.entries(manners),
          ([name, behave]) =>
            Effect.gen(function*() {
              let requests = 0
              const { url } = yield* serve((socket) => {
                requests++
                behave(socket)
              })
              const layer = ClobTrading.layer({ baseUrl: url, address: "0x1", credentials })
              const error = yield* Effect.flip(Effect.flatMap(ClobTrading, (clob) => clob.postOrder("{}"))).pipe(
                Effect.provide(layer.pipe(Layer.provide(Http.layerTransport)))
              )
              assert.strictEqual(error.reason._tag, "Unconfirmed", name)
              assert.strictEqual(requests, 1, name)
            }),
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "ING-7 a thousand calls that hang, at the connection, the headers or the body, are all over in time, and nothing of them is left",
    () =>
      Effect.gen(function*() {
        const clogged = yield* serveClogged
        const servers = yield* Effect.forEach(hanging, (name) => serve(manners[name] as (socket: Socket) => void))
        const urls = [clogged, ...servers.map(({ url }) => url)]
        const fibers = yield* fibersAlive
        let most = 0
        yield* fibersAlive.pipe(
          Effect.tap((count) => Effect.sync(() => most = Math.max(most, count))),
          Effect.repeat(Schedule.spaced("100 millis")),
          Effect.forkScoped
        )
        const started = performance.now()
        const failed = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, at) => urls[at % urls.length] as string),
          (url) =>
            Effect.forEach(Array.from({ length: 50 }), () => Effect.flip(book), { concurrency: "unbounded" }).pipe(
              Effect.provide(Clob.layer(url).pipe(Layer.provide(Http.layerTransport)))
            ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(failed.flat().length, 1_000)
        assert.isBelow(performance.now() - started, patience)
        for (const { reason } of failed.flat()) assert.strictEqual(reason._tag, "Unavailable")
        yield* Effect.sync(() => servers.reduce((sum, { open }) => sum + open(), 0)).pipe(
          Effect.repeat({ while: (count) => count > 0, schedule: Schedule.spaced("100 millis") })
        )
        assert.isAbove(most, fibers + 1_000)
        yield* fibersAlive.pipe(
          Effect.repeat({ while: (count) => count > fibers + 1, schedule: Schedule.spaced("100 millis") })
        )
      }).pipe(Effect.scoped, Effect.provide(Metric.enableRuntimeMetricsLayer)),
    120_000
  )

  it.effect("ING-7 an order that hangs is over within five seconds, and was sent once", () =>
    Effect.gen(function*() {
      let tries = 0
      const silent = HttpClient.make(() => {
        tries++
        return Effect.never
      })
      const credentials = { apiKey: "k", secret: Redacted.make("c2VjcmV0"), passphrase: Redacted.make("p") }
      const layer = ClobTrading.layer({ baseUrl: "http://venue", address: "0x1", credentials })
      const posted = yield* Effect.flip(Effect.flatMap(ClobTrading, (clob) => clob.postOrder("{}"))).pipe(
        Effect.provide(layer.pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, silent)))),
        Effect.forkChild
      )
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(posted)).reason._tag, "Unconfirmed")
      assert.strictEqual(tries, 1)
    }))
})
