import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { cutting } from "./CuttingServer.ts"
import { folder, simulate, start } from "./Program.ts"
import { read } from "./Summary.ts"

/** A port of loopback that nobody listens on. */
const closedPort = Effect.scoped(Effect.map(cutting, ({ port }) => port))

/** Runs with these addresses and a fresh data folder until the end, which has to come with 69 and without a hint of life. */
const inVain = Effect.fnUntraced(function*(endpoints: unknown, seconds: number) {
  const at = yield* folder
  const file = join(at, "endpoints.json")
  writeFileSync(file, JSON.stringify(endpoints))
  const data = join(at, "data")
  const engine = yield* start("run", "--endpoints", file, "--for", `${seconds}s`, "--json", "--data", data)
  assert.strictEqual(yield* engine.exit(), 69, engine.stderr())
  const { archive, feeds } = read(engine.stdout())
  assert.strictEqual(archive.stored, archive.accepted)
  assert.strictEqual(feeds["clob"]?.status, "connecting")
  return engine.stderr().trim().split("\n")
})

const isAbout = (line: string | undefined, ...words: ReadonlyArray<string>): void => {
  for (const word of words) assert.include(line ?? "", word)
}

describe("run without a way to the venue", () => {
  it.live("ends with 69 and one line that names host and cause and hints at the simulator", () =>
    Effect.gen(function*() {
      const port = yield* closedPort
      const refused = inVain({
        clob: `http://127.0.0.1:${port}/clob`,
        gamma: `http://127.0.0.1:${port}/gamma`,
        marketSocket: `ws://127.0.0.1:${port}/ws/market`
      }, 1)
      const unnamed = inVain({
        clob: "https://clob.venue.invalid",
        gamma: "https://gamma.venue.invalid",
        marketSocket: "wss://socket.venue.invalid/ws/market"
      }, 4)
      const [first, second] = yield* Effect.all([refused, unnamed], { concurrency: 2 })
      isAbout(first.at(-1), `127.0.0.1:${port}`, "ECONNREFUSED", "--sim")
      isAbout(second.at(-1), "gamma.venue.invalid", "--sim")
      assert.match(second.at(-1) ?? "", /ENOTFOUND|EAI_AGAIN/)
      for (const lines of [first, second]) {
        assert.isAtMost(lines.filter((line) => line.includes("--sim")).length, 3, lines.join("\n"))
      }
    }))

  it.live("ING-1 does not hammer a market channel that cuts every connection", () =>
    Effect.gen(function*() {
      const venue = yield* simulate()
      const server = yield* cutting
      const seconds = 12
      const lines = yield* inVain(
        { ...venue.endpoints, marketSocket: `ws://127.0.0.1:${server.port}/ws/market` },
        seconds
      )
      isAbout(lines.at(-1), `127.0.0.1:${server.port}`, "--sim")
      assert.isAbove(server.attempts(), 3)
      assert.isAtMost(server.attempts(), seconds + 1)
    }))
})

describe("run with what cannot be used", () => {
  it.live("ends with 2 on wrong usage", () =>
    Effect.gen(function*() {
      const at = yield* folder
      writeFileSync(join(at, "text"), "hello\n")
      writeFileSync(join(at, "empty"), "{}\n")
      for (
        const args of [
          ["--no-such-flag"],
          ["--for", "3 parsecs"],
          ["--top", "-1"],
          ["--endpoints", join(at, "absent")],
          ["--endpoints", join(at, "text")],
          ["--endpoints", join(at, "empty")]
        ]
      ) {
        const engine = yield* start("run", "--data", join(at, "data"), ...args)
        assert.strictEqual(yield* engine.exit(), 2, `${args.join(" ")}: ${engine.stderr()}`)
        assert.notStrictEqual(engine.stderr() + engine.stdout(), "")
      }
    }))

  it.live("ends with 65 on bad policies, and names file, line and column of every error", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const policy = (field: string, operator: string) =>
        `policies:\n  - id: one\n    conditions: { field: ${field}, operator: "${operator}", value: 1 }\n` +
        "    actions: [{ type: notification, channel: console, template: hi }]\n"
      writeFileSync(join(at, "a.yaml"), policy("prise", ">"))
      writeFileSync(join(at, "b.yaml"), policy("price", "=>"))
      writeFileSync(join(at, "c.yaml"), "policies: [\n")
      const engine = yield* start("run", "--policies", at, "--data", join(at, "data"))
      assert.strictEqual(yield* engine.exit(), 65)
      for (const place of [/a\.yaml:3:\d+/, /b\.yaml:3:\d+/, /c\.yaml:\d+:\d+/]) assert.match(engine.stderr(), place)
    }))

  it.live("ends with 65 on bad settings, and names every key", () =>
    Effect.gen(function*() {
      const at = yield* folder
      writeFileSync(join(at, "settings.yaml"), "instance: 99\nriscs: {}\nrisk: { maxPosition: many }\n")
      const engine = yield* start("run", "--config", join(at, "settings.yaml"), "--data", join(at, "data"))
      assert.strictEqual(yield* engine.exit(), 65)
      for (const word of ["instance", "riscs", "maxPosition", "settings.yaml"]) assert.include(engine.stderr(), word)
      const absent = yield* start("run", "--config", join(at, "absent.yaml"), "--data", join(at, "data"))
      assert.strictEqual(yield* absent.exit(), 65)
    }))
})
