/**
 * Exact decimal text: what prices of symbols, metrics and averages are, whose scale no venue bounds.
 * Canonical: no exponent, no leading or trailing zeros, no "-0"; so equal numbers are equal texts.
 * Prices and sizes of outcome tokens are integers instead, see `Micro.ts`.
 */
import { Schema } from "effect"

/** Longest accepted text: an input limit, far above any price or amount a venue quotes. */
const maxLength = 80

const canonicalPattern = /^(0|-?(?:[1-9]\d*|0\.\d*[1-9]|[1-9]\d*\.\d*[1-9]))$/

const plainPattern = /^([+-]?)(\d+)(?:\.(\d*))?$/

/** An exact decimal as canonical text, for example "65048.078902260626". */
export const Decimal = Schema.String.check(
  Schema.isMaxLength(maxLength),
  Schema.isPattern(canonicalPattern)
).pipe(Schema.brand("Decimal"))
export type Decimal = typeof Decimal.Type

/** The number zero. */
export const zero = "0" as Decimal

/** Reads plain decimal text ("0.50", "+1", "007"); `undefined` when the text is not a plain decimal or too long. */
export const fromText = (text: string): Decimal | undefined => {
  if (text.length > maxLength) return undefined
  const match = plainPattern.exec(text)
  if (match === null) return undefined
  const whole = (match[2] ?? "").replace(/^0+(?=\d)/, "")
  const fraction = (match[3] ?? "").replace(/0+$/, "")
  const body = fraction.length > 0 ? `${whole}.${fraction}` : whole
  return (match[1] === "-" && body !== "0" ? `-${body}` : body) as Decimal
}

/**
 * Reads a finite JSON number, exponent notation included, through its shortest decimal text.
 * For sources that send doubles (Gamma, CoinMarketCap): the text is exactly what they printed, up to 17 digits.
 */
export const fromNumber = (value: number): Decimal | undefined => {
  if (!Number.isFinite(value)) return undefined
  const text = String(value)
  const exponentAt = text.indexOf("e")
  if (exponentAt < 0) return fromText(text)
  const exponent = Number(text.slice(exponentAt + 1))
  const mantissa = text.slice(0, exponentAt)
  const negative = mantissa.startsWith("-")
  const [whole = "", fraction = ""] = (negative ? mantissa.slice(1) : mantissa).split(".")
  const digits = whole + fraction
  const point = whole.length + exponent
  if (Math.abs(point) > maxLength) return undefined
  const body = point <= 0
    ? `0.${"0".repeat(-point)}${digits}`
    : point >= digits.length
    ? digits + "0".repeat(point - digits.length)
    : `${digits.slice(0, point)}.${digits.slice(point)}`
  return fromText(negative ? `-${body}` : body)
}

/** The integer `value × 10^scale`, rounded toward zero when the text has more decimals. */
export const toScaled = (decimal: Decimal, scale: number): bigint => {
  const point = decimal.indexOf(".")
  if (point < 0) return BigInt(decimal) * 10n ** BigInt(scale)
  const fraction = decimal.slice(point + 1, point + 1 + scale).padEnd(scale, "0")
  return BigInt(decimal.slice(0, point) + fraction)
}

/** The decimal `value / 10^scale`. */
export const fromScaled = (value: bigint, scale: number): Decimal => {
  const negative = value < 0n
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0")
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale > 0 ? digits.slice(-scale).replace(/0+$/, "") : ""
  const body = fraction.length > 0 ? `${whole}.${fraction}` : whole
  return (negative && body !== "0" ? `-${body}` : body) as Decimal
}

/** -1, 0 or 1, as numbers compare, exactly. */
export const compare = (a: Decimal, b: Decimal): -1 | 0 | 1 => {
  if (a === b) return 0
  const scale = Math.max(decimalsOf(a), decimalsOf(b))
  return toScaled(a, scale) < toScaled(b, scale) ? -1 : 1
}

/** How many digits stand after the point. */
export const decimalsOf = (decimal: Decimal): number => {
  const point = decimal.indexOf(".")
  return point < 0 ? 0 : decimal.length - point - 1
}
