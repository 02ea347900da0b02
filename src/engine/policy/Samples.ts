/**
 * Values of one asset with their times, in flat rings that grow and shrink as needed: 8 bytes a value as long as all of them are whole millionths
 * below 2^32, which prices of tokens are; more for others. Several windows read one of these, each from a first place of its own; what nobody reads
 * any more makes room for what comes.
 */
import * as Fixed from "../../domain/Fixed.ts"

const smallest = 16
const perMicro = Fixed.one / 1_000_000n
const mostSmall = 2 ** 32 - 1

/** Values that one ring may hold at most, unless its windows say otherwise. */
export const mostSamples = 2 ** 23

const perMicroAbout = Number(perMicro)

/** Millionths of a value when that loses nothing. */
const microOf = (value: Fixed.Fixed): number | undefined => {
  // A division of numbers as long as these costs more than all the rest.
  const micro = Math.round(Number(value) / perMicroAbout)
  return Number.isSafeInteger(micro) && BigInt(micro) * perMicro === value ? micro : undefined
}

type Cells = Uint32Array | Float64Array | Array<Fixed.Fixed>

const cellsLike = (cells: Cells, length: number): Cells =>
  cells instanceof Uint32Array
    ? new Uint32Array(length)
    : cells instanceof Float64Array
    ? new Float64Array(length)
    : Array.from({ length }, () => 0n)

/** A ring of exact numbers, as narrow as they allow. */
class Column {
  #cells: Cells

  constructor(length: number) {
    this.#cells = new Uint32Array(length)
  }

  get(slot: number): Fixed.Fixed {
    const cell = this.#cells[slot] as number | Fixed.Fixed
    return typeof cell === "bigint" ? cell : BigInt(cell) * perMicro
  }

  /** Millionths, while all numbers are few of them. */
  micro(slot: number): number | undefined {
    return this.#cells instanceof Uint32Array ? this.#cells[slot] : undefined
  }

  /** Like `a - b` of two slots, by sign. */
  compare(slot: number, other: number): number {
    const a = this.#cells[slot] as number | Fixed.Fixed
    const b = this.#cells[other] as number | Fixed.Fixed
    return a < b ? -1 : a > b ? 1 : 0
  }

  set(slot: number, value: Fixed.Fixed): void {
    const cells = this.#cells
    if (Array.isArray(cells)) {
      cells[slot] = value
      return
    }
    const micro = microOf(value)
    if (micro !== undefined && (cells instanceof Float64Array || (micro >= 0 && micro <= mostSmall))) {
      cells[slot] = micro
      return
    }
    this.#cells = micro === undefined
      ? Array.from(cells, (cell) => BigInt(cell) * perMicro)
      : Float64Array.from(cells)
    this.set(slot, value)
  }

  resize(low: number, end: number, from: number, to: number): void {
    const cells = cellsLike(this.#cells, to)
    for (let place = low; place < end; place++) {
      cells[place & (to - 1)] = this.#cells[place & (from - 1)] as never
    }
    this.#cells = cells
  }
}

/** Whoever looks at samples. */
export interface Reader {
  /** The oldest place it looks at, or the end. */
  readonly first: number
  /** There is no room for all that it looks at: it has to do with less from here on, and look at nothing of what is there. */
  readonly coarsen: () => void
}

/** A queue of samples. Places count from the first sample ever. */
export class Samples {
  #capacity = smallest
  #times: Uint32Array | Float64Array = new Uint32Array(smallest)
  /** What times count from, ms. */
  #base: number | undefined
  readonly #values = new Column(smallest)
  #sizes: Column | undefined
  readonly #readers: Array<Reader> = []
  readonly #most: () => number
  /** The oldest place that is kept. */
  #low = 0
  /** The place after the newest. */
  end = 0

  /** `most`: how many may be kept. */
  constructor(most: () => number = () => mostSamples) {
    this.#most = most
  }

  /** Has somebody look from the next sample on. With `sizes` sizes are kept from here on. */
  attach(reader: Reader, sizes: boolean): void {
    this.#readers.push(reader)
    if (sizes) this.#sizes ??= new Column(this.#capacity)
  }

  /** Nobody looks for this one any more. */
  detach(reader: Reader): void {
    const at = this.#readers.indexOf(reader)
    if (at >= 0) this.#readers.splice(at, 1)
  }

  /** Adds the newest, at a time not before the last one's. */
  push(at: number, value: Fixed.Fixed, size: Fixed.Fixed): void {
    if (this.end - this.#low === this.#capacity) this.#makeRoom()
    this.#base ??= at
    const slot = this.end & (this.#capacity - 1)
    const time = at - this.#base
    if (time > mostSmall && this.#times instanceof Uint32Array) this.#times = Float64Array.from(this.#times)
    this.#times[slot] = time
    this.#values.set(slot, value)
    this.#sizes?.set(slot, size)
    this.end++
  }

  /** Says the size of the newest. */
  weigh(size: Fixed.Fixed): void {
    this.#sizes?.set((this.end - 1) & (this.#capacity - 1), size)
  }

  /** The time of a place, ms. */
  at(place: number): number {
    return (this.#times[place & (this.#capacity - 1)] as number) + (this.#base as number)
  }

  /** The value of a place. */
  value(place: number): Fixed.Fixed {
    return this.#values.get(place & (this.#capacity - 1))
  }

  /** The value of a place in millionths, a whole number below 2^32; absent where not all values are that. */
  micro(place: number): number | undefined {
    return this.#values.micro(place & (this.#capacity - 1))
  }

  /** Like `a - b` of the values of two places, by sign. */
  compare(place: number, other: number): number {
    return this.#values.compare(place & (this.#capacity - 1), other & (this.#capacity - 1))
  }

  /** The size of a place, when sizes are kept. */
  size(place: number): Fixed.Fixed {
    return this.#sizes?.get(place & (this.#capacity - 1)) ?? 0n
  }

  #makeRoom(): void {
    const most = this.#most()
    let low = this.#lowest()
    while (this.end - low >= most) {
      for (const reader of this.#readers) if (reader.first === low) reader.coarsen()
      low = this.#lowest()
    }
    this.#low = low
    const live = this.end - low
    if (live * 4 > this.#capacity * 3) this.#resize(this.#capacity * 2)
    else if (live * 8 < this.#capacity && this.#capacity > smallest) this.#resize(this.#capacity / 2)
  }

  #lowest(): number {
    return this.#readers.reduce((low, { first }) => Math.min(low, first), this.end)
  }

  #resize(to: number): void {
    const from = this.#capacity
    const times = this.#times instanceof Uint32Array ? new Uint32Array(to) : new Float64Array(to)
    for (let place = this.#low; place < this.end; place++) {
      times[place & (to - 1)] = this.#times[place & (from - 1)] as number
    }
    this.#times = times
    this.#values.resize(this.#low, this.end, from, to)
    this.#sizes?.resize(this.#low, this.end, from, to)
    this.#capacity = to
  }
}
