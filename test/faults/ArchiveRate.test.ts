import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { join } from "node:path"
import * as Archive from "../../src/storage/Archive.ts"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { programs, server } from "../storage/postgres/server.ts"
import { auditIds } from "./archive/Audit.ts"
import { engine, type EngineProcess, ready } from "./archive/Engine.ts"

/** Waits until the backlog is what a batch of each table may be. */
const backlogReturns = (run: EngineProcess, limit: number) =>
  Effect.gen(function*() {
    const began = performance.now()
    // Told since the rate fell.
    const from = run.stats.length + 1
    while (run.stats.length <= from || run.backlog > 300) {
      if (performance.now() - began > limit) return yield* Effect.die(new Error(`a backlog of ${run.backlog}`))
      yield* Effect.sleep("50 millis")
    }
    return performance.now() - began
  })

/** What the batches were that were told of since a place in the list. */
const batchesSince = (run: EngineProcess, from: number) => {
  const batches = run.stats.slice(from).flatMap((stats) => stats.batches)
  const after = batches.map((batch) => batch.after).sort((a, b) => a - b)
  return {
    batches: batches.length,
    most: Math.max(...batches.map(({ rows }) => rows)),
    p99: after[Math.floor(after.length * 0.99)] ?? 0
  }
}

/** Share of a core that the engine's thread took between two places of the list. */
const coreOf = (run: EngineProcess, from: number) => {
  const first = run.stats[from]
  const last = run.last
  return first === undefined || last === undefined ? 0 : (last.cpu - first.cpu) / 1_000 / (last.at - first.at)
}

/** A while at a rate. */
const at = Effect.fnUntraced(function*(run: EngineProcess, rate: number, seconds: number) {
  run.say(`rate ${rate}`)
  // Not what came before.
  yield* Effect.sleep("2 seconds")
  const from = run.stats.length
  yield* Effect.sleep(`${seconds} seconds`)
  return { rate, ...batchesSince(run, from), core: coreOf(run, from) }
})

describe("Archive at its rates", () => {
  it.live.skipIf(programs === undefined && process.env["CI"] !== "true")(
    "ARC-6 ARC-8 batches are small and timely at 1, 99 and 5,000 a second, the last for a minute",
    () =>
      Effect.gen(function*() {
        const postgres = yield* server
        const run = yield* engine({ folder: temporaryFolder(), url: postgres.url, first: 0, rate: 1, digests: false })
        yield* ready(run)
        const figures = [
          yield* at(run, 1, 6),
          yield* at(run, 99, 6),
          yield* at(run, 5_000, 60)
        ]
        const sent = run.last?.published ?? 0
        run.say("rate 99")
        const took = yield* backlogReturns(run, 60_000)
        const code = yield* Effect.promise(() => run.drain())
        assert.strictEqual(code, 0, run.stderr)
        const { accepted, doubled, lost } = yield* auditIds([run]).pipe(
          Effect.provide(Archive.layerServer({ url: Redacted.make(postgres.url) }))
        )
        yield* Effect.log({ figures, took, sent, accepted })
        assert.deepStrictEqual({ doubled, lost }, { doubled: 0, lost: 0 })
        assert.isAbove(accepted, 60 * 5_000 * 0.9)
        for (const { most, p99, rate } of figures) {
          assert.isAtMost(most, rate < 5_000 ? 100 : 1_000)
          assert.isAtMost(p99, 4 * 1_500)
        }
      }).pipe(Effect.scoped),
    240_000
  )

  it.live(
    "ARC-8 20,000 a second for ten seconds are taken, and stored when there is time",
    () =>
      Effect.gen(function*() {
        const folder = temporaryFolder()
        const run = yield* engine({ folder, first: 0, rate: 99, digests: false })
        yield* ready(run)
        run.say("rate 20000")
        yield* Effect.sleep("10 seconds")
        const core = coreOf(run, 0)
        run.say("rate 99")
        const backlog = run.backlog
        const took = yield* backlogReturns(run, 120_000)
        const code = yield* Effect.promise(() => run.drain())
        assert.strictEqual(code, 0, run.stderr)
        const { accepted, doubled, lost } = yield* auditIds([run]).pipe(
          Effect.provide(Archive.layerPglite(join(folder, "archive")))
        )
        yield* Effect.log({ accepted, backlog, took, core, shed: run.counts?.shed, spilled: run.counts?.spilled })
        assert.deepStrictEqual({ doubled, lost }, { doubled: 0, lost: 0 })
        assert.strictEqual(run.counts?.shed, 0)
        assert.isAbove(accepted, 10 * 20_000 * 0.8)
      }).pipe(Effect.scoped),
    240_000
  )
})
