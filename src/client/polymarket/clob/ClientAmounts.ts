/**
 * What an order gives and gets as the official client computes it, in doubles and with its roundings in its order. Equal to `Amounts.ts` for
 * prices and sizes of at most six decimals until an amount reaches 10^11 last places (100,000 at a tick of 0.0001); above, it may be one last
 * place off.
 * @see https://github.com/Polymarket/clob-client-v2 src/order-builder/helpers
 */
import { Result } from "effect"
import { type Amounts, type Arithmetic, type Decimals, decimalsOf } from "./Amounts.ts"
import { type OrderRefused, refuse } from "./OrderRefused.ts"

/** How many decimals the shortest text of a number shows; 0 where it has none, which includes "1e-7". */
const decimalPlaces = (value: number): number => {
  if (Number.isInteger(value)) return 0
  const text = String(value)
  const point = text.indexOf(".")
  return point < 0 ? 0 : text.length - point - 1
}

type Rounding = (value: number) => number

const roundWith = (rounding: Rounding, value: number, decimals: number): number =>
  decimalPlaces(value) <= decimals ? value : rounding(value * 10 ** decimals) / 10 ** decimals

const roundDown = (value: number, decimals: number): number => roundWith(Math.floor, value, decimals)
const roundUp = (value: number, decimals: number): number => roundWith(Math.ceil, value, decimals)

/** A limit price as the client rounds it: half up, with a grain added so that halves are halves. */
export const roundPrice = (price: number, decimals: number): number =>
  decimalPlaces(price) <= decimals ? price : Math.round((price + Number.EPSILON) * 10 ** decimals) / 10 ** decimals

/** Up to four decimals more than allowed, then down. */
const settle = (product: number, { amount }: Decimals): number => roundDown(roundUpIfLong(product, amount), amount)

const roundUpIfLong = (product: number, decimals: number): number =>
  decimalPlaces(product) > decimals ? roundUp(product, decimals + 4) : product

const plain = /^(\d+)(?:\.(\d{1,6}))?$/

/** Base units of a number whose text is a plain decimal of at most six places. */
const baseUnits = (value: number): Result.Result<bigint, OrderRefused> => {
  const match = plain.exec(String(value))
  return match === null
    ? refuse("amount", `expected a plain decimal of at most 6 places, found ${value}`)
    : Result.succeed(BigInt((match[1] ?? "") + (match[2] ?? "").padEnd(6, "0")))
}

const inBaseUnits = (maker: number, taker: number): Result.Result<Amounts, OrderRefused> =>
  Result.flatMap(
    baseUnits(maker),
    (makerAmount) => Result.map(baseUnits(taker), (takerAmount) => ({ makerAmount, takerAmount }))
  )

/** As the official client computes. */
export const clientAmounts: Arithmetic = {
  limit: (side, price, size, tick) => {
    const decimals = decimalsOf(tick)
    const shares = roundDown(size, decimals.size)
    const collateral = settle(shares * roundPrice(price, decimals.price), decimals)
    return side === "BUY" ? inBaseUnits(collateral, shares) : inBaseUnits(shares, collateral)
  },
  market: (side, price, amount, tick) => {
    const decimals = decimalsOf(tick)
    const worst = roundDown(price, decimals.price)
    const given = roundDown(amount, decimals.size)
    return inBaseUnits(given, settle(side === "BUY" ? given / worst : given * worst, decimals))
  }
}
