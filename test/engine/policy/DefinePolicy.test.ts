import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { definePolicy, sourceOf } from "../../../src/engine/policy/DefinePolicy.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

const dip = (id: string, field = "price") =>
  definePolicy({
    id,
    cooldown: "1h",
    conditions: {
      all: [{ field, operator: "crosses_below", value: "0.40", asset: "will-it-rain:Yes" }],
      max_age: "5m"
    },
    actions: [{
      type: "order",
      operation: "place",
      order: { asset: "{{ event.asset }}", side: "buy", type: "limit", price: "{{ event.price * 0.99 }}", size: 100 }
    }]
  })

const yaml = {
  file: "p.yaml",
  text: `policies:
  - id: dip
    cooldown: 60m
    conditions: { all: [{ field: price, operator: crosses_below, value: "0.40", asset: "will-it-rain:Yes" }], max_age: 5m }
    actions:
      - type: order
        operation: place
        order: { asset: "{{ event.asset }}", side: buy, type: limit, price: "{{ event.price * 0.99 }}", size: 100 }
`
}

describe("definePolicy", () => {
  it("means what the same policy in a file means", () => {
    const [written] = Result.getOrThrow(Load.compileAll([yaml], options))
    const [defined] = Result.getOrThrow(Load.compileAll([sourceOf("mine", [dip("dip")])], options))
    assert.strictEqual(defined?.revision, written?.revision)
  })

  it("is mixed with files, ids unique over both, errors with their place", () => {
    const both = Load.compileAll([yaml, sourceOf("mine", [dip("other"), dip("third")])], options)
    assert.deepStrictEqual(Result.getOrThrow(both).map(({ id }) => id), ["dip", "other", "third"])
    const wrong = Load.compileAll([yaml, sourceOf("mine", [dip("dip"), dip("x", "prize")])], options)
    const problems = Result.isFailure(wrong) ? wrong.failure : []
    assert.deepStrictEqual(problems.map(({ file }) => file), ["mine", "mine"])
    assert.isTrue(problems.every(({ line }) => line > 1))
  })
})
