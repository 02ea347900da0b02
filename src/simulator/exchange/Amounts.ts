/**
 * Exact products and quotients of millionths, and the fee of a match. Everything is a non-negative safe integer; what would exceed 2^53 on the way
 * goes through bigint.
 * @see https://docs.polymarket.com/trading/fees
 */
import { unit } from "../../domain/Micro.ts"

const bigUnit = BigInt(unit)

/** `price × size` in millionths, rounded down. */
export const productDown = (price: number, size: number): number => {
  const product = price * size
  return product <= Number.MAX_SAFE_INTEGER
    ? Math.floor(product / unit)
    : Number(BigInt(price) * BigInt(size) / bigUnit)
}

/** `price × size` in millionths, rounded up. */
export const productUp = (price: number, size: number): number => {
  const product = price * size
  return product <= Number.MAX_SAFE_INTEGER
    ? Math.ceil(product / unit)
    : Number((BigInt(price) * BigInt(size) + bigUnit - 1n) / bigUnit)
}

/** `amount ÷ price` in millionths, rounded down; the price is not 0. */
export const quotientDown = (amount: number, price: number): number => {
  const product = amount * unit
  return product <= Number.MAX_SAFE_INTEGER
    ? Math.floor(product / price)
    : Number(BigInt(amount) * bigUnit / BigInt(price))
}

/** `amount ÷ price` in millionths, rounded up; the price is not 0. */
export const quotientUp = (amount: number, price: number): number => {
  const product = amount * unit
  return product <= Number.MAX_SAFE_INTEGER
    ? Math.ceil(product / price)
    : Number((BigInt(amount) * bigUnit + BigInt(price) - 1n) / BigInt(price))
}

/** What a taker pays: shares × rate × (p(1 − p))^exponent. */
export interface FeeSchedule {
  readonly rate: number
  readonly exponent: number
}

/** pUSD in millionths, rounded to five decimals; what rounds to nothing costs nothing. */
export const feeOf = ({ exponent, rate }: FeeSchedule, price: number, size: number): number => {
  const p = price / unit
  return Math.round(size * rate * (p * (1 - p)) ** exponent / 10) * 10
}
