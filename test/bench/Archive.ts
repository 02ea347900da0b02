/**
 * What the archiver stores a second, spool included, on a server and in the embedded database, against a bare loop of `pg` and against COPY on the
 * same server; and what a steady 5,000 events a second cost the thread that the engine runs in. Programs take turns.
 */
import { Effect } from "effect"
import { server } from "../storage/postgres/server.ts"
import type { Measured } from "./archive/Asked.ts"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"

const runs = 3
const count = 100_000
const steady = { rate: 5_000, count: 25_000 }

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Measured>): Row => ({
  name,
  role,
  perSecond: Math.round(median(all.map(({ perSecond }) => perSecond))),
  cpuMicros: rounded(median(all.map(({ cpuMicros }) => cpuMicros)))
})

/** At a rate that is given, only the cost says something. */
const costOf = (name: string, all: ReadonlyArray<Measured>): Row => ({
  name,
  role: "part",
  cpuMicros: rounded(median(all.map(({ cpuMicros }) => cpuMicros)))
})

/** Runs the bench, about two minutes. */
export const archive: Effect.Effect<Report> = Effect.gen(function*() {
  const { url } = yield* server
  const ours = yield* Process.start("./archive/ours.ts")
  const floor = yield* Process.start("./archive/floor.ts")
  const turns: Array<ReadonlyArray<Measured>> = []
  for (let run = 0; run < runs; run++) {
    const first = run * 1_000_000
    turns.push([
      yield* ours.ask<Measured>({ url, first, count }),
      yield* floor.ask<Measured>({ kind: "unnest", url, first, count }),
      yield* floor.ask<Measured>({ kind: "copy", url, first, count }),
      yield* ours.ask<Measured>({ first, count }),
      yield* ours.ask<Measured>({ url, first: first + 500_000, ...steady }),
      yield* ours.ask<Measured>({ first: first + 500_000, ...steady })
    ])
  }
  const of = (index: number) => turns.map((turn) => turn[index] as Measured)
  const ratio = (index: number) =>
    rounded(median(turns.map((turn) => (turn[0] as Measured).perSecond / (turn[index] as Measured).perSecond)))
  return {
    name: "archive",
    rows: [
      rowOf("server 100", "ours", of(0)),
      rowOf("embedded 100", "ours", of(3)),
      rowOf("pg unnest 100", "floor", of(1)),
      rowOf("pg copy", "floor", of(2)),
      costOf("server at 5,000/s", of(4)),
      costOf("embedded at 5,000/s", of(5))
    ],
    ratios: { "server / unnest": ratio(1), "server / copy": ratio(2) }
  }
}).pipe(Effect.scoped)
