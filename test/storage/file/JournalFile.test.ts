import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Layer, Ref } from "effect"
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Journal, JournalError, type JournalRecord } from "../../../src/engine/Journal.ts"
import * as Frames from "../../../src/storage/file/Frames.ts"
import * as JournalFile from "../../../src/storage/file/JournalFile.ts"
import { journalSuite, records } from "../../suites/journalSuite.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

journalSuite("file", () => {
  const path = join(temporaryFolder(), "data", "journal")
  return () => JournalFile.layer(path)
})

journalSuite("memory", () => {
  let earlier: ReadonlyArray<JournalRecord> = []
  return () =>
    Layer.effect(
      Journal,
      Effect.gen(function*() {
        const journal = yield* Journal
        const all = yield* Ref.make(earlier)
        return Journal.of({
          ...journal,
          append: (more) =>
            Effect.andThen(journal.append(more), Ref.updateAndGet(all, (old) => [...old, ...more])).pipe(
              Effect.map((now) => void (earlier = now))
            )
        })
      })
    ).pipe(Layer.provide(Layer.suspend(() => Journal.layerMemory(earlier))))
})

const some = Effect.map(
  Arbitrary.sampleEffect(Arbitrary.filter(records(12), (all) => all.length >= 6), { count: 1, seed: 7 }),
  (samples) => samples[0] ?? []
)

const recovered = (path: string) =>
  Effect.map(Journal, (journal) => journal.recovered).pipe(Effect.provide(JournalFile.layer(path)))

/** A journal with one frame per record, closed. */
const written = Effect.gen(function*() {
  const path = join(temporaryFolder(), "journal")
  const all = yield* some
  yield* Effect.gen(function*() {
    const journal = yield* Journal
    for (const record of all) yield* journal.append([record])
  }).pipe(Effect.provide(JournalFile.layer(path)))
  return { path, all, bytes: readFileSync(path) }
})

describe("JournalFile", () => {
  it.effect(
    "CRS-4 cut at every byte of the last three records: the records before are kept, and appends go on",
    () =>
      Effect.gen(function*() {
        const { all, bytes, path } = yield* written
        const ends = Frames.scan(bytes).frames.map((frame) => frame.end)
        for (let length = ends.at(-4) ?? 0; length < bytes.length; length++) {
          writeFileSync(path, bytes.subarray(0, length))
          const kept = ends.filter((end) => end <= length).length
          const extra = all[0] as JournalRecord
          yield* Effect.gen(function*() {
            const journal = yield* Journal
            assert.deepStrictEqual(journal.recovered, all.slice(0, kept))
            yield* journal.append([extra])
          }).pipe(Effect.provide(JournalFile.layer(path)))
          assert.deepStrictEqual(yield* recovered(path), [...all.slice(0, kept), extra])
        }
      }),
    30_000
  )

  it.effect(
    "CRS-4 damage before the tail refuses to open and says where; at the tail it costs the tail",
    () =>
      Effect.gen(function*() {
        const { all, bytes, path } = yield* written
        const frames = Frames.scan(bytes).frames
        for (let at = 0; at < bytes.length; at += 7) {
          const flipped = Buffer.from(bytes)
          flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at)
          writeFileSync(path, flipped)
          const hit = frames.findIndex((frame) => at < frame.end)
          const result = yield* Effect.exit(recovered(path))
          if (hit === frames.length - 1) {
            assert.deepStrictEqual(result, Exit.succeed(all.slice(0, -1)))
          } else {
            const failure = yield* Effect.flip(result)
            assert.instanceOf(failure, JournalError)
            assert.strictEqual(failure.reason._tag, "Malformed")
            assert.include(failure.message, `${path} at byte ${frames[hit]?.start}`)
          }
        }
      }),
    30_000
  )

  it.effect("CRS-4 a file that is no journal, or one with damaged records only, is refused and left as it is", () =>
    Effect.gen(function*() {
      const { bytes, path } = yield* written
      const first = bytes.subarray(0, Frames.scan(bytes).frames[0]?.end)
      const damaged = Buffer.from(first)
      damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20)
      for (const foreign of [Buffer.from("Dear"), Buffer.from("Dear diary\n".repeat(100)), damaged, Buffer.alloc(64)]) {
        writeFileSync(path, foreign)
        assert.strictEqual((yield* Effect.flip(recovered(path))).reason._tag, "Malformed")
        assert.deepStrictEqual(readFileSync(path), foreign)
      }
      for (const length of [0, 3, 11, 12, first.length - 1]) {
        writeFileSync(path, first.subarray(0, length))
        assert.deepStrictEqual(yield* recovered(path), [])
      }
    }))

  it.effect("refuses a record that is whole but not understood", () =>
    Effect.gen(function*() {
      const { path } = yield* written
      appendFileSync(path, Frames.encode(Buffer.from("{\"_tag\":\"Unheard\"}")))
      const failure = yield* Effect.flip(recovered(path))
      assert.strictEqual(failure.reason._tag, "Malformed")
    }))

  it.effect("a record that does not fit its schema is refused and nothing is written", () =>
    Effect.gen(function*() {
      const { all, path } = yield* written
      yield* Effect.gen(function*() {
        const journal = yield* Journal
        const wrong = { _tag: "Audit", runId: "r", sequence: 1.5 } as unknown as JournalRecord
        const failure = yield* Effect.flip(journal.append([all[0] as JournalRecord, wrong]))
        assert.strictEqual(failure.reason._tag, "Malformed")
      }).pipe(Effect.provide(JournalFile.layer(path)))
      assert.deepStrictEqual(yield* recovered(path), all)
    }))

  it.effect("appends that overlap share commits", () =>
    Effect.gen(function*() {
      const path = join(temporaryFolder(), "journal")
      const all = yield* some
      const many = Array.from({ length: 200 }, (_, index) => all[index % all.length] as JournalRecord)
      yield* Effect.gen(function*() {
        const journal = yield* Journal
        yield* Effect.forEach(many, (record) => journal.append([record]), { concurrency: "unbounded", discard: true })
      }).pipe(Effect.provide(JournalFile.layer(path)))
      assert.isBelow(Frames.scan(readFileSync(path)).frames.length, 20)
      assert.deepStrictEqual(yield* recovered(path), many)
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
    }))
})
