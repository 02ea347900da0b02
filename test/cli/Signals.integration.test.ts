import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import process from "node:process"
import { makeSignals } from "../../src/cli/Signals.ts"

const script = new URL("./stubborn.ts", import.meta.url).pathname

/** The script as a process: signals it as its lines come, and says how it ended. */
const ended = (argument: string, onLine: (line: string, kill: () => void) => void) =>
  Effect.callback<number | null>((resume) => {
    const child = spawn(process.execPath, ["--import", "tsx", script, argument], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n")) onLine(line, () => void child.kill("SIGTERM"))
    })
    child.once("close", (code) => resume(Effect.succeed(code)))
    return Effect.sync(() => child.kill("SIGKILL"))
  }).pipe(Effect.timeout("20 seconds"))

describe("Signals", () => {
  it("OPS-1 the second signal ends the process, unless it is the first one passed on", () => {
    const meaningOf = makeSignals()
    assert.deepStrictEqual([10, 10.001, 10.29, 10.31, 12].map(meaningOf), ["end", "same", "same", "endNow", "endNow"])
  })

  it.live("OPS-1 a first signal is obeyed with code 0", () =>
    Effect.gen(function*() {
      const code = yield* ended("quick", (line, kill) => {
        if (line === "ready") kill()
      })
      assert.strictEqual(code, 0)
    }), 30_000)

  it.live("OPS-1 a second signal ends within a second what does not end", () =>
    Effect.gen(function*() {
      let second = 0
      const code = yield* ended("slow", (line, kill) => {
        if (line === "ready") kill()
        if (line === "ending") {
          kill()
          setTimeout(() => {
            second = performance.now()
            kill()
          }, 400)
        }
      })
      assert.strictEqual(code, 143)
      assert.isBelow(performance.now() - second, 1_000)
    }), 30_000)
})
