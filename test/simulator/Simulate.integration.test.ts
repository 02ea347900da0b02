import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Schedule, type Scope } from "effect"
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import type { Readable } from "node:stream"
import type { Endpoints } from "../../src/simulator/Simulator.ts"
import { folderWith, get, open } from "./Client.ts"

const root = new URL("../../", import.meta.url).pathname

type Child = ChildProcessByStdio<null, Readable, Readable>

interface Program {
  readonly process: Child
  readonly lines: ReadonlyArray<string>
  /** The first line on stdout. */
  readonly first: Effect.Effect<string>
  readonly errors: () => string
  readonly exit: Effect.Effect<number | null>
}

const simulate = (...args: ReadonlyArray<string>): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync((): Child =>
        spawn(process.execPath, ["--import", "tsx", "src/main.ts", "simulate", ...args], {
          cwd: root,
          stdio: ["ignore", "pipe", "pipe", "ipc"]
        }) as Child
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const lines: Array<string> = []
    const queue = yield* Queue.unbounded<string>()
    let text = ""
    let errors = ""
    child.stderr.on("data", (chunk: Buffer) => errors += String(chunk))
    child.stdout.on("data", (chunk: Buffer) => {
      text += String(chunk)
      const whole = text.split("\n")
      text = whole.pop() ?? ""
      for (const line of whole) {
        lines.push(line)
        Queue.offerUnsafe(queue, line)
      }
    })
    const exit = yield* Effect.callback<number | null>((resume) => {
      child.once("close", (code) => resume(Effect.succeed(code)))
    }).pipe(Effect.forkScoped({ startImmediately: true }))
    return {
      process: child,
      lines,
      first: Queue.take(queue).pipe(Effect.timeout("20 seconds"), Effect.orDie),
      errors: () => errors,
      exit: Fiber.join(exit).pipe(Effect.timeout("20 seconds"), Effect.orDie)
    }
  })

describe("simulate", () => {
  it.live("prints one line of JSON when it listens, serves, and ends with 0 on SIGTERM with sockets open", () =>
    Effect.gen(function*() {
      const program = yield* simulate("--json", "--seed", "3", "--markets", "4")
      const endpoints = JSON.parse(yield* program.first) as Endpoints
      assert.deepStrictEqual(
        Object.keys(endpoints).toSorted(),
        [
          "accounts",
          "clob",
          "coinmarketcap",
          "control",
          "data",
          "gamma",
          "geoblock",
          "marketSocket",
          "polybolt",
          "rtds",
          "sports",
          "userSocket"
        ]
      )
      assert.strictEqual((yield* get(`${endpoints.clob}/ok`)).text, "\"OK\"")
      const socket = yield* open(endpoints.marketSocket)
      program.process.kill("SIGTERM")
      yield* socket.closed
      assert.strictEqual(yield* program.exit, 0)
      assert.strictEqual(program.lines.length, 1)
    }))

  it.live("ends when the program that started it is gone", () =>
    Effect.gen(function*() {
      const program = yield* simulate("--json")
      yield* program.first
      // Not `close`: Node keeps that back when it was the parent that disconnected.
      const code = yield* Effect.callback<number | null>((resume) => {
        program.process.once("exit", (code) => resume(Effect.succeed(code)))
        program.process.disconnect()
      }).pipe(Effect.timeout("20 seconds"), Effect.orDie)
      assert.strictEqual(code, 0)
    }))

  it.live("says on stderr what it assumed of a recording, and refuses one that is none", () =>
    Effect.gen(function*() {
      const book = { event_type: "book", market: `0x${"ab".repeat(32)}`, asset_id: "1", bids: [], asks: [], hash: "h" }
      const line = JSON.stringify({ receivedAt: 0, payloadUtf8: JSON.stringify(book) })
      const folder = yield* folderWith({ "good.jsonl": `${line}\n`, "bad.jsonl": "nothing\n" })
      const good = yield* simulate("--json", "--recording", `${folder}/good.jsonl`)
      yield* good.first
      good.process.kill("SIGTERM")
      yield* good.exit
      assert.include(good.errors(), book.market)
      const bad = yield* simulate("--json", "--recording", `${folder}/bad.jsonl`)
      assert.strictEqual(yield* bad.exit, 65)
      assert.deepStrictEqual(bad.lines, [])
    }))

  it.live(
    "tells the same story in two processes of the same seed and scenario, at the same times to the ms",
    () =>
      Effect.gen(function*() {
        const folder = yield* folderWith({
          "scenario.yaml": "name: Twice\nevents:\n  - { at: 1s, crash: { market: 1, to: 0.1, over: 1s } }\n" +
            "  - { at: 2s, resolve: { market: 2, outcome: 0 } }\n"
        })
        const files = [`${folder}/one.jsonl`, `${folder}/two.jsonl`]
        for (const file of files) {
          yield* simulate(
            "--json",
            "--markets=4",
            `--scenario=${folder}/scenario.yaml`,
            `--ledger=${file}`,
            "--ledger-all"
          )
        }
        const read = Effect.sync(() =>
          files.map((file) => existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [])
        )
        const [one, two] = yield* read.pipe(
          Effect.repeat({
            schedule: Schedule.spaced("50 millis"),
            until: (ledgers) => ledgers.every((lines) => lines.some((line) => line.includes("\"resolve\"")))
          }),
          Effect.timeout("30 seconds"),
          Effect.orDie
        )
        const length = Math.min(one?.length ?? 0, two?.length ?? 0)
        assert.isAbove(length, 50)
        assert.deepStrictEqual(one?.slice(0, length), two?.slice(0, length))
      }),
    40_000
  )

  it.live("refuses flags out of range as wrong usage", () =>
    Effect.forEach(
      ["--markets=0", "--rate=-1", "--speed=0", "--fault=drop on=clob", "--rate-limits=0"],
      (flag) =>
        Effect.gen(function*() {
          const program = yield* simulate("--json", flag)
          assert.strictEqual(yield* program.exit, 2)
        })
    ))

  it.live("takes faults and rate limits from the command line, as words and as JSON", () =>
    Effect.gen(function*() {
      const program = yield* simulate(
        "--json",
        "--fault",
        "status on=clob path=/ok status=418 id=words",
        "--fault",
        "{\"fault\":\"status\",\"on\":\"gamma\",\"status\":419,\"times\":1}",
        "--rate-limits",
        "0.01"
      )
      const { clob, control, gamma } = JSON.parse(yield* program.first) as Endpoints
      assert.strictEqual((yield* get(`${clob}/ok`)).status, 418)
      assert.strictEqual((yield* get(`${gamma}/tags`)).status, 419)
      for (const status of [200, 200, 429]) assert.strictEqual((yield* get(`${gamma}/tags`)).status, status)
      const { faults, limitedByAddress } = JSON.parse((yield* get(`${control}/stats`)).text)
      assert.strictEqual(limitedByAddress, 1)
      assert.deepStrictEqual(
        faults.map((one: { readonly id: string; readonly applied: number }) => [one.id, one.applied]),
        [
          ["words", 1],
          ["fault-2", 1]
        ]
      )
    }))
})
