import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Reconnect from "../../src/client/Reconnect.ts"

const Unit = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999 }))
const Draws = Schema.Array(Unit).check(Schema.isMinLength(1))

describe("Reconnect", () => {
  it.prop("ING-1 a young outage is probed at least every two seconds and at most once a second", [Draws], ([draws]) => {
    let outage = 0
    draws.forEach((draw, attempt) => {
      const delay = Reconnect.delayBefore(attempt, outage, draw / 1e6)
      assert.isAtMost(delay, 1_800)
      if (attempt > 0) assert.isAtLeast(delay, 1_000)
      outage = Math.min(Reconnect.youth - 1, outage + delay)
    })
  })

  it.prop("an old outage is tried ever more rarely, up to 30 s", [Unit, Unit], ([draw, hours]) => {
    const delay = Reconnect.delayBefore(9, Reconnect.youth + hours * 1_000, draw / 1e6)
    assert.isAtLeast(delay, 1_000)
    assert.isAtMost(delay, Reconnect.longest)
  })

  it("full jitter reaches 30 s in the end", () => assert.isAbove(Reconnect.delayBefore(9, 3_600_000, 0.999), 29_000))

  it.prop("ING-1 no minute sees more than sixty connects", [Draws], ([draws]) => {
    const budget = Reconnect.makeBudget()
    const granted: Array<number> = []
    let now = 0
    for (let round = 0; round < 200; round++) {
      const wait = Reconnect.takeConnect(budget, now)
      if (wait === 0) granted.push(now)
      now += wait > 0 ? wait : Math.floor((draws[round % draws.length] as number) / 1_000)
    }
    for (let at = 0; at + 60 < granted.length; at++) {
      assert.isAtLeast((granted[at + 60] as number) - (granted[at] as number), 60_000)
    }
    assert.isAbove(granted.length, 100)
  })
})
