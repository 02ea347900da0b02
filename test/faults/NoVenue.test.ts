import { assert, describe, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { cutting } from "../e2e/CuttingServer.ts"
import { folder, start } from "../e2e/Program.ts"

describe("A venue that serves nobody", () => {
  it.live("ING-1 is asked less than once a second over a minute, and at longer and longer distances", () =>
    Effect.gen(function*() {
      const [clob, gamma, socket] = yield* Effect.all([cutting, cutting, cutting])
      const at = yield* folder
      const file = join(at, "endpoints.json")
      writeFileSync(
        file,
        JSON.stringify({
          clob: `http://127.0.0.1:${clob.port}`,
          gamma: `http://127.0.0.1:${gamma.port}`,
          marketSocket: `ws://127.0.0.1:${socket.port}`
        })
      )
      const engine = yield* start("run", "--endpoints", file, "--for", "60s", "--json", "--data", join(at, "data"))
      yield* engine.line("stderr", (line) => line.includes("ready"))
      yield* Effect.sleep("30 seconds")
      const half = gamma.attempts()
      assert.strictEqual(yield* engine.exit(60), 69, engine.stderr())
      yield* Console.log(`attempts: clob ${clob.attempts()}, gamma ${half} then ${gamma.attempts() - half}`)
      assert.isAbove(half, 3)
      assert.isAtMost(half, 30)
      assert.isAtMost(gamma.attempts() - half, half)
      assert.isAtMost(clob.attempts(), 10)
      assert.strictEqual(socket.attempts(), 0)
    }))
})
