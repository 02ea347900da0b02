import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Frames from "../../../src/storage/file/Frames.ts"

const payloads = Schema.Array(Schema.String.check(Schema.isMaxLength(40))).check(Schema.isMaxLength(10))
const bufferOf = (texts: ReadonlyArray<string>) => Buffer.concat(texts.map((text) => Frames.encode(Buffer.from(text))))
const textsOf = (scan: Frames.Scan) => scan.frames.map((frame) => frame.payload.toString("utf8"))

describe("Frames", () => {
  it.prop("reads back what was written", [payloads], ([texts]) => {
    const scan = Frames.scan(bufferOf(texts))
    assert.deepStrictEqual(textsOf(scan), texts.map((text) => text.toWellFormed()))
    assert.deepStrictEqual(scan.damage, [])
    assert.strictEqual(scan.end, bufferOf(texts).length)
  })

  it("CRS-4 cut at every byte of the last three records: the prefix is kept, the rest is a torn tail", () => {
    const texts = ["first", "second", "third é", "", "fifth"]
    const whole = bufferOf(texts)
    const ends = texts.map((_, index) => bufferOf(texts.slice(0, index + 1)).length)
    for (let length = ends[1] as number; length <= whole.length; length++) {
      const scan = Frames.scan(whole.subarray(0, length))
      const kept = ends.filter((end) => end <= length).length
      assert.deepStrictEqual(textsOf(scan), texts.slice(0, kept))
      assert.strictEqual(scan.end, ends[kept - 1])
      assert.deepStrictEqual(scan.damage, [])
    }
  })

  it.prop(
    "CRS-4 a flipped bit never gives a wrong record, and loses one",
    [payloads, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))],
    ([texts, place]) => {
      const bytes = bufferOf(texts)
      if (bytes.length === 0) return
      const bit = place % (bytes.length * 8)
      const at = bit >> 3
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit & 7)), at)
      const hit = texts.findIndex((_, index) => bufferOf(texts.slice(0, index + 1)).length > at)
      const scan = Frames.scan(bytes)
      assert.deepStrictEqual(
        textsOf(scan),
        texts.filter((_, index) => index !== hit).map((text) => text.toWellFormed())
      )
      const last = hit === texts.length - 1
      assert.strictEqual(scan.damage.length, last ? 0 : 1)
      if (!last) assert.isTrue((scan.damage[0]?.from ?? 0) <= at && at < (scan.damage[0]?.to ?? 0))
    },
    { arbitrary: { runs: 500 } }
  )
})
