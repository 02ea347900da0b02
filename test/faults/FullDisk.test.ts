import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Redacted, References, Stream } from "effect"
import type { SqlClient } from "effect/sql"
import { join } from "node:path"
import { ActionExecutor } from "../../src/engine/ActionExecutor.ts"
import { Dispatcher } from "../../src/engine/Dispatcher.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import { Journal } from "../../src/engine/Journal.ts"
import { Spool } from "../../src/engine/Spool.ts"
import * as Archive from "../../src/storage/Archive.ts"
import * as JournalFile from "../../src/storage/file/JournalFile.ts"
import * as SpoolFile from "../../src/storage/file/SpoolFile.ts"
import { assetId, decisionOf, layerOver, market, worldOf } from "../engine/ExecutorWorld.ts"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { server, serverWith } from "../storage/postgres/server.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { auditIds } from "./archive/Audit.ts"
import { engine, type EngineProcess, ready } from "./archive/Engine.ts"
import { canMount, fill, tmpfs } from "./archive/Tmpfs.ts"

const rate = 3_000

/** Waits until something is so. */
const until = (what: string, fits: () => boolean, run: EngineProcess, seconds = 60) =>
  Effect.gen(function*() {
    const began = performance.now()
    while (!fits()) {
      if (performance.now() - began > seconds * 1_000) {
        return yield* Effect.die(
          new Error(`${what}: not in ${seconds} s, ${JSON.stringify({ ...run.last, batches: [] })}\n${run.stderr}`)
        )
      }
      yield* Effect.sleep("50 millis")
    }
  })

const isStoring = (run: EngineProcess) => {
  const { stored } = run.last ?? { stored: 0 }
  return until("stores", () => (run.last?.stored ?? 0) > stored + rate, run)
}

/** While the database's disk is full everything is accepted and an error told. */
const isSpooling = Effect.fnUntraced(function*(run: EngineProcess) {
  yield* until("notices", () => run.errors > 0 && run.backlog > 4 * rate, run)
  const accepted = run.last?.accepted ?? 0
  yield* Effect.sleep("3 seconds")
  assert.isAbove(run.last?.accepted ?? 0, accepted + rate)
  assert.strictEqual(run.last?.shed, 0)
})

const isWhole = Effect.fnUntraced(
  function*<E>(run: EngineProcess, archive: Layer.Layer<SqlClient.SqlClient | EventStore, E>) {
    const code = yield* Effect.promise(() => run.drain())
    assert.strictEqual(code, 0, run.stderr)
    const { accepted, doubled, lost } = yield* auditIds([run]).pipe(Effect.provide(archive))
    assert.deepStrictEqual({ doubled, lost }, { doubled: 0, lost: 0 })
    assert.strictEqual(run.counts?.stored, accepted)
  }
)

