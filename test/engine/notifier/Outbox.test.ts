import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Outbox, spacing } from "../../../src/engine/notifier/Outbox.ts"

const Step = Schema.Union([
  Schema.TaggedStruct("Offer", {
    isUrgent: Schema.Boolean,
    length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))
  }),
  Schema.TaggedStruct("Take", { room: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 })) }),
  Schema.TaggedStruct("PutBack", {})
])

describe("Outbox", () => {
  it.prop("ACT-1 nothing is lost uncounted, urgent messages are first, and each kind keeps its order", [
    Schema.Array(Step)
  ], ([steps]) => {
    const outbox = new Outbox<{ readonly n: number; readonly text: string; readonly isUrgent: boolean }>(5)
    let offered = 0
    let left = 0
    let last: ReturnType<typeof outbox.take> = []
    const gone: Array<{ readonly n: number; readonly isUrgent: boolean }> = []
    for (const step of steps) {
      if (step._tag === "Offer") {
        const letter = { n: offered++, text: "x".repeat(step.length), isUrgent: step.isUrgent }
        if (outbox.offer(letter) !== undefined) left++
      } else if (step._tag === "Take") {
        gone.push(...last)
        last = outbox.take(step.room)
        if (last.length > 1) {
          assert.isAtMost(last.reduce((sum, { text }) => sum + text.length + spacing, 0), step.room)
        }
        const kinds = last.map(({ isUrgent }) => isUrgent)
        assert.deepStrictEqual(kinds, [...kinds].sort((a, b) => Number(b) - Number(a)))
      } else {
        outbox.putBack(last)
        last = []
      }
      assert.strictEqual(offered, outbox.size + left + gone.length + last.length)
      assert.strictEqual(outbox.leftOut, left)
    }
    for (const isUrgent of [true, false]) {
      const order = [...gone, ...last, ...outbox.take(Infinity)].flatMap((one) =>
        one.isUrgent === isUrgent ? [one.n] : []
      )
      assert.deepStrictEqual(order, [...order].sort((a, b) => a - b))
    }
  })

  it("ACT-1 an urgent message takes the place of the latest that is not, and is left out only among its like", () => {
    const outbox = new Outbox<{ readonly text: string; readonly isUrgent: boolean }>(2)
    const letter = (text: string, isUrgent: boolean) => ({ text, isUrgent })
    outbox.offer(letter("a", false))
    outbox.offer(letter("b", false))
    assert.strictEqual(outbox.offer(letter("c", false))?.text, "c")
    assert.strictEqual(outbox.offer(letter("d", true))?.text, "b")
    assert.strictEqual(outbox.offer(letter("e", true))?.text, "a")
    assert.strictEqual(outbox.offer(letter("f", true))?.text, "f")
    assert.deepStrictEqual(outbox.take(0).map(({ text }) => text), ["d"])
  })
})
