import { assert, describe, it } from "@effect/vitest"
import { Exit } from "effect"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import * as Frames from "../../src/storage/file/Frames.ts"
import * as JournalFile from "../../src/storage/file/JournalFile.ts"

const cases = 50_000
const seed = 20_261_122

/** A sequence of numbers below `bound` that the seed fixes. */
const random = (() => {
  let state = seed
  return (bound: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
})()

const record = (sequence: number): JournalRecord => ({
  _tag: "Audit",
  runId: "run",
  sequence,
  receivedAt: sequence,
  actor: "engine",
  kind: "order",
  payload: "x".repeat(random(60))
})

/** What is done to the bytes of a file; returns the file afterwards. */
const damages: ReadonlyArray<(bytes: Buffer) => Buffer> = [
  (bytes) => {
    const at = random(bytes.length)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random(8)), at)
    return bytes
  },
  (bytes) => bytes.subarray(0, random(bytes.length)),
  (bytes) => {
    const from = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(Math.min(bytes.length, from + 1 + random(40)))])
  },
  (bytes) => Buffer.concat([bytes, bytes.subarray(random(bytes.length))]),
  (bytes) => {
    const at = random(bytes.length)
    return bytes.fill(0, at, Math.min(bytes.length, at + 1 + random(200)))
  },
  (bytes) => {
    const at = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xf5, 0x50, 0x4d, 0x46]), bytes.subarray(at)])
  }
]

describe("Files under damage", () => {
  it(
    `FUZ-6 ${cases} damaged journals: whole records or a refusal, never a wrong record, never a throw`,
    () => {
      let refused = 0
      let prefixes = 0
      for (let index = 0; index < cases; index++) {
        const records = Array.from({ length: 1 + random(6) }, (_, sequence) => record(sequence))
        const whole = Buffer.concat(records.map((each) => Frames.encode(Buffer.from(JSON.stringify(each)))))
        let bytes = Buffer.from(whole)
        for (let times = random(3); times >= 0; times--) {
          if (bytes.length > 0) bytes = Buffer.from(damages[random(damages.length)]?.(bytes) ?? bytes)
        }
        const texts = new Set(records.map((each) => JSON.stringify(each)))
        for (const frame of Frames.scan(bytes).frames) {
          assert.isTrue(texts.has(frame.payload.toString("utf8")), `case ${index}, seed ${seed}`)
        }
        const recovered = JournalFile.recover(bytes, "journal")
        if (Exit.isFailure(recovered)) refused++
        else {
          prefixes++
          for (const each of recovered.value.records) assert.isTrue(texts.has(JSON.stringify(each)), `case ${index}`)
        }
      }
      assert.isAbove(refused, cases / 10)
      assert.isAbove(prefixes, cases / 10)
    },
    120_000
  )
})
