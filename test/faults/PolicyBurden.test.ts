/** What many policies cost while events come at full rate: CPU time, delay and memory, each in a process of its own. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Burden } from "../bench/policy/burden.ts"
import { keptBy } from "../bench/PolicyMemory.ts"
import * as Process from "../bench/Process.ts"

describe("the burden of policies", () => {
  it.live(
    "POL-7 200 policies at 5,000 events a second, the slowest pattern and the longest window among them",
    () =>
      Effect.gen(function*() {
        const process = yield* Process.start("./policy/burden.ts")
        const { cpuMicros, p999, windows } = yield* process.ask<Burden>({ seconds: 20 })
        // Four times the promise: 30 % of a core is 60 micros an event, and other programs are at work beside.
        assert.isBelow(cpuMicros, 240)
        assert.isBelow(p999, 20)
        assert.isBelow(windows, 64_000_000)
      }).pipe(Effect.scoped),
    300_000
  )

  it.live(
    "POL-7 10,000 policies with a webhook on windows of five minutes keep less than 150 MB",
    () =>
      Effect.gen(function*() {
        const { compiled, most } = yield* keptBy({ policies: 10_000, does: "webhook" })
        assert.isAbove(most - compiled, 5_000_000)
        assert.isBelow(most, 150_000_000)
      }),
    600_000
  )
})
