import { assert, describe, it } from "@effect/vitest"
import { Heartbeats } from "../../src/simulator/Heartbeats.ts"
import type { Reply } from "../../src/simulator/Http.ts"

const stage = () => {
  const time = { now: 0 }
  return { time, beats: new Heartbeats(1, () => time.now) }
}

const idOf = ({ body }: Reply): string => JSON.parse(body).heartbeat_id

describe("Heartbeats", () => {
  it("a key that is silent for more than ten seconds is named once, by the first look of each five seconds after that", () => {
    const { beats, time } = stage()
    const at = (now: number) => {
      time.now = now
      return beats.silent()
    }
    const first = beats.beat("key", "")
    time.now = 9_000
    assert.strictEqual(beats.beat("key", idOf(first)).status, 200)
    assert.deepStrictEqual(at(15_000), [])
    assert.deepStrictEqual(at(19_001), [], "the last look was four seconds ago")
    assert.deepStrictEqual(at(20_000), ["key"])
    assert.deepStrictEqual(at(25_000), [])
  })

  it("a key is canceled for between ten and fifteen seconds after its last sign, whenever that was", () => {
    for (let last = 0; last < 5_000; last += 250) {
      const { beats, time } = stage()
      const found: Array<number> = []
      for (time.now = 0; time.now < 30_000; time.now += 250) {
        if (time.now === last) beats.beat("key", "")
        if (beats.silent().length > 0) found.push(time.now - last)
      }
      assert.strictEqual(found.length, 1)
      assert.isAbove(found[0] ?? 0, 10_000)
      assert.isAtMost(found[0] ?? 0, 15_250)
    }
  })

  it("a wrong id is answered 400 with the right one, and is no sign of life", () => {
    const { beats, time } = stage()
    const first = idOf(beats.beat("key", null))
    time.now = 5_000
    const wrong = beats.beat("key", "nonsense")
    assert.strictEqual(wrong.status, 400)
    assert.strictEqual(idOf(wrong), first)
    time.now = 11_000
    assert.deepStrictEqual(beats.silent(), ["key"])
    const late = beats.beat("key", first)
    assert.strictEqual(late.status, 400)
    assert.strictEqual(idOf(late), "")
    assert.strictEqual(beats.beat("key", idOf(late)).status, 200)
  })

  it("keys are apart from each other", () => {
    const { beats, time } = stage()
    const one = beats.beat("one", "")
    beats.beat("other", "")
    time.now = 9_000
    assert.strictEqual(beats.beat("other", idOf(one)).status, 400)
    assert.strictEqual(beats.beat("one", idOf(one)).status, 200)
    time.now = 12_000
    assert.deepStrictEqual(beats.silent(), ["other"])
  })
})
