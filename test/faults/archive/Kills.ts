/** Kills of the engine and of the database in the middle of 3,000 events a second, and what became of the events. For the fault tests and the soak. */
import { Effect, Redacted } from "effect"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Archive from "../../../src/storage/Archive.ts"
import type { Server } from "../../storage/postgres/server.ts"
import { audit, type Findings } from "./Audit.ts"
import { engine, EngineProcess, ready } from "./Engine.ts"
import { seeded } from "./Seeded.ts"

/** Events a second. */
const rate = 3_000

/** Places of one run start this far from those of the run before. */
const apart = 1_000_000

/** Small limits, so that kills also hit spills, releases and new segments. */
const limits = { memory: 2_000, checkpointEvery: 700, segmentBytes: 256 * 1_024 }

/** What a series of kills came to. */
export interface Outcome extends Findings {
  readonly kills: number
  /** Kills that hit an engine before it was ready, and those with events accepted that were not stored. */
  readonly early: number
  readonly behind: number
  /** Events of earlier runs that the last run stored. */
  readonly recovered: number
  /** Rows put aside, and segments of the spool left when everything was stored. */
  readonly poisoned: boolean
  readonly segments: number
}

const leftIn = (folder: string) => ({
  poisoned: existsSync(join(folder, "poison")),
  segments: readdirSync(join(folder, "spool")).filter((name) => name.endsWith(".spool")).length
})

/** Kills the engine at random moments of as many runs, then lets one end by itself. */
export const killEngine = Effect.fnUntraced(function*(folder: string, kills: number, seed: number, url?: string) {
  const random = seeded(seed)
  const engines: Array<EngineProcess> = []
  let early = 0
  let behind = 0
  const asked = () => ({
    folder,
    rate,
    first: engines.length * apart,
    ...limits,
    ...(url === undefined ? {} : { url })
  })
  for (let kill = 0; kill < kills; kill++) {
    // One in eight hits the start, which is the making of the database the first time, and recovery later.
    const isEarly = kill % 8 === 0
    const run = new EngineProcess(asked())
    engines.push(run)
    yield* Effect.promise(async () => {
      if (!isEarly && !await run.ready) throw new Error(`seed ${seed}: run ${kill} ended early\n${run.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, isEarly ? 300 + random(1_200) : 50 + random(1_300)))
      run.kill()
      const code = await run.ended
      if (code !== null) throw new Error(`seed ${seed}: run ${kill} ended with ${code}\n${run.stderr}`)
    })
    if (run.last === undefined) early++
    if (run.accepted.size > (run.last?.stored ?? 0)) behind++
  }
  const last = yield* engine(asked())
  engines.push(last)
  yield* ready(last)
  yield* Effect.sleep("300 millis")
  const code = yield* Effect.promise(() => last.drain())
  if (code !== 0) return yield* Effect.die(new Error(`seed ${seed}: the last run ended with ${code}\n${last.stderr}`))
  const findings = yield* audit(engines).pipe(
    Effect.provide(
      url === undefined
        ? Archive.layerPglite(join(folder, "archive"))
        : Archive.layerServer({ url: Redacted.make(url) })
    )
  )
  const outcome: Outcome = {
    ...findings,
    kills,
    early,
    behind,
    recovered: last.counts?.recovered ?? 0,
    ...leftIn(folder)
  }
  return outcome
}, Effect.scoped)

/** Kills the server at random moments of one run of the engine, each time when batches are under way. */
export const killServer = Effect.fnUntraced(function*(folder: string, kills: number, seed: number, server: Server) {
  const random = seeded(seed)
  const run = yield* engine({ folder, rate, first: 0, url: server.url, ...limits })
  yield* ready(run)
  let behind = 0
  for (let kill = 0; kill < kills; kill++) {
    const stored = run.last?.stored ?? 0
    const deadline = Date.now() + 60_000
    while ((run.last?.stored ?? 0) <= stored) {
      if (Date.now() > deadline) return yield* Effect.die(new Error(`seed ${seed}: nothing is stored\n${run.stderr}`))
      yield* Effect.sleep("20 millis")
    }
    yield* Effect.sleep(random(700))
    yield* server.crash
    if (run.backlog > 0) behind++
    yield* Effect.sleep(random(300))
    yield* server.start
  }
  const code = yield* Effect.promise(() => run.drain())
  if (code !== 0) return yield* Effect.die(new Error(`seed ${seed}: the engine ended with ${code}\n${run.stderr}`))
  const findings = yield* audit([run]).pipe(Effect.provide(Archive.layerServer({ url: Redacted.make(server.url) })))
  const outcome: Outcome = { ...findings, kills, early: 0, behind, recovered: 0, ...leftIn(folder) }
  return outcome
}, Effect.scoped)
