/**
 * How many frames the simulator tells ten subscribers, and what a frame costs it, against sending ready texts. Tellers and readers are processes of
 * their own.
 */
import { Effect } from "effect"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"
import type { Address, Counted, Spent } from "./simulator/Told.ts"

const markets = 20
const subscribers = 10
const runs = 3
const warm = "2 seconds"
const measured = "4 seconds"

/** Frames a second to each subscriber that are promised, and more than anybody can send. */
const pace = 5_000
const beyond = 60_000

interface Run {
  readonly perSecond: number
  readonly cpuMicros: number
}

const run = (file: string, rate: number): Effect.Effect<Run> =>
  Effect.gen(function*() {
    const teller = yield* Process.start(file, [String(markets), String(rate)])
    const { assetIds, url } = yield* teller.ask<Address>({ kind: "address" })
    const readers = yield* Process.start("./simulator/readers.ts", [url, String(subscribers), ...assetIds])
    yield* Effect.sleep(warm)
    yield* teller.ask({ kind: "begin" })
    yield* readers.ask({ kind: "begin" })
    yield* Effect.sleep(measured)
    const { frames, seconds } = yield* readers.ask<Counted>({ kind: "finish" })
    const { cpuMicros } = yield* teller.ask<Spent>({ kind: "finish" })
    return { perSecond: frames / seconds, cpuMicros: cpuMicros / frames }
  }).pipe(Effect.scoped)

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Run>): Row => ({
  name,
  role,
  perSecond: Math.round(median(all.map(({ perSecond }) => perSecond))),
  cpuMicros: rounded(median(all.map(({ cpuMicros }) => cpuMicros)))
})

/** Runs the bench, about a minute and a half. */
export const simulator: Effect.Effect<Report> = Effect.gen(function*() {
  const cases = [["paced", pace], ["full", beyond]] as const
  const rows: Array<Row> = []
  const ratios: Record<string, number> = {}
  for (const [name, rate] of cases) {
    const ours: Array<Run> = []
    const floors: Array<Run> = []
    for (let at = 0; at < runs; at++) {
      ours.push(yield* run("./simulator/ours.ts", rate))
      floors.push(yield* run("./simulator/floor.ts", rate))
    }
    rows.push(rowOf(`${name} x10`, "ours", ours), rowOf(`ready texts ${name} x10`, "floor", floors))
    ratios[`cpu ${name}`] = rounded(median(ours.map((one, at) => one.cpuMicros / (floors[at] as Run).cpuMicros)))
  }
  return { name: "simulator", rows, ratios }
})
