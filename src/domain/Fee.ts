/**
 * What the venue takes from takers: `shares × rate × (p(1 − p))^exponent` pUSD, in steps of 0.00001, at least that when
 * it is not zero. Makers pay nothing.
 * @see https://docs.polymarket.com/trading/fees
 */
import * as Decimal from "./Decimal.ts"
import type { FeeSchedule } from "./Market.ts"
import * as Micro from "./Micro.ts"
import type { Money } from "./Money.ts"
import type { Price } from "./Price.ts"
import type { Size } from "./Size.ts"

/** Base units in the venue's fee step of 0.00001 pUSD. */
const step = 10n
const rateScale = 9

/** The taker's fee for a fill, rounded half up to the venue's step; exact integers throughout. */
export const takerFee = (schedule: FeeSchedule | undefined, price: Price, size: Size): Money => {
  if (schedule === undefined || schedule.rate === Decimal.zero || size === 0) return 0 as Money
  const unit = BigInt(Micro.unit)
  const spread = BigInt(price) * (unit - BigInt(price))
  let numerator = BigInt(size) * Decimal.toScaled(schedule.rate, rateScale)
  let denominator = 10n ** BigInt(rateScale)
  for (let power = 0; power < schedule.exponent; power++) {
    numerator *= spread
    denominator *= unit * unit
  }
  if (numerator <= 0n) return 0 as Money
  const steps = (2n * numerator + denominator * step) / (2n * denominator * step)
  return Number((steps === 0n ? 1n : steps) * step) as Money
}
