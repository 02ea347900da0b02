import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Spool } from "../../../src/engine/Spool.ts"
import * as Frames from "../../../src/storage/file/Frames.ts"
import * as Segments from "../../../src/storage/file/Segments.ts"
import * as SpoolFile from "../../../src/storage/file/SpoolFile.ts"
import { events, prices } from "../../suites/arbitraryEvents.ts"
import { spoolSuite } from "../../suites/spoolSuite.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

spoolSuite("memory", () => Spool.layerMemory)
spoolSuite("file", () => SpoolFile.layer(join(temporaryFolder(), "spool")))
spoolSuite("file, tiny segments", () => SpoolFile.layer(join(temporaryFolder(), "spool"), { segmentBytes: 600 }))

const write = (folder: string, chunks: ReadonlyArray<ReadonlyArray<MarketEvent>>, segmentBytes = 1 << 20) =>
  Effect.gen(function*() {
    const spool = yield* Spool
    for (const chunk of chunks) yield* spool.append(chunk)
  }).pipe(Effect.provide(SpoolFile.layer(folder, { segmentBytes })))

const left = (folder: string) =>
  Effect.gen(function*() {
    const spool = yield* Spool
    const chunks = yield* Stream.runCollect(spool.read(yield* spool.begin, yield* spool.end))
    return { events: chunks.flatMap((chunk) => chunk.events), lastEventId: spool.lastEventId, end: yield* spool.end }
  }).pipe(Effect.provide(SpoolFile.layer(folder)))

const segmentsOf = (folder: string) =>
  readdirSync(folder).filter((name) => name.endsWith(".spool")).sort().map((name) => join(folder, name))

describe("SpoolFile", () => {
  it.effect.prop(
    "what one run appended the next one finds, with the highest id",
    [events(20), Schema.Literals([300, 1 << 20])],
    ([all, segmentBytes]) =>
      Effect.gen(function*() {
        const chunks = [all.slice(0, 3), all.slice(3, 4), all.slice(4)]
        const folder = temporaryFolder()
        yield* write(folder, chunks, segmentBytes)
        const found = yield* left(folder)
        assert.deepStrictEqual(found.events, all as Array<MarketEvent>)
        assert.strictEqual(found.lastEventId ?? -1, Math.max(-1, ...all.map((event) => event.id)))
        assert.strictEqual(found.end, all.length)
      }),
    { arbitrary: { runs: 25 } }
  )

  it.effect("a chunk too large for one frame is several, and read back whole", () =>
    Effect.gen(function*() {
      const all = prices(2_500)
      const { frames } = Frames.scan(Segments.encodeChunk(7, all, 5_000))
      assert.isTrue(frames.every((frame) => frame.payload.length <= 5_000))
      assert.match(frames[0]?.payload.toString("utf8") ?? "", /^7 \d+\n/)
      const texts = frames.map(({ payload }) => payload.toString("utf8", payload.indexOf(10) + 1))
      assert.deepStrictEqual(texts.flatMap((text): Array<MarketEvent> => JSON.parse(text)), [...all])
      const folder = temporaryFolder()
      yield* write(folder, [all, prices(3, 2_500)])
      assert.deepStrictEqual((yield* left(folder)).events, prices(2_503))
    }))

  it.effect(
    "CRS-4 cut at every byte of the last three records: the records before are kept",
    () =>
      Effect.gen(function*() {
        const chunks = [prices(1), prices(2, 1), prices(1, 3), prices(1, 4), prices(2, 5)]
        const source = temporaryFolder()
        yield* write(source, chunks)
        const [path] = segmentsOf(source)
        const bytes = readFileSync(path ?? "")
        const ends = Frames.scan(bytes).frames.map((frame) => frame.end)
        for (let length = ends.at(-4) ?? 0; length < bytes.length; length++) {
          const folder = temporaryFolder()
          writeFileSync((path ?? "").replace(source, folder), bytes.subarray(0, length))
          const kept = ends.filter((end) => end <= length).length - 1
          assert.deepStrictEqual((yield* left(folder)).events, chunks.slice(0, kept).flat())
          yield* write(folder, [prices(1, 20)])
          assert.deepStrictEqual((yield* left(folder)).events, [...chunks.slice(0, kept).flat(), ...prices(1, 20)])
        }
      }),
    60_000
  )

  it.effect("CRS-4 a flipped bit costs its chunk and never gives wrong events", () =>
    Effect.gen(function*() {
      const chunks = [prices(1), prices(2, 1), prices(1, 3), prices(2, 4)]
      const source = temporaryFolder()
      yield* write(source, chunks)
      const [path] = segmentsOf(source)
      const bytes = readFileSync(path ?? "")
      const frames = Frames.scan(bytes).frames
      for (let at = 0; at < bytes.length; at += 5) {
        const folder = temporaryFolder()
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at)
        writeFileSync((path ?? "").replace(source, folder), flipped)
        const hit = frames.findIndex((frame) => at < frame.end)
        assert.deepStrictEqual((yield* left(folder)).events, chunks.filter((_, index) => index !== hit - 1).flat())
      }
    }), 60_000)

  it.effect("deletes segments that are wholly released and remembers the highest id", () =>
    Effect.gen(function*() {
      const folder = temporaryFolder()
      yield* Effect.gen(function*() {
        const spool = yield* Spool
        for (let index = 0; index < 20; index++) yield* spool.append(prices(5, index * 5))
        const before = segmentsOf(folder).length
        assert.isAbove(before, 5)
        yield* spool.release(50)
        const kept = segmentsOf(folder).length
        assert.isBelow(kept, before)
        assert.deepStrictEqual(
          (yield* Stream.runCollect(spool.read(50, 100))).flatMap((chunk) => chunk.events),
          prices(50, 50)
        )
        yield* spool.release(100)
        assert.strictEqual(segmentsOf(folder).length, 1)
      }).pipe(Effect.provide(SpoolFile.layer(folder, { segmentBytes: 2000 })))
      const found = yield* left(folder)
      assert.deepStrictEqual(found.events, [])
      assert.strictEqual(found.end, 100)
      assert.strictEqual(found.lastEventId, prices(1, 99)[0]?.id)
    }))

  it.effect("reads on from places inside a long segment", () =>
    Effect.gen(function*() {
      const folder = temporaryFolder()
      yield* Effect.gen(function*() {
        const spool = yield* Spool
        for (let index = 0; index < 500; index++) yield* spool.append(prices(4, index * 4))
        for (const from of [0, 1, 402, 1001, 1999]) {
          const chunks = yield* Stream.runCollect(spool.read(from, 2000))
          assert.deepStrictEqual(chunks.flatMap((chunk) => chunk.events), prices(2000 - from, from))
        }
      }).pipe(Effect.provide(SpoolFile.layer(folder)))
    }))
})
