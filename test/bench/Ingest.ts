/**
 * What a frame of the market channel costs from the socket to the decision, against reading it the obvious way. Load generator,
 * engine and floor are processes of their own; both readers get the same frames, one after the other, first as fast as they
 * can and then at the same pace.
 */
import { Effect } from "effect"
import type * as Generator from "./ingest/generator.ts"
import type { Finished } from "./ingest/Measured.ts"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"

const markets = 250
const policies = 100
const runs = 3

/** Frames a second of the paced part. */
const pace = 5_000

/** Frames that warm the code up and are not counted, frames as fast as they go, and frames at the pace. */
const warm = 60_000
const fast = 60_000
const settle = 5_000
const paced = 25_000

interface Run {
  readonly paced: Finished
  readonly fast: Finished
}

const run = (generator: Process.Process, file: string, args: ReadonlyArray<number>): Effect.Effect<Run> =>
  Effect.gen(function*() {
    const subject = yield* Process.start(file, args.map(String))
    let from = 0
    const phase = Effect.fnUntraced(function*(frames: number, perSecond?: number) {
      yield* subject.ask({ kind: "begin" })
      const pace = perSecond === undefined ? {} : { perSecond }
      const sent = yield* generator.ask<Generator.Sent>({ kind: "send", from, to: from += frames, ...pace })
      return yield* subject.ask<Finished>({ kind: "finish", trades: sent.trades })
    })
    yield* phase(warm)
    const atFull = yield* phase(fast)
    yield* phase(settle, pace)
    return { fast: atFull, paced: yield* phase(paced, pace) }
  }).pipe(Effect.scoped)

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Run>): Row => ({
  name,
  role,
  perSecond: Math.round(median(all.map((each) => fast / each.fast.seconds))),
  cpuMicros: rounded(median(all.map((each) => each.paced.cpuMicros / paced))),
  p50Micros: rounded(median(all.map((each) => each.paced.p50Micros))),
  p99Micros: rounded(median(all.map((each) => each.paced.p99Micros)))
})

/** Runs the bench, about a minute. */
export const ingest: Effect.Effect<Report> = Effect.gen(function*() {
  const generator = yield* Process.start("./ingest/generator.ts", [
    String(markets),
    String(warm + fast + settle + paced)
  ])
  const { port } = yield* generator.ask<Generator.Address>({ kind: "address" })
  const engines: Array<Run> = []
  const floors: Array<Run> = []
  for (let at = 0; at < runs; at++) {
    engines.push(yield* run(generator, "./ingest/engine.ts", [markets, port, policies]))
    floors.push(yield* run(generator, "./ingest/floor.ts", [markets, port]))
  }
  const ours = rowOf("engine", "ours", engines)
  const floor = rowOf("ws+JSON.parse+grid", "floor", floors)
  // Of runs next to each other: what else the machine does then touches both alike.
  const ratio = median(engines.map((each, at) => each.paced.cpuMicros / (floors[at] as Run).paced.cpuMicros))
  return { name: "ingest", rows: [ours, floor], ratios: { cpu: rounded(ratio) } }
}).pipe(Effect.scoped)
