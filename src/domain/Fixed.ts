/**
 * Exact arithmetic for policies: decimals as integers of 10^-18, wide enough for every price the sources send and every product of
 * a price and a factor. Sums, differences and comparisons are exact; products and quotients keep 18 decimals, cut toward zero.
 */
import * as Decimal from "./Decimal.ts"

/** A number times 10^18. */
export type Fixed = bigint

/** Decimals kept. */
export const scale = 18

/** The number one. */
export const one: Fixed = 10n ** BigInt(scale)

const perMicro = 10n ** BigInt(scale - 6)

/** Decimals read before, since a book speaks of the same few prices all day; bounded. */
const known = new Map<string, Fixed>()
const mostKnown = 50_000

/** Reads a decimal; digits beyond the 18th decimal are cut. */
export const fromDecimal = (decimal: Decimal.Decimal): Fixed => {
  const before = known.get(decimal)
  if (before !== undefined) return before
  const value = Decimal.toScaled(decimal, scale)
  if (known.size >= mostKnown) known.clear()
  known.set(decimal, value)
  return value
}

/** Reads plain decimal text; `undefined` when it is none. */
export const fromText = (text: string): Fixed | undefined => {
  const decimal = Decimal.fromText(text)
  return decimal === undefined ? undefined : fromDecimal(decimal)
}

/** A number of millionths. */
export const fromMicro = (micro: number): Fixed => BigInt(micro) * perMicro

/** A whole number. */
export const fromInteger = (value: number): Fixed => BigInt(value) * one

/** In millionths, cut down (toward minus infinity) or up; `undefined` when that is no safe integer. */
export const toMicro = (value: Fixed, rounding: "down" | "up"): number | undefined => {
  const quotient = value / perMicro
  const remainder = value % perMicro
  const adjusted = remainder === 0n
    ? quotient
    : rounding === "down"
    ? (remainder < 0n ? quotient - 1n : quotient)
    : (remainder > 0n ? quotient + 1n : quotient)
  const micro = Number(adjusted)
  return Number.isSafeInteger(micro) ? micro : undefined
}

/** The shortest exact decimal text. */
export const toDecimal = (value: Fixed): Decimal.Decimal => Decimal.fromScaled(value, scale)

/** `a × b`. */
export const multiply = (a: Fixed, b: Fixed): Fixed => (a * b) / one

/** `a ÷ b`; `undefined` when b is zero. */
export const divide = (a: Fixed, b: Fixed): Fixed | undefined => (b === 0n ? undefined : (a * one) / b)

/** To `decimals` places: half away from zero, down or up. */
export const round = (value: Fixed, decimals: number, mode: "nearest" | "floor" | "ceil"): Fixed => {
  const step = 10n ** BigInt(scale - decimals)
  const remainder = value % step
  if (remainder === 0n) return value
  const down = value - remainder - (remainder < 0n ? step : 0n)
  switch (mode) {
    case "floor":
      return down
    case "ceil":
      return down + step
    case "nearest": {
      const magnitude = value < 0n ? -value : value
      const rounded = ((magnitude + step / 2n) / step) * step
      return value < 0n ? -rounded : rounded
    }
  }
}

/** With exactly `decimals` places, for people: "79950.00". */
export const toPlaces = (value: Fixed, decimals: number): string => {
  const text = toDecimal(round(value, decimals, "nearest"))
  if (decimals === 0) return text
  const point = text.indexOf(".")
  return point < 0 ? `${text}.${"0".repeat(decimals)}` : text.padEnd(point + 1 + decimals, "0")
}
