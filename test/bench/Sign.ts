/**
 * What an order costs from the wish to the signature, against the official client, and what the headers of its request cost. Each program is a
 * process of its own; they take turns, so that what else the machine does touches them alike.
 */
import { Effect } from "effect"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"
import type { Timed } from "./sign/Timed.ts"

const runs = 7

/** Orders until the code is warm, and orders measured in each run. */
const warm = 2_000
const measured = 1_000

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Timed>): Row => ({
  name,
  role,
  perSecond: Math.round(median(all.map((each) => each.perSecond))),
  cpuMicros: rounded(median(all.map((each) => each.cpuMicros))),
  p50Micros: rounded(median(all.map((each) => each.p50Micros))),
  p99Micros: rounded(median(all.map((each) => each.p99Micros)))
})

/** Runs the bench, about ten seconds. */
export const sign: Effect.Effect<Report> = Effect.gen(function*() {
  const engine = yield* Process.start("./sign/ours.ts")
  const client = yield* Process.start("./sign/peer.ts")
  const subjects = [[engine, "sign"], [client, "sign"], [engine, "hmac"]] as const
  const turn = (from: number, count: number) =>
    Effect.forEach(subjects, ([subject, kind]) => subject.ask<Timed>({ kind, from, to: from + count }))
  yield* turn(0, warm)
  const turns: Array<ReadonlyArray<Timed>> = []
  for (let at = 0; at < runs; at++) turns.push(yield* turn(warm + at * measured, measured))
  const of = (subject: number) => turns.map((results) => results[subject] as Timed)
  const ratio = (field: keyof Timed) =>
    rounded(median(turns.map(([ours, peer]) => (ours as Timed)[field] / (peer as Timed)[field])))
  return {
    name: "sign",
    rows: [
      rowOf("build+sign", "ours", of(0)),
      rowOf("clob-client-v2", "peer", of(1)),
      rowOf("hmac", "part", of(2))
    ],
    ratios: { p50: ratio("p50Micros"), cpu: ratio("cpuMicros") }
  }
}).pipe(Effect.scoped)
