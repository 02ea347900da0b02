/**
 * Integers of a millionth: what prices, sizes and money of outcome tokens are counted in, as on the chain
 * (pUSD and outcome tokens have six decimals). Safe integers, so at most 9.007 billion units.
 */
import type { Decimal } from "./Decimal.ts"

/** Units in one whole share or one pUSD. */
export const unit = 1_000_000

const dot = 46
const minus = 45
const zeroCode = 48

/**
 * Reads plain decimal text of at most six decimals into millionths; `NaN` when it is anything else: empty, signed
 * with "+", spaced, exponent, more than six decimals that are not zero, or beyond the safe integers.
 */
export const parse = (text: string): number => {
  const length = text.length
  if (length === 0 || length > 24) return Number.NaN
  let index = 0
  const negative = text.charCodeAt(0) === minus
  if (negative) index = 1
  let value = 0
  let digits = 0
  let decimals = -1
  for (; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code === dot) {
      if (decimals >= 0 || digits === 0) return Number.NaN
      decimals = 0
      continue
    }
    const digit = code - zeroCode
    if (digit < 0 || digit > 9) return Number.NaN
    digits++
    if (decimals >= 0) {
      if (decimals === 6) {
        if (digit !== 0) return Number.NaN
        continue
      }
      decimals++
    }
    value = value * 10 + digit
  }
  if (digits === 0 || (decimals === 0)) return Number.NaN
  for (let scale = decimals < 0 ? 0 : decimals; scale < 6; scale++) value *= 10
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN
  return negative ? (value === 0 ? 0 : -value) : value
}

/** The canonical decimal text of a number of millionths. */
export const format = (micro: number): Decimal => {
  const negative = micro < 0
  const value = negative ? -micro : micro
  const fraction = value % unit
  const whole = String((value - fraction) / unit)
  if (fraction === 0) return (negative ? `-${whole}` : whole) as Decimal
  let digits = String(fraction + unit).slice(1)
  let end = 6
  while (digits.charCodeAt(end - 1) === zeroCode) end--
  if (end < 6) digits = digits.slice(0, end)
  return `${negative ? "-" : ""}${whole}.${digits}` as Decimal
}

const priceTexts: Array<Decimal | undefined> = []

/** `format` for prices of outcome tokens, 0 to `unit`, remembered: a book speaks of the same few prices all day. */
export const formatPrice = (micro: number): Decimal => {
  if (micro < 0 || micro > unit) return format(micro)
  return priceTexts[micro] ??= format(micro)
}

/** `a × b` of two numbers of millionths, in millionths, rounded down; exact for all safe integers. */
export const multiplyDown = (a: number, b: number): number => {
  const product = a * b
  if (Number.isSafeInteger(product)) return Math.floor(product / unit)
  return Number(divideFloor(BigInt(a) * BigInt(b), 1_000_000n))
}

/** `a × b` of two numbers of millionths, in millionths, rounded up; exact for all safe integers. */
export const multiplyUp = (a: number, b: number): number => -multiplyDown(-a, b)

const divideFloor = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator
  return numerator % denominator < 0n ? quotient - 1n : quotient
}
