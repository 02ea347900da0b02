import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Fixed from "../../../src/domain/Fixed.ts"
import { Samples } from "../../../src/engine/policy/Samples.ts"
import { type Aggregation, aggregations, inexactness, Window } from "../../../src/engine/policy/Window.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A value in thousandths or, now and then, in 10^-15, `after` ms after the one before; or only a look at the clock. */
const Step = Schema.Struct({
  after: between(0, 400),
  value: between(-50, 50),
  size: between(0, 9),
  isFine: Schema.Boolean,
  isLook: Schema.Boolean
})

interface Sample {
  readonly at: number
  readonly value: bigint
  readonly size: bigint
}

const whole = (value: bigint) => value * Fixed.one

/** What the aggregation is of the samples of a window, worked out anew. `all` are those that ever were. */
const model = (
  aggregation: Aggregation,
  samples: ReadonlyArray<Sample>,
  all: ReadonlyArray<Sample>,
  duration: number
): bigint | undefined => {
  if (samples.length === 0) return undefined
  const values = samples.map(({ value }) => value)
  const count = BigInt(values.length)
  const first = values[0] as bigint
  const last = values.at(-1) as bigint
  const sum = values.reduce((total, value) => total + value, 0n)
  switch (aggregation) {
    case "first":
      return first
    case "last":
      return last
    case "min":
      return values.reduce((a, b) => a < b ? a : b)
    case "max":
      return values.reduce((a, b) => a > b ? a : b)
    case "avg":
    case "sma":
      return sum / count
    case "sum":
      return sum
    case "count":
      return whole(count)
    case "change":
      return last - first
    case "change_pct":
      return first === 0n ? undefined : whole((last - first) * 100n) / first
    case "vwap": {
      const weights = samples.reduce((total, { size }) => total + size, 0n)
      return weights === 0n ? undefined : samples.reduce((total, { size, value }) => total + value * size, 0n) / weights
    }
    case "rsi": {
      const moves = values.slice(1).map((value, index) => value - (values[index] as bigint))
      const rises = moves.filter((move) => move > 0n).reduce((a, b) => a + b, 0n)
      const total = moves.reduce((a, b) => a + (b < 0n ? -b : b), 0n)
      return total === 0n ? undefined : whole(100n * rises) / total
    }
    case "ema": {
      let ema = all[0]?.value as bigint
      for (const [index, { at, value }] of all.entries()) {
        if (index === 0) continue
        const passed = Math.min(duration, at - (all[index - 1] as Sample).at)
        ema += (value - ema) * BigInt(passed) / BigInt(duration)
      }
      return ema
    }
    case "stddev":
    case "zscore": {
      const squares = values.reduce((total, value) => total + value * value, 0n)
      const target = count * squares - sum * sum
      // The root by bisection.
      let low = 0n
      let high = target + 1n
      while (high - low > 1n) {
        const middle = (low + high) / 2n
        if (middle * middle <= target) low = middle
        else high = middle
      }
      const deviation = low / count
      if (aggregation === "stddev") return deviation
      return deviation === 0n ? undefined : whole(last * count - sum) / (deviation * count)
    }
  }
}

describe("Window", () => {
  for (const aggregation of aggregations) {
    it.prop(
      `POL-2 ${aggregation} equals what is worked out anew from the values of (now − duration, now]`,
      [Schema.Array(Step).check(Schema.isMaxLength(80)), between(1, 1_500), Schema.Boolean],
      ([steps, duration, arePrices]) => {
        const window = new Window(duration, aggregation)
        const all: Array<Sample> = []
        let now = 1_000
        for (const step of steps) {
          now += step.after
          if (!step.isLook) {
            const thousandths = BigInt(arePrices ? Math.abs(step.value) : step.value)
            const value = step.isFine && !arePrices ? thousandths * 1_000n : thousandths * Fixed.one / 1_000n
            const sample = { at: now, value, size: Fixed.fromInteger(step.size) }
            all.push(sample)
            window.add(sample.at, sample.value, sample.size)
          }
          window.advance(now)
          const inside = all.filter(({ at }) => at > now - duration)
          assert.strictEqual(window.length, inside.length)
          assert.strictEqual(window.value, model(aggregation, inside, all, duration))
          const { about, value } = window
          if (value === undefined) assert.isFalse(Number.isFinite(about))
          else if (about !== undefined) {
            // By less than half of it the value itself is off as a floating number.
            assert.isAtMost(Math.abs(about - Number(value) / 1e18), inexactness(about) / 2)
          }
          assert.strictEqual(window.leavesAt, inside[0] === undefined ? undefined : inside[0].at + duration)
        }
      }
    )

    it.prop(
      `POL-7 ${aggregation} without room for all values is exact for values that begin up to 1/256 of the duration early`,
      [Schema.Array(Step).check(Schema.isMinLength(40), Schema.isMaxLength(120)), between(1, 20_000)],
      ([steps, duration]) => {
        const samples = new Samples(() => 16)
        const window = new Window(duration, aggregation, samples)
        const all: Array<Sample> = []
        let now = 1_000
        for (const step of steps) {
          now += step.after
          if (!step.isLook) {
            const sample = { at: now, value: whole(BigInt(step.value)) / 1_000n, size: whole(BigInt(step.size)) }
            all.push(sample)
            window.add(sample.at, sample.value, sample.size)
          }
          window.advance(now)
          const kept = all.slice(all.length - window.length)
          const inside = all.filter(({ at }) => at > now - duration)
          assert.isAtLeast(kept.length, inside.length)
          for (const { at } of kept) assert.isAbove(at, now - duration - duration / 256)
          assert.strictEqual(window.value, model(aggregation, kept, all, duration))
          assert.strictEqual(window.left, all.length - window.length)
        }
      }
    )
  }

  it("POL-7 counts by stretches from where there is no room any more until it is empty", () => {
    const window = new Window(20_000, "avg", new Samples(() => 16))
    const lengths = Array.from({ length: 1_000 }, (_, index) => {
      window.add(index, whole(BigInt(index)))
      return window.isCoarse ? window.length : 0
    })
    assert.deepStrictEqual(lengths.slice(16), Array.from({ length: 984 }, (_, index) => index + 17))
    window.advance(21_000)
    assert.deepStrictEqual([window.length, window.value, window.isCoarse], [0, undefined, false])
    window.add(21_001, whole(3n))
    assert.strictEqual(window.value, whole(3n))
  })

  it.prop(
    "POL-2 windows of one asset that share their values say what each would alone",
    [Schema.Array(Step).check(Schema.isMaxLength(120)), Schema.Array(between(1, 1_500))],
    ([steps, durations]) => {
      const samples = new Samples()
      const pairs = durations.map((duration, index) => {
        const aggregation = aggregations[index % aggregations.length] as Aggregation
        return [new Window(duration, aggregation, samples), new Window(duration, aggregation)] as const
      })
      let now = 0
      for (const { after, size, value } of steps) {
        now += after
        const sample = [now, whole(BigInt(value)), whole(BigInt(size))] as const
        for (const [shared] of pairs) shared.advance(now)
        samples.push(...sample)
        for (const [shared, alone] of pairs) {
          shared.enter(...sample)
          alone.add(...sample)
          shared.advance(now)
          assert.strictEqual(shared.value, alone.value)
        }
      }
    }
  )
})
