/** What windows say of sums of values. All exact, cut to 18 decimals at the end. */
import * as Fixed from "../../domain/Fixed.ts"

const hundred = 100n * Fixed.one

/** (last − first) ÷ first × 100; unknown when first is zero. Both may be in any one unit. */
export const changePercent = (first: bigint, last: bigint): Fixed.Fixed | undefined =>
  first === 0n ? undefined : (last - first) * hundred / first

/** The standard deviation of the whole population. */
export const deviationOf = (length: number, sum: Fixed.Fixed, squares: bigint): Fixed.Fixed => {
  const count = BigInt(length)
  // count² × variance is a whole number: nothing is lost before the root.
  return root(count * squares - sum * sum) / count
}

/** (last − average) ÷ standard deviation; unknown when nothing varies. */
export const scoreOf = (
  last: Fixed.Fixed,
  length: number,
  sum: Fixed.Fixed,
  squares: bigint
): Fixed.Fixed | undefined => {
  const deviation = deviationOf(length, sum, squares)
  const count = BigInt(length)
  return deviation === 0n ? undefined : (last * count - sum) * Fixed.one / (deviation * count)
}

/** 100 × rises ÷ (rises + falls); unknown when nothing moved. */
export const strengthOf = (rises: Fixed.Fixed, falls: Fixed.Fixed): Fixed.Fixed | undefined => {
  const moved = rises + falls
  return moved === 0n ? undefined : 100n * Fixed.one * rises / moved
}

/** The whole root of a whole number, cut. */
const root = (value: bigint): bigint => {
  if (value < 2n) return value < 0n ? 0n : value
  let estimate = 1n << BigInt((value.toString(2).length + 1) >> 1)
  while (true) {
    const next = (estimate + value / estimate) >> 1n
    if (next >= estimate) return estimate
    estimate = next
  }
}
