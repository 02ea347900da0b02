import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { EventStore } from "../../src/engine/EventStore.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { programs, server } from "../storage/postgres/server.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { auditIds } from "./archive/Audit.ts"
import { engine, type EngineProcess, ready } from "./archive/Engine.ts"
import { healthy, isInserted, proxy } from "./archive/Proxy.ts"

const megabyte = 1_048_576
const rate = 3_000

/**
 * Left to itself the heap grows with the memory of the machine before anything is collected. Held to little more than what a healthy engine needs,
 * an engine that kept more would end, and what it takes from the system is what it needs.
 */
const small = ["--max-semi-space-size=4", "--max-old-space-size=96"]

const archiveAt = (url: string) => Archive.layerServer({ url: Redacted.make(url) })
const through = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`

/** Waits until nothing but the newest is left to store; how long it took, ms. */
const caughtUp = (engine: EngineProcess, limit: number) =>
  Effect.gen(function*() {
    const began = performance.now()
    while (engine.backlog > 2 * rate) {
      if (performance.now() - began > limit) {
        return yield* Effect.die(new Error(`${engine.backlog} are not stored\n${engine.stderr}`))
      }
      yield* Effect.sleep("50 millis")
    }
    return performance.now() - began
  })

/** Resident memory, its highest since a moment, bytes. */
const highest = (engine: EngineProcess, since: number) =>
  Math.max(...engine.stats.filter(({ at }) => at >= since).map(({ rss }) => rss))

/** The engine at work with its memory settled; what it holds then, bytes, and when that was. */
const settled = Effect.fnUntraced(function*(engine: EngineProcess) {
  yield* ready(engine)
  yield* Effect.sleep("8 seconds")
  const at = engine.last?.at ?? 0
  return { at, rss: highest(engine, at - 2_000) }
})

/** Ends the engine; everything it accepted is there, once. */
const isWhole = Effect.fnUntraced(function*(run: EngineProcess, url: string) {
  const code = yield* Effect.promise(() => run.drain())
  assert.strictEqual(code, 0, run.stderr)
  const { accepted, doubled, lost } = yield* auditIds([run]).pipe(Effect.provide(archiveAt(url)))
  assert.deepStrictEqual({ doubled, lost }, { doubled: 0, lost: 0 })
  assert.strictEqual(accepted, run.counts?.stored)
  return accepted
})

// Nowhere else may it be missing.
describe.skipIf(programs === undefined && process.env["CI"] !== "true")("Archive on a server in trouble", () => {
  it.live("ARC-2 a server that is down for a minute costs nothing but time", () =>
    Effect.gen(function*() {
      const postgres = yield* server
      const run = yield* engine(
        { folder: temporaryFolder(), url: postgres.url, first: 0, rate, digests: false },
        small
      )
      const before = yield* settled(run)
      yield* postgres.stop
      yield* Effect.sleep("60 seconds")
      assert.isAbove(run.backlog, 50 * rate)
      assert.isAbove(run.last?.spilled ?? 0, 0)
      yield* postgres.start
      const took = yield* caughtUp(run, 4 * 20_000)
      const memory = (highest(run, before.at) - before.rss) / megabyte
      const accepted = yield* isWhole(run, postgres.url)
      yield* Effect.log({ accepted, took, memory, before: before.rss / megabyte })
      assert.isAtMost(memory, 64)
    }).pipe(Effect.scoped), 300_000)

  it.live("ARC-4 a server that is slow, narrow and locked is survived within 64 MB", () =>
    Effect.gen(function*() {
      const postgres = yield* server
      const between = yield* proxy(postgres.port)
      const url = through(between.port)
      const run = yield* engine({ folder: temporaryFolder(), url, first: 0, rate, digests: false }, small)
      const before = yield* settled(run)
      Object.assign(between.wounds, { latency: 500, bytesPerSecond: 64 * 1_024 })
      const stored = run.last?.stored ?? 0
      yield* Effect.sleep("30 seconds")
      const meanwhile = (run.last?.stored ?? 0) - stored
      assert.isAbove(run.backlog, 10 * rate)
      Object.assign(between.wounds, healthy)
      const took = yield* caughtUp(run, 4 * 20_000)
      yield* Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* sql.withTransaction(Effect.andThen(
          sql.unsafe("lock table prices in access exclusive mode"),
          Effect.sleep("30 seconds")
        ))
      }).pipe(Effect.provide(Archive.clientWithoutLimits({ url: Redacted.make(postgres.url) })))
      assert.isAbove(run.backlog, 10 * rate)
      const tookLock = yield* caughtUp(run, 4 * 20_000)
      const memory = (highest(run, before.at) - before.rss) / megabyte
      const accepted = yield* isWhole(run, postgres.url)
      yield* Effect.log({ accepted, meanwhile, took, tookLock, memory, before: before.rss / megabyte })
      assert.isAbove(meanwhile, 0)
      assert.isAtMost(memory, 64)
    }).pipe(Effect.scoped), 400_000)

  it.live("ARC-3 replies that are lost after the commit double nothing", () =>
    Effect.gen(function*() {
      const postgres = yield* server
      const between = yield* proxy(postgres.port)
      const run = yield* engine({ folder: temporaryFolder(), url: through(between.port), first: 0, rate })
      yield* ready(run)
      let inserted = 0
      let cut = 0
      let hung = 0
      between.wounds.reply = (piece) => {
        if (!isInserted(piece) || ++inserted % 10 !== 0) return true
        if (inserted % 100 === 0) {
          hung++
          return false
        }
        cut++
        return "cut"
      }
      yield* Effect.sleep("20 seconds")
      Object.assign(between.wounds, healthy)
      yield* caughtUp(run, 60_000)
      const accepted = yield* isWhole(run, postgres.url)
      yield* Effect.log({ accepted, cut, hung })
      assert.isAtLeast(cut, 10)
      assert.isAtLeast(hung, 1)
    }).pipe(Effect.scoped), 200_000)

  it.live("ARC-3 nobody waits longer than five seconds for a reply that never comes", () =>
    Effect.gen(function*() {
      const postgres = yield* server
      const between = yield* proxy(postgres.port)
      yield* Effect.gen(function*() {
        const store = yield* EventStore
        yield* store.append("PriceUpdate", prices(3))
        between.wounds.reply = () => false
        const began = performance.now()
        const failure = yield* Effect.flip(store.append("PriceUpdate", prices(3, 10)))
        assert.strictEqual(failure.reason._tag, "Unavailable")
        assert.isBelow(performance.now() - began, 9_000)
        Object.assign(between.wounds, healthy)
        yield* store.append("PriceUpdate", prices(3, 10))
      }).pipe(Effect.provide(Layer.fresh(archiveAt(through(between.port)))))
    }).pipe(Effect.scoped), 60_000)
})
