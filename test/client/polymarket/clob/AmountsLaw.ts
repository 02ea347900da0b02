/** What must hold of amounts: the integers of the engine and the doubles of the official client both give what rationals
 * give; the doubles only while their digits suffice. */
import { assert } from "@effect/vitest"
import { Effect, Random, Result } from "effect"
import { type Amounts, decimalsOf, exactAmounts } from "../../../../src/client/polymarket/clob/Amounts.ts"
import { clientAmounts } from "../../../../src/client/polymarket/clob/ClientAmounts.ts"
import type { Price } from "../../../../src/domain/Price.ts"
import type { Size } from "../../../../src/domain/Size.ts"
import * as TickSize from "../../../../src/domain/TickSize.ts"
import { type Fraction, limitOf, marketOf } from "./Rationals.ts"

const micro = (value: number): Fraction => [BigInt(value), 1_000_000n]

/** Sizes of every magnitude up to a million shares, with 0 to 6 decimals. */
const drawSize = Effect.gen(function*() {
  const whole = yield* Random.nextIntBetween(0, 10 ** (yield* Random.nextIntBetween(0, 6)))
  const decimals = yield* Random.nextIntBetween(0, 6)
  const fraction = yield* Random.nextIntBetween(0, 10 ** decimals - 1)
  return (whole * 1_000_000 + fraction * 10 ** (6 - decimals)) as Size
})

/** Prices between the bounds: on the tick, off it, and halfway between two. */
const drawPrice = Effect.fnUntraced(function*(tick: TickSize.TickSize) {
  const form = yield* Random.nextIntBetween(0, 2)
  const step = form === 0 ? tick : form === 1 ? tick / 2 : 1
  return (tick + step * (yield* Random.nextIntBetween(0, (1_000_000 - 2 * tick) / step))) as Price
})

const agree = Effect.gen(function*() {
  const tick = TickSize.all[yield* Random.nextIntBetween(0, TickSize.all.length - 1)] as TickSize.TickSize
  const side = (yield* Random.nextBoolean) ? "BUY" as const : "SELL" as const
  const price = yield* drawPrice(tick)
  const size = yield* drawSize
  const kinds = [["limit", limitOf], ["market", marketOf]] as const
  for (const [kind, rational] of kinds) {
    const expected = rational(side, micro(price), micro(size), tick)
    const exact = Result.getOrThrow(exactAmounts[kind](side, price / 1e6, size / 1e6, tick))
    const client = Result.getOrThrow(clientAmounts[kind](side, price / 1e6, size / 1e6, tick))
    const place = `${kind} ${side} ${size} at ${price}, tick ${tick}`
    isEqual(exact, expected, place)
    if (computed(kind, side, expected) < doublesSuffice(tick)) isEqual(client, expected, `client ${place}`)
    else {
      const off = computed(kind, side, client) - computed(kind, side, expected)
      assert.isTrue(off * off <= lastPlace(tick) ** 2n, `client ${place} is ${off} off`)
    }
  }
})

const isEqual = (found: Amounts, expected: Amounts, place: string): void => {
  if (found.makerAmount !== expected.makerAmount || found.takerAmount !== expected.takerAmount) {
    assert.deepStrictEqual(found, expected, place)
  }
}

/** The amount that is a product or quotient of the two numbers asked for. */
const computed = (kind: "limit" | "market", side: "BUY" | "SELL", amounts: Amounts): bigint =>
  kind === "limit" && side === "BUY" ? amounts.makerAmount : amounts.takerAmount

const lastPlace = (tick: TickSize.TickSize): bigint => 10n ** BigInt(6 - decimalsOf(tick).amount)

/** From here a product with the four decimals it has before it is cut needs more digits than a double has. */
const doublesSuffice = (tick: TickSize.TickSize): bigint => lastPlace(tick) * 10n ** 11n

/** Draws `count` orders and holds both computations against rationals. */
export const agreeFor = (count: number) =>
  Effect.gen(function*() {
    for (let at = 0; at < count; at++) yield* agree
  })
