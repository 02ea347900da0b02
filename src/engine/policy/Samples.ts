/**
 * Values with their times, oldest out first, in two flat arrays that grow as needed: 16 bytes a value as long as all of them are whole millionths that
 * a double holds exactly, which prices and sizes of tokens are; big integers otherwise. Also the values themselves by place, for folds that look back.
 */
import * as Fixed from "../../domain/Fixed.ts"

const smallest = 16
const perMicro = Fixed.one / 1_000_000n

/** Millionths of a value when that loses nothing. */
const microOf = (value: Fixed.Fixed): number | undefined => {
  if (value % perMicro !== 0n) return undefined
  const micro = Number(value / perMicro)
  return Number.isSafeInteger(micro) ? micro : undefined
}

/** A queue of samples. Places count from the first sample ever; `first` is the oldest that is left. */
export class Samples {
  private times = new Float64Array(smallest)
  private small: Float64Array | undefined = new Float64Array(smallest)
  private large: Array<Fixed.Fixed> = []
  /** Place of the oldest, and the place after the newest. */
  first = 0
  end = 0

  get length(): number {
    return this.end - this.first
  }

  /** Adds the newest. */
  push(at: number, value: Fixed.Fixed): void {
    if (this.length === this.times.length) this.resize(this.times.length * 2)
    const slot = this.end & (this.times.length - 1)
    this.times[slot] = at
    if (this.small !== undefined) {
      const micro = microOf(value)
      if (micro === undefined) this.widen()
      else this.small[slot] = micro
    }
    if (this.small === undefined) this.large[slot] = value
    this.end++
  }

  /** Removes the oldest. */
  shift(): void {
    this.first++
    if (this.length === 0 && this.times.length > smallest) this.resize(smallest)
  }

  /** The time of a place, ms. */
  at(place: number): number {
    return this.times[place & (this.times.length - 1)] as number
  }

  /** The value of a place. */
  value(place: number): Fixed.Fixed {
    const slot = place & (this.times.length - 1)
    return this.small === undefined
      ? this.large[slot] as Fixed.Fixed
      : BigInt(this.small[slot] as number) * perMicro
  }

  clear(): void {
    this.first = this.end
    this.resize(smallest)
    this.small = new Float64Array(smallest)
    this.large = []
  }

  private resize(length: number): void {
    const times = new Float64Array(length)
    const small = this.small === undefined ? undefined : new Float64Array(length)
    const large: Array<Fixed.Fixed> = []
    const mask = this.times.length - 1
    for (let place = this.first; place < this.end; place++) {
      times[place & (length - 1)] = this.times[place & mask] as number
      if (small === undefined) large[place & (length - 1)] = this.large[place & mask] as Fixed.Fixed
      else small[place & (length - 1)] = this.small?.[place & mask] as number
    }
    this.times = times
    this.small = small
    this.large = large
  }

  private widen(): void {
    const mask = this.times.length - 1
    for (let place = this.first; place < this.end; place++) {
      this.large[place & mask] = BigInt(this.small?.[place & mask] as number) * perMicro
    }
    this.small = undefined
  }
}
