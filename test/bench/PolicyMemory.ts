/**
 * What 10,000 policies on windows of five minutes over 500 assets keep in memory at 5,000 events a second: compiled, and at most while 330 s of events
 * go by. Each kind of action is a process of its own.
 */
import { Effect } from "effect"
import type { Asked, Does, Kept } from "./policy/memory.ts"
import * as Process from "./Process.ts"
import { type Report, rounded, type Row } from "./Report.ts"

const policies = 10_000
const kinds: ReadonlyArray<Does> = ["notification", "order", "webhook"]

/** Asks a process of its own what so many policies of a kind keep. */
export const keptBy = (asked: Asked): Effect.Effect<Kept> =>
  Effect.flatMap(Process.start("./policy/memory.ts"), (process) => process.ask<Kept>(asked)).pipe(Effect.scoped)

const megabytes = (bytes: number): number => rounded(bytes / 1_000_000)

/** Runs the bench, about two minutes. */
export const policyMemory: Effect.Effect<Report> = Effect.gen(function*() {
  const rows: Array<Row> = []
  for (const does of kinds) {
    const { compiled, most, perSecond } = yield* keptBy({ policies, does })
    rows.push(
      { name: `${does} ${policies}`, role: "ours", perSecond: Math.round(perSecond), megabytes: megabytes(most) },
      { name: `${does} ${policies} compiled`, role: "part", megabytes: megabytes(compiled) }
    )
  }
  return { name: "policy-memory", rows, ratios: {} }
})
