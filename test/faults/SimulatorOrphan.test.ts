import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { childrenOf, eventually, folder, isRunning, start } from "../e2e/Program.ts"

describe("run --sim", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it.live(`leaves no simulator behind after ${signal}`, () =>
      Effect.gen(function*() {
        const data = join(yield* folder, "data")
        const engine = yield* start("run", "--sim", "--data", data)
        yield* engine.line("stderr", (line) => line.includes("following"))
        const children = childrenOf(engine.pid)
        assert.isAbove(children.length, 0)
        assert.isTrue(children.every(isRunning))
        yield* engine.kill(signal)
        assert.strictEqual(yield* engine.exit(), signal === "SIGKILL" ? null : 0)
        yield* eventually(
          "children that run",
          Effect.sync(() => children.filter(isRunning)),
          (left) => left.length === 0,
          10
        )
      }))
  }
})
