import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule, Stream } from "effect"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { AuditStore } from "../../src/engine/AuditStore.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import type { AuditRecord } from "../../src/engine/Journal.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import * as Archive from "../../src/storage/Archive.ts"
import { migrate } from "../../src/storage/Migrate.ts"
import { Pglite } from "../../src/storage/pglite/Pglite.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { candlesSuite } from "../suites/candlesSuite.ts"
import { eventStoreSuite } from "../suites/eventStoreSuite.ts"
import { keep, maintenanceSuite } from "../suites/maintenanceSuite.ts"
import { queriesSuite } from "../suites/queriesSuite.ts"
import { temporaryFolder } from "./file/temporaryFolder.ts"

const folder = join(temporaryFolder(), "archive")
eventStoreSuite("PGlite", Archive.layerPglite(folder), { runs: 15 })
candlesSuite("PGlite", Archive.layerPgliteMemory)
queriesSuite("PGlite", Layer.fresh(Archive.layerPgliteMemory))
maintenanceSuite("PGlite", Archive.layerPglite(join(temporaryFolder(), "archive"), { keep }))

const audit = (sequence: number): AuditRecord => ({
  _tag: "Audit",
  runId: "run",
  sequence,
  receivedAt: 1_800_000_000_000 + sequence,
  actor: "engine",
  kind: "order",
  payload: "{}"
})

const priceWith = (text: string): MarketEvent => ({ ...prices(1, 9_000)[0], source: text }) as MarketEvent

describe("Archive (PGlite)", () => {
  it.layer(Archive.layerPglite(folder), { excludeTestServices: true, timeout: "60 seconds" })(
    "the folder of before",
    (it) => {
      it.effect("is opened again with everything in it, and needs no migration", () =>
        Effect.gen(function*() {
          const { movedAside } = yield* Pglite
          assert.isUndefined(movedAside)
          assert.deepStrictEqual(yield* migrate(), [])
          const store = yield* EventStore
          assert.isAbove((yield* Stream.runCollect(store.replay)).length, 2500)
        }), 60_000)

      it.effect(
        "a value the database will never take is Rejected, and the session goes on",
        () =>
          Effect.gen(function*() {
            const store = yield* EventStore
            const failure = yield* Effect.flip(store.append("PriceUpdate", [priceWith("a\0b")]))
            assert.strictEqual(failure.reason._tag, "Rejected")
            const wide = { ...priceWith("clob"), price: "1".padEnd(20, "0") } as MarketEvent
            assert.strictEqual((yield* Effect.flip(store.append("PriceUpdate", [wide]))).reason._tag, "Rejected")
            yield* store.append("PriceUpdate", [priceWith("clob")])
            yield* store.checkpoint
          }),
        60_000
      )

      it.effect(
        "ARC-3 a thread that dies fails what is under way, and another one goes on with everything stored",
        () =>
          Effect.gen(function*() {
            const store = yield* EventStore
            const pglite = yield* Pglite
            const before = (yield* Stream.runCollect(store.replay)).length
            const all = prices(3000, 20_000)
            yield* store.append("PriceUpdate", all.slice(0, 1000))
            const under = yield* Effect.forkChild(Effect.result(store.append("PriceUpdate", all.slice(1000, 2000))))
            yield* Effect.yieldNow
            yield* pglite.restart
            const result = yield* Fiber.join(under)
            if (result._tag === "Failure") assert.strictEqual(result.failure.reason._tag, "Unavailable")
            yield* store.append("PriceUpdate", all.slice(1000)).pipe(Effect.retry(Schedule.spaced("50 millis")))
            assert.deepStrictEqual((yield* Stream.runCollect(store.replay)).slice(before), all)
          }),
        60_000
      )

      it.effect("audit records are stored once and come back newest first", () =>
        Effect.gen(function*() {
          const store = yield* AuditStore
          yield* store.append([audit(1), audit(2)])
          yield* store.append([audit(2), { ...audit(3), correlationId: "firing" }])
          assert.deepStrictEqual(yield* store.recent(10), [
            { ...audit(3), correlationId: "firing" },
            audit(2),
            audit(1)
          ])
          const failure = yield* Effect.flip(store.append([{ ...audit(4), payload: "{" }]))
          assert.strictEqual(failure.reason._tag, "Rejected")
        }), 60_000)

      it.effect(
        "audit records with NUL and halves of surrogate pairs are stored, and counted by run",
        () =>
          Effect.gen(function*() {
            const store = yield* AuditStore
            const title = "Will it? \u{1f600} \0".concat("\ud83d", " \\u0000")
            const record = { ...audit(50), runId: "odd", kind: "a\0b\udc00", payload: JSON.stringify({ title }) }
            yield* store.append([record, { ...audit(51), runId: "odd" }])
            const read = (yield* store.recent(10)).find(({ sequence }) => sequence === 50)
            assert.strictEqual(read?.kind, "a\ufffdb\ufffd")
            assert.deepStrictEqual(JSON.parse(read?.payload ?? ""), {
              title: "Will it? \u{1f600} \ufffd\ufffd \\u0000"
            })
            assert.deepStrictEqual(yield* store.counts(["odd", "never"]), new Map([["odd", 2]]))
          }),
        60_000
      )
    }
  )

  it.live("a folder that does not open is moved aside whole, and a new one takes rows", () =>
    Effect.gen(function*() {
      const parent = temporaryFolder()
      const broken = join(parent, "archive")
      mkdirSync(broken)
      writeFileSync(join(broken, "READY"), "")
      writeFileSync(join(broken, "PG_VERSION"), "9\n")
      yield* Effect.gen(function*() {
        const { movedAside } = yield* Pglite
        assert.strictEqual(readFileSync(join(movedAside ?? "", "PG_VERSION"), "utf8"), "9\n")
        const store = yield* EventStore
        assert.include(store.lost, movedAside ?? "")
        yield* store.append("PriceUpdate", prices(3))
        assert.strictEqual((yield* Stream.runCollect(store.replay)).length, 3)
        assert.strictEqual(readdirSync(parent).length, 2)
      }).pipe(Effect.provide(Layer.fresh(Archive.layerPglite(broken))))
    }), 60_000)

  it.live(
    "a folder that holds something else is moved aside whole, an empty one is used",
    () =>
      Effect.gen(function*() {
        const parent = temporaryFolder()
        const path = join(parent, "archive")
        mkdirSync(path)
        const open = Effect.scoped(Effect.asVoid(Layer.build(Layer.fresh(Pglite.layer(path)))))
        yield* open
        assert.deepStrictEqual(readdirSync(parent), ["archive"])
        rmSync(path, { recursive: true })
        mkdirSync(path)
        writeFileSync(join(path, "letter.txt"), "precious")
        yield* open
        const aside = readdirSync(parent).find((name) => name !== "archive") ?? ""
        assert.strictEqual(readFileSync(join(parent, aside, "letter.txt"), "utf8"), "precious")
        assert.include(readdirSync(path), "READY")
      }),
    60_000
  )
})
