/** The recipe for amounts, word by word as the venue writes it, over fractions: slow, and without any rounding but its own. */
import type { Amounts } from "../../../../src/client/polymarket/clob/Amounts.ts"
import * as TickSize from "../../../../src/domain/TickSize.ts"

/** Numerator and denominator, above zero. */
export type Fraction = readonly [bigint, bigint]

/** Decimals of prices and amounts by tick, as documented. */
const documented: Readonly<Record<string, readonly [number, number]>> = {
  "0.1": [1, 3],
  "0.01": [2, 4],
  "0.005": [3, 5],
  "0.0025": [4, 6],
  "0.001": [3, 5],
  "0.0001": [4, 6]
}

const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d]
const over = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d, b * c]

const toPlaces = ([a, b]: Fraction, places: number, mode: "down" | "up" | "half"): Fraction => {
  const scale = 10n ** BigInt(places)
  const scaled = a * scale
  const whole = scaled / b
  const rest = scaled % b
  const more = mode === "up" ? rest > 0n : mode === "half" && 2n * rest >= b
  return [more ? whole + 1n : whole, scale]
}

const hasMorePlaces = ([a, b]: Fraction, places: number): boolean => a * 10n ** BigInt(places) % b !== 0n

const settle = (value: Fraction, places: number): Fraction =>
  hasMorePlaces(value, places) ? toPlaces(toPlaces(value, places + 4, "up"), places, "down") : value

const baseUnits = (value: Fraction): bigint => {
  const [units] = toPlaces(value, 6, "down")
  if (hasMorePlaces(value, 6)) throw new Error("expected at most six decimals")
  return units
}

const placesOf = (tick: TickSize.TickSize) => documented[TickSize.toText(tick)] as readonly [number, number]

/** Of a limit order. */
export const limitOf = (side: "BUY" | "SELL", price: Fraction, size: Fraction, tick: TickSize.TickSize): Amounts => {
  const [pricePlaces, amountPlaces] = placesOf(tick)
  const shares = toPlaces(size, 2, "down")
  const collateral = settle(times(shares, toPlaces(price, pricePlaces, "half")), amountPlaces)
  const [maker, taker] = side === "BUY" ? [collateral, shares] : [shares, collateral]
  return { makerAmount: baseUnits(maker), takerAmount: baseUnits(taker) }
}

/** Of a market order. */
export const marketOf = (side: "BUY" | "SELL", price: Fraction, amount: Fraction, tick: TickSize.TickSize): Amounts => {
  const [pricePlaces, amountPlaces] = placesOf(tick)
  const worst = toPlaces(price, pricePlaces, "down")
  const given = toPlaces(amount, 2, "down")
  const got = settle(side === "BUY" ? over(given, worst) : times(given, worst), amountPlaces)
  return { makerAmount: baseUnits(given), takerAmount: baseUnits(got) }
}
