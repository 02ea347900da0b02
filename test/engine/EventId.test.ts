import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as EventId from "../../src/engine/EventId.ts"

const Gap = Schema.Int.check(Schema.isBetween({ minimum: -5, maximum: 3 }))
const Instance = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31 }))

describe("EventId", () => {
  it.prop("ids increase strictly and never lie before their millisecond, whatever the clock does", [
    Schema.Array(Gap),
    Instance
  ], ([gaps, instance]) => {
    let now = 1_790_000_000_000
    let id = EventId.noBound.id
    for (const gap of gaps) {
      now += gap
      const next = EventId.next(id, now, instance)
      assert(next > id)
      assert(EventId.millisecondOf(next) >= now)
      assert(Number.isSafeInteger(next))
      id = next
    }
  })

  it.prop("of two instances no id is the same", [Instance, Instance], ([a, b]) => {
    if (a === b) return
    const ids = new Set<number>()
    for (const instance of [a, b]) {
      let id = EventId.noBound.id
      for (let n = 0; n < 600; n++) {
        id = EventId.next(id, 1_790_000_000_000, instance)
        assert(!ids.has(id))
        ids.add(id)
      }
    }
  })

  it("takes the next millisecond when 256 ids are used up", () => {
    let id = EventId.noBound.id
    for (let n = 0; n < 257; n++) id = EventId.next(id, 1_790_000_000_000, 3)
    assert.strictEqual(EventId.millisecondOf(id), 1_790_000_000_001)
  })
})
