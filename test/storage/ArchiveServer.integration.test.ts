import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Queue, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { makeArchiver } from "../../src/engine/Archiver.ts"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Poison } from "../../src/engine/Poison.ts"
import { Spool } from "../../src/engine/Spool.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { candlesSuite } from "../suites/candlesSuite.ts"
import { eventStoreSuite } from "../suites/eventStoreSuite.ts"
import { keep, maintenanceSuite } from "../suites/maintenanceSuite.ts"
import { queriesSuite } from "../suites/queriesSuite.ts"
import { programs, type Server, server } from "./postgres/server.ts"

/** The server of a layer, for tests that stop it. */
class TestServer
  extends Context.Service<TestServer, Server>()("polymarket-hft/test/storage/ArchiveServer.integration.test/TestServer")
{}

const archiveOn = (options: Archive.Options) =>
  Layer.fresh(Layer.effect(TestServer, server)).pipe(
    Layer.flatMap((context) => {
      const { path, username } = Context.get(context, TestServer)
      return Layer.merge(Layer.succeedContext(context), Archive.layerServer({ path, username }, options))
    })
  )
const archive = archiveOn({})

// Nowhere else may it be missing.
describe.skipIf(programs === undefined && process.env["CI"] !== "true")("Archive (PostgreSQL server)", () => {
  eventStoreSuite("PostgreSQL server", archive, { runs: 15 })
  candlesSuite("PostgreSQL server", archive)
  queriesSuite("PostgreSQL server", Layer.fresh(archive))
  maintenanceSuite("PostgreSQL server", archiveOn({ keep }))

  it.layer(archive, { excludeTestServices: true, timeout: "60 seconds" })("a server", (it) => {
    it.effect("ARC-4 a locked table is Unavailable within five seconds", () =>
      Effect.gen(function*() {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const holding = yield* Queue.make<void>()
        const holder = yield* sql.withTransaction(Effect.gen(function*() {
          yield* sql.unsafe("lock table prices in access exclusive mode")
          yield* Queue.offer(holding, undefined)
          return yield* Effect.never
        })).pipe(Effect.forkChild)
        yield* Queue.take(holding)
        const started = performance.now()
        const failure = yield* Effect.flip(store.append("PriceUpdate", prices(3)))
        assert.strictEqual(failure.reason._tag, "Unavailable")
        assert.isBelow(performance.now() - started, 5_500)
        yield* Fiber.interrupt(holder)
        yield* store.append("PriceUpdate", prices(3))
      }), 30_000)

    it.effect("audit records are stored once", () =>
      Effect.gen(function*() {
        const store = yield* AuditStore
        const record = {
          _tag: "Audit",
          runId: "run",
          sequence: 1,
          receivedAt: 1_800_000_000_000,
          actor: "engine",
          kind: "start",
          payload: "{}"
        } as const
        yield* store.append([record])
        yield* store.append([record])
        assert.deepStrictEqual(yield* store.recent(5), [record])
      }), 30_000)

    it.effect(
      "ARC-2 ARC-3 a server that dies in the middle of batches costs nothing and doubles nothing",
      () =>
        Effect.gen(function*() {
          const store = yield* EventStore
          const postgres = yield* TestServer
          const before = (yield* Stream.runCollect(store.replay)).length
          const queue = yield* Queue.unbounded<ReadonlyArray<MarketEvent>>()
          const waiting: Array<MarketEvent> = []
          const archiver = yield* makeArchiver({
            wait: Effect.map(Queue.take(queue), (chunk) => void waiting.push(...chunk)),
            poll: () => waiting.splice(0),
            markSpilled: () => {}
          }, { memory: 2000 })
          yield* Effect.forkScoped(archiver.run)
          const all = prices(12_000, 10_000)
          for (let index = 0; index < all.length; index += 100) {
            yield* Queue.offer(queue, all.slice(index, index + 100))
            if (index === 3000 || index === 8000) {
              yield* Effect.sleep("30 millis")
              yield* postgres.stop
              yield* Effect.sleep("100 millis")
              yield* postgres.start
            }
          }
          while ((yield* archiver.stats).accepted < all.length) yield* Effect.sleep("10 millis")
          yield* archiver.drain
          const counts = yield* archiver.stats
          assert.strictEqual(counts.stored, all.length)
          assert.strictEqual(counts.poison, 0)
          const stored = yield* Stream.runCollect(store.replay)
          assert.strictEqual(stored.length - before, all.length)
          assert.deepStrictEqual(stored.slice(before), all)
        }).pipe(Effect.provide([Spool.layerMemory, Poison.layerMemory])),
      60_000
    )
  })
})
