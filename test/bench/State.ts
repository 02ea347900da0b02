/** What reading the state costs against a Map, with Redis there and with Redis stopped, and how many writes a second reach Redis. */
import { Effect } from "effect"
import { Redacted } from "effect"
import { server } from "../storage/redis/server.ts"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"

const runs = 3

type Measured = Pick<Row, "perSecond" | "p50Micros" | "p99Micros">

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Measured>): Row => {
  const of = (field: keyof Measured) => {
    const values = all.flatMap((each) => each[field] ?? [])
    return values.length === 0
      ? {}
      : { [field]: field === "perSecond" ? Math.round(median(values)) : rounded(median(values)) }
  }
  return { name, role, ...of("perSecond"), ...of("p50Micros"), ...of("p99Micros") }
}

/** Runs the bench, about forty seconds. */
export const state: Effect.Effect<Report> = Effect.gen(function*() {
  const redis = yield* server
  const url = Redacted.value(redis.url)
  const ours = yield* Process.start("./state/ours.ts")
  const turns: Array<ReadonlyArray<Measured>> = []
  for (let run = 0; run < runs; run++) {
    const map = yield* ours.ask<Measured>({ url, kind: "map" })
    const read = yield* ours.ask<Measured>({ url, kind: "read" })
    const write = yield* ours.ask<Measured>({ url, kind: "write" })
    yield* redis.pause
    const stopped = yield* ours.ask<Measured>({ url, kind: "read" })
    yield* redis.resume
    turns.push([map, read, stopped, write])
  }
  const of = (index: number) => turns.map((turn) => turn[index] as Measured)
  const ratio = (index: number, to: number, field: keyof Measured) =>
    rounded(median(turns.map((turn) => (turn[index]?.[field] ?? 0) / (turn[to]?.[field] ?? 1))))
  return {
    name: "state",
    rows: [
      rowOf("read", "ours", of(1)),
      rowOf("Map", "floor", of(0)),
      rowOf("read, Redis stopped", "part", of(2)),
      rowOf("writes reaching Redis", "part", of(3))
    ],
    ratios: { "read / Map": ratio(1, 0, "perSecond"), "p99 stopped / running": ratio(2, 1, "p99Micros") }
  }
}).pipe(Effect.scoped)
