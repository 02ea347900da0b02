import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { WebSocket, WebSocketServer } from "ws"
import { folder, simulate, start } from "../e2e/Program.ts"
import { read } from "../e2e/Summary.ts"

/** A sequence of numbers below `bound` that a seed fixes. */
const seeded = (seed: number) => {
  let state = seed
  return (bound: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 4_294_967_296 * bound)
  }
}

/** Bad frames made of good ones: none of them says anything, each is to be counted. */
const spoilers: ReadonlyArray<(frame: string, random: (bound: number) => number) => string | Buffer> = [
  (frame, random) => frame.slice(0, 1 + random(frame.length - 1)),
  (_, random) => Buffer.from(Array.from({ length: 1 + random(400) }, () => 128 + random(128))),
  () => "<html><body>502 Bad Gateway</body></html>",
  () => `${"[".repeat(100_000)}`,
  () => "{\"event_type\":\"book\"}",
  () =>
    "{\"event_type\":\"price_change\",\"market\":\"0x1\",\"timestamp\":\"x\",\"price_changes\":[{\"price\":1e400}]}",
  (frame) => frame.replaceAll(/"price":\s*"[^"]*"/g, "\"price\":\"0.5.5\""),
  (frame) => frame.replaceAll(/"timestamp":\s*"[^"]*"/g, "\"timestamp\":\"-1e9\""),
  (frame) => frame.replaceAll(/"asset_id":\s*"[^"]*"/g, "\"asset_id\":{\"__proto__\":[]}")
]

/** How many bad frames in all; the last long before the end, so that none is under way then. */
const most = 150

/** A market channel that passes the real one on, and slips a bad frame in every so many ms. */
const spoiling = Effect.fnUntraced(function*(upstream: string, everyMs: number, random: (bound: number) => number) {
  let connections = 0
  let slipped = 0
  const kinds = new Set<number>()
  const server = yield* Effect.acquireRelease(
    Effect.callback<WebSocketServer>((resume) => {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
      server.on("listening", () => resume(Effect.succeed(server)))
      server.on("connection", (engine) => {
        connections++
        const waiting: Array<string> = []
        const venue = new WebSocket(upstream, { perMessageDeflate: false })
        let due = performance.now() + everyMs
        venue.on("open", () => {
          for (const text of waiting) venue.send(text)
        })
        venue.on("message", (data) => {
          const frame = String(data)
          engine.send(frame)
          if (slipped === most || performance.now() < due || !frame.includes("\"price_change\"")) return
          due += everyMs
          const kind = random(spoilers.length)
          kinds.add(kind)
          slipped++
          engine.send(spoilers[kind]?.(frame, random) ?? "")
        })
        engine.on("message", (data) => {
          if (venue.readyState === WebSocket.OPEN) venue.send(String(data))
          else waiting.push(String(data))
        })
        engine.on("close", () => venue.terminate())
        venue.on("close", () => engine.terminate())
        venue.on("error", () => engine.terminate())
        engine.on("error", () => {})
      })
    }),
    (server) =>
      Effect.sync(() => {
        for (const client of server.clients) client.terminate()
        server.close()
      })
  )
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    connections: () => connections,
    slipped: () => slipped,
    kinds
  }
})

describe("Bad frames among good ones", () => {
  it.live("ING-4 one bad frame costs one frame", () =>
    Effect.gen(function*() {
      const seed = 41
      const venue = yield* simulate("--rate", "400")
      // 45 in 10 s, below what a connection is given up for.
      const channel = yield* spoiling(venue.endpoints.marketSocket, 222, seeded(seed))
      const at = yield* folder
      const file = join(at, "endpoints.json")
      writeFileSync(file, JSON.stringify({ ...venue.endpoints, marketSocket: channel.url }))
      const data = join(at, "data")
      const engine = yield* start(
        "run",
        "--endpoints",
        file,
        "--for",
        "40s",
        "--json",
        "--verify-books",
        "--data",
        data
      )
      assert.strictEqual(yield* engine.exit(90), 0, engine.stderr())
      const { archive, books, events, feeds } = read(engine.stdout())
      yield* Console.log(`${channel.slipped()} bad frames (seed ${seed}), ${events["OrderBookDelta"]} deltas`)
      assert.strictEqual(channel.slipped(), most)
      assert.strictEqual(channel.kinds.size, spoilers.length)
      assert.strictEqual(channel.connections(), 1)
      assert.deepStrictEqual(feeds["clob"], {
        status: "connected",
        reconnects: 0,
        gaps: 0,
        stale: 0,
        malformed: channel.slipped()
      })
      assert.strictEqual(books.mismatched, 0)
      assert.isAbove(books.checked, 1_000)
      assert.isAbove(events["OrderBookDelta"] ?? 0, 1_000)
      assert.strictEqual(archive.stored, archive.accepted)
      const samples = engine.stderr().split("\n").filter((line) => line.includes("skipped what does not fit"))
      assert.isAbove(samples.length, 10)
      assert.isAtMost(samples.length, 50)
      assert.isTrue(samples.every((line) => line.length < 16_384))
    }))
})