// Where the tests are not run by root there is no file system to fill.
describe.skipIf(!canMount && process.env["CI"] !== "true")("Full disks", () => {
  it.live(
    "ARC-5 a server whose disk is full loses nothing, and gets everything when there is room",
    () =>
      Effect.gen(function*() {
        const folder = yield* tmpfs(160)
        const postgres = yield* serverWith({ folder, settings: ["max_wal_size=48MB", "min_wal_size=32MB"] })
        const run = yield* engine({ folder: temporaryFolder(), url: postgres.url, first: 0, rate, digests: false })
        yield* ready(run)
        yield* isStoring(run)
        const makeRoom = fill(folder)
        yield* isSpooling(run)
        makeRoom()
        if (!postgres.isRunning()) yield* postgres.start
        yield* until("catches up", () => run.backlog < rate, run)
        yield* isWhole(run, Archive.layerServer({ url: Redacted.make(postgres.url) }))
      }).pipe(Effect.scoped),
    180_000
  )

  it.live(
    "ARC-5 an embedded archive whose disk is full loses nothing, and gets everything when there is room",
    () =>
      Effect.gen(function*() {
        const disk = yield* tmpfs(160)
        const archive = join(disk, "archive")
        const run = yield* engine({ folder: temporaryFolder(), archive, first: 0, rate, digests: false })
        yield* ready(run)
        yield* isStoring(run)
        const makeRoom = fill(disk)
        yield* isSpooling(run)
        makeRoom()
        yield* until("catches up", () => run.backlog < rate, run)
        yield* isWhole(run, Archive.layerPglite(archive))
      }).pipe(Effect.scoped),
    180_000
  )

  it.live("ARC-5 a full spool sheds what it counts, and says when", () =>
    Effect.gen(function*() {
      const postgres = yield* server
      const spool = yield* tmpfs(8)
      const run = yield* engine({ folder: temporaryFolder(), spool, url: postgres.url, first: 0, rate, digests: false })
      yield* ready(run)
      yield* isStoring(run)
      yield* postgres.stop
      yield* until("sheds", () => (run.last?.shed ?? 0) > 2 * rate, run)
      yield* postgres.start
      // Nobody makes room but the engine itself.
      let shed = -1
      yield* until("sheds no more", () => {
        const before = shed
        shed = run.last?.shed ?? 0
        return before === shed && run.backlog < rate
      }, run)
      yield* isStoring(run)
      const archive = Archive.layerServer({ url: Redacted.make(postgres.url) })
      yield* isWhole(run, archive)
      yield* Effect.gen(function*() {
        const store = yield* EventStore
        const events = yield* Stream.runCollect(store.replay)
        const gaps = events.flatMap((event) => (event._tag === "FeedStatus" && event.feed === "archive" ? [event] : []))
        assert.isAtLeast(gaps.length, 1)
        // All that was published is there or was counted as lost, and no gap claims what is there.
        const published = run.last?.published ?? 0
        assert.strictEqual(events.length + (run.counts?.shed ?? 0), published + gaps.length)
        for (const { from = 0, to = 0 } of gaps) {
          assert.isAbove(to, 0)
          assert.isFalse(events.some(({ receivedAt }) => receivedAt > from && receivedAt < to))
        }
      }).pipe(Effect.provide(archive))
    }).pipe(Effect.scoped), 180_000)

  it.live(
    "ARC-5 a spool on a disk without a free byte can still be released, and goes on",
    () =>
      Effect.gen(function*() {
        const disk = yield* tmpfs(8)
        yield* Effect.gen(function*() {
          const spool = yield* Spool
          yield* spool.append(prices(1_000))
          const makeRoom = fill(disk)
          yield* Effect.flip(spool.append(prices(1_000, 1_000)))
          yield* Effect.flip(spool.append(prices(1_000, 1_000)))
          yield* spool.release(yield* spool.end)
          assert.strictEqual(yield* spool.begin, 1_000)
          yield* spool.append(prices(100, 1_000))
          makeRoom()
          const read = yield* Stream.runCollect(spool.read(0, yield* spool.end))
          assert.deepStrictEqual(read.flatMap(({ events }) => events), prices(100, 1_000))
        }).pipe(Effect.provide(SpoolFile.layer(disk)))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "ARC-5 a journal without room stops new orders, not cancels, and keeps what it had",
    () =>
      Effect.gen(function*() {
        const disk = yield* tmpfs(8)
        const path = join(disk, "journal")
        const world = yield* worldOf
        const intents = yield* Effect.gen(function*() {
          const executor = yield* ActionExecutor
          ;(yield* Dispatcher).publish({ events: market.map((event) => ({ ...event })), arrivedAt: 0 })
          const places = () => world.steps.filter((step) => step === "place").length
          executor.submit(decisionOf(1))
          yield* executor.drain
          assert.strictEqual(places(), 1)
          fill(disk)
          // What is left of the last page.
          for (let n = 2; n < 40; n++) {
            executor.submit({ ...decisionOf(n), policyId: "p".repeat(500) })
            yield* executor.drain
          }
          const before = places()
          assert.isBelow(before, 38)
          executor.submit(decisionOf(50))
          executor.submit({
            ...decisionOf(51),
            actions: [{ _tag: "CancelOrders", policyId: undefined, assetId, continues: false }]
          })
          yield* executor.drain
          assert.strictEqual(places(), before)
          assert.strictEqual(world.steps.at(-1), `cancel ${before}`)
          return before
        }).pipe(
          Effect.provide(layerOver(world, JournalFile.layer(path))),
          Effect.provideService(References.MinimumLogLevel, "None")
        )
        const recovered = yield* Effect.map(Journal, (journal) => journal.recovered).pipe(
          Effect.provide(JournalFile.layer(path))
        )
        assert.strictEqual(recovered.filter(({ _tag }) => _tag === "Intent").length, intents)
      }).pipe(Effect.scoped),
    60_000
  )
})
