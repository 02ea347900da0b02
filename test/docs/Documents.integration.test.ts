import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as YAML from "yaml"
import * as Load from "../../src/engine/policy/Load.ts"
import * as LoadTests from "../../src/engine/policy/LoadTests.ts"
import * as PolicyTests from "../../src/engine/policy/PolicyTests.ts"
import * as Settings from "../../src/Settings.ts"
import { simulator } from "../simulator/Client.ts"

interface Block {
  readonly file: string
  readonly info: string
  readonly text: string
}

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs").filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)
]

const blocks: ReadonlyArray<Block> = documents.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^```(\S+.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    info: match[1] ?? "",
    text: match[2] ?? ""
  }))
)

const isOf = (block: Block, language: string) => block.info.split(" ")[0] === language

/** Runs a program of ours to its end; `stopOn` sends SIGTERM once that text was printed. */
const finish = (args: ReadonlyArray<string>, stopOn?: string) =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = spawn(process.execPath, ["--import", "tsx", ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (data) => {
      stdout += String(data)
      if (stopOn !== undefined && stdout.includes(stopOn)) child.kill("SIGTERM")
    })
    child.stderr.on("data", (data) => {
      stderr += String(data)
    })
    child.on("exit", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "documents-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const commands = blocks.filter((block) => isOf(block, "sh")).flatMap(({ file, text }) =>
  text.split("\n").flatMap((line) => {
    const command = /npx tsx src\/main\.ts ?(.*)$/.exec(line)
    return command === null ? [] : [{ file, args: (command[1] ?? "").split(" ").filter((word) => word !== "") }]
  })
)

describe("documents", () => {
  it("every policy in them loads, and passes the tests that stand beside it", () => {
    const options = { defaultSlippage: undefined, validFor: 2_000 }
    let examples = 0
    for (const source of blocks.filter(({ info, text }) => info === "yaml" && text.includes("policies:"))) {
      const compile = () => {
        const compiled = Load.compileAll([source], options)
        assert(Result.isSuccess(compiled), Result.isFailure(compiled) ? compiled.failure.map(String).join("\n") : "")
        return compiled.success
      }
      const tests = Result.getOrThrowWith(LoadTests.testsOf(source, compile()), String)
      const fired = new Set(tests.map(({ test }) => {
        const outcome = PolicyTests.run(test, compile(), { runaway: 10, recording: () => Result.fail("no recording") })
        assert.deepStrictEqual(outcome.lines, [], `${source.file}: ${test.name}`)
        return outcome.firings.length > 0
      }))
      if (fired.size === 2) examples++
    }
    assert.isAtLeast(examples, 20)
  })

  it.effect("the settings they show are the defaults, all of them", () =>
    Effect.gen(function*() {
      const block = blocks.find(({ info }) => info === "yaml settings")
      assert(block !== undefined)
      assert.deepStrictEqual(yield* Settings.decode(YAML.parse(block.text)), yield* Settings.decode({}))
    }))

  it.effect("the channels they show can be described like that", () =>
    Effect.gen(function*() {
      const block = blocks.find(({ info }) => info === "yaml channels")
      assert(block !== undefined)
      const { channels } = yield* Settings.decode(YAML.parse(block.text))
      assert.deepStrictEqual(Object.values(channels).map(({ type }) => type), ["telegram", "webhook"])
    }))

  it.live(
    "the bot they show for the simulator places an order",
    () =>
      Effect.gen(function*() {
        const block = blocks.find(({ info }) => info === "ts bot")
        assert(block !== undefined)
        const { endpoints } = yield* simulator()
        const file = join(yield* folder, "endpoints.json")
        writeFileSync(file, JSON.stringify(endpoints))
        const text = block.text.replace("\"endpoints.json\"", JSON.stringify(file))
        const { code, stderr, stdout } = yield* finish(["--input-type=module", "--eval", text])
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, /status: 'live'/)
      }).pipe(Effect.scoped),
    30_000
  )

  it("the program they show is the example that runs", () => {
    const block = blocks.find(({ info }) => info === "ts example")
    const example = readFileSync("docs/examples/embed.ts", "utf8").replaceAll("../../src/index.ts", "polymarket-hft")
    assert.strictEqual(block?.text, example)
  })

  it.live("the example fires its policy and fills its order", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* finish(["docs/examples/embed.ts"])
      assert.strictEqual(code, 0)
      assert.match(stdout, /^policy: .+$/m)
      assert.match(stdout, /fills: 1$/m)
    }))

  it("they show how to run it", () => {
    assert(commands.length >= 5)
  })

  for (const { args, file } of commands) {
    it.live(`${file}: ${args.join(" ") || "(no arguments)"}`, () =>
      Effect.gen(function*() {
        const path = yield* folder
        const isSimulator = args[0] === "simulate" && !args.includes("--help")
        const isRun = args.length === 0 || (args[0] === "run" && !args.includes("--help"))
        if (isSimulator) {
          const { code } = yield* finish([
            "src/main.ts",
            ...args.map((word, at) => (args[at - 1] === "--port" ? "0" : word))
          ], "ws://")
          return assert.strictEqual(code, 0)
        }
        if (!isRun) {
          const { code, stdout } = yield* finish(["src/main.ts", ...args])
          assert.strictEqual(code, 0)
          return assert.match(stdout, args[0] === "policy" ? /passed|are good/ : /USAGE/)
        }
        const closed = join(path, "endpoints.json")
        writeFileSync(
          closed,
          JSON.stringify({
            clob: "http://127.0.0.1:9",
            gamma: "http://127.0.0.1:9",
            marketSocket: "ws://127.0.0.1:9"
          })
        )
        const isLive = !args.includes("--sim")
        const shortened = args.map((word, at) => (args[at - 1] === "--for" ? "2s" : word))
        const { code, stderr } = yield* finish([
          "src/main.ts",
          ...shortened,
          ...(isLive ? ["--for", "1s", "--endpoints", closed] : []),
          "--data",
          join(path, "data")
        ])
        assert.strictEqual(code, isLive ? 69 : 0, stderr)
      }).pipe(Effect.scoped))
  }
})
