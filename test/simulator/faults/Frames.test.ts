import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { encode } from "../../../src/simulator/Connection.ts"
import { mutate } from "../../../src/simulator/faults/Mutation.ts"
import { fragments, frameOf, isKeepAlive, split, textOf } from "../../../src/simulator/faults/ServerFrames.ts"
import { parseJson } from "../../../src/simulator/Http.ts"
import * as Seeded from "../../../src/simulator/Seeded.ts"

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

describe("frames from server to client", () => {
  it.prop("are told apart wherever the bytes are cut", [Schema.Array(Schema.String), Share], ([texts, share]) => {
    const bytes = Buffer.concat(texts.map(encode))
    const cut = Math.floor(share * bytes.length)
    const first = split(bytes.subarray(0, cut))
    const second = split(Buffer.concat([first.rest, bytes.subarray(cut)]))
    const read = [...first.frames, ...second.frames].map((frame) => Buffer.from(textOf(frame)).toString("hex"))
    return second.rest.length === 0 && read.join() === texts.map((text) => Buffer.from(text).toString("hex")).join()
  })

  it("of every length of header", () => {
    for (const length of [0, 125, 126, 65_535, 65_536, 100_000]) {
      const frame = frameOf("x".repeat(length))
      assert.deepStrictEqual(frame.bytes, encode("x".repeat(length)))
      assert.strictEqual(textOf(split(frame.bytes).frames[0] ?? frame).length, length)
    }
  })

  it.prop("in pieces hold the same payload, the last one final", [
    Schema.String,
    Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 9 }))
  ], ([text, pieces]) => {
    const parts = fragments(frameOf(text), pieces).flatMap((bytes) => split(bytes).frames)
    const payload = Buffer.concat(parts.map(({ bytes, header }) => bytes.subarray(header)))
    const finals = parts.map(({ bytes }) => ((bytes[0] as number) & 0x80) !== 0)
    const opcodes = parts.map(({ bytes }) => (bytes[0] as number) & 0x0f)
    return payload.equals(Buffer.from(text)) && parts.length <= pieces &&
      finals.every((final, at) => final === (at === parts.length - 1)) &&
      opcodes.every((opcode, at) => opcode === (at === 0 ? 1 : 0))
  })

  it("that only keep a connection alive are known", () => {
    for (const text of ["PONG", "ping", "{\"op\":\"pong\"}"]) assert.isTrue(isKeepAlive(frameOf(text)))
    for (const text of ["NO NEW ASSETS", "{\"op\":\"subscribed\"}", "[]\n"]) assert.isFalse(isKeepAlive(frameOf(text)))
    assert.isTrue(isKeepAlive({ bytes: Buffer.from([0x8a, 0]), header: 2 }))
  })
})

describe("damaged messages", () => {
  const message =
    "{\"market\":\"0x1\", \"price_changes\":[{\"asset_id\":\"1\", \"price\":\"0.5\", \"size\":\"10\"}], \"event_type\":\"price_change\"}"

  it.prop(
    "are no JSON when their syntax is damaged, whatever they were",
    [Schema.Json, Schema.Int],
    ([value, seed]) => parseJson(mutate(JSON.stringify(value), "syntax", Seeded.make(seed, "test"))) === undefined
  )

  it("are JSON of another shape when that is damaged, in many ways, the same ones for a seed", () => {
    const damage = (seed: number) => mutate(message, "shape", Seeded.make(seed, "test"))
    const seen = Array.from({ length: 500 }, (_, seed) => damage(seed))
    for (const text of seen) {
      assert.isDefined(parseJson(text))
      assert.notDeepEqual(parseJson(text), parseJson(message))
    }
    assert.isAbove(new Set(seen).size, 40)
    assert.deepStrictEqual(Array.from({ length: 500 }, (_, seed) => damage(seed)), seen)
  })
})
