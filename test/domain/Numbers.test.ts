import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Decimal from "../../src/domain/Decimal.ts"
import * as Fixed from "../../src/domain/Fixed.ts"
import * as Micro from "../../src/domain/Micro.ts"
import * as Price from "../../src/domain/Price.ts"
import * as Span from "../../src/domain/Span.ts"
import * as TickSize from "../../src/domain/TickSize.ts"

const SafeInt = Schema.Int.check(Schema.isBetween({ minimum: -9e15, maximum: 9e15 }))
const Digits = Schema.String.check(Schema.isPattern(/^-?\d{1,12}(\.\d{1,12})?$/))
const Junk = Schema.String

describe("Micro", () => {
  it.prop("what is formatted parses back", [SafeInt], ([micro]) => Micro.parse(Micro.format(micro)) === micro)

  it.prop("parsing agrees with exact decimals, or refuses more than six places", [Digits], ([text]) => {
    const decimal = Decimal.fromText(text)
    assert(decimal !== undefined)
    const expected = Decimal.decimalsOf(decimal) <= 6 ? Number(Decimal.toScaled(decimal, 6)) : Number.NaN
    assert.deepStrictEqual(Micro.parse(text), expected)
  })

  it.prop("text that is no plain decimal is refused", [Junk], ([text]) => {
    if (!/^-?\d+(\.\d+)?$/.test(text)) assert(Number.isNaN(Micro.parse(text)))
  })

  it("refuses what other parsers let pass", () => {
    for (
      const text of ["", " 1", "1 ", "+1", "1e3", "1.", ".5", "0x10", "1.2.3", "NaN", "Infinity", "９", "0.0000001"]
    ) {
      assert(Number.isNaN(Micro.parse(text)), text)
    }
  })

  it.prop("products are rounded to the neighbouring integers", [SafeInt, SafeInt], ([a, b]) => {
    const [x, y] = [a % 1e11, b % 1e9]
    const exact = BigInt(x) * BigInt(y)
    const down = BigInt(Micro.multiplyDown(x, y))
    const up = BigInt(Micro.multiplyUp(x, y))
    assert(down * 1_000_000n <= exact && exact < (down + 1n) * 1_000_000n)
    assert(up * 1_000_000n >= exact && exact > (up - 1n) * 1_000_000n)
  })
})

describe("Decimal", () => {
  it.prop("is canonical: equal numbers are equal texts", [SafeInt, Schema.Int], ([value, zeros]) => {
    const plain = Decimal.fromScaled(BigInt(value), 6)
    const padded = plain.includes(".") ? plain + "0".repeat(Math.abs(zeros) % 5) : plain
    assert.strictEqual(Decimal.fromText(padded), plain)
    assert(Schema.is(Decimal.Decimal)(plain))
  })

  it.prop(
    "scaling there and back loses nothing",
    [SafeInt],
    ([value]) => Decimal.toScaled(Decimal.fromScaled(BigInt(value), 9), 9) === BigInt(value)
  )

  it.prop(
    "compares as the numbers do",
    [SafeInt, SafeInt],
    ([a, b]) => Decimal.compare(Decimal.fromScaled(BigInt(a), 4), Decimal.fromScaled(BigInt(b), 4)) === Math.sign(a - b)
  )

  it.prop("a double's own text is kept", [Schema.Finite], ([value]) => {
    const decimal = Decimal.fromNumber(value)
    if (decimal !== undefined) assert.strictEqual(Number(decimal), value === 0 ? 0 : value)
  })
})

describe("Fixed", () => {
  it("is exact where doubles are not", () => {
    const product = Fixed.multiply(Fixed.fromText("0.57") ?? 0n, Fixed.fromText("0.99") ?? 0n)
    assert.strictEqual(Fixed.toDecimal(product), "0.5643")
  })

  it.prop("rounds to the neighbours", [SafeInt, Schema.Int], ([value, some]) => {
    const places = Math.abs(some) % 5
    const number = Fixed.fromMicro(value)
    const floor = Fixed.round(number, places, "floor")
    const ceil = Fixed.round(number, places, "ceil")
    const nearest = Fixed.round(number, places, "nearest")
    assert(floor <= number && number <= ceil)
    assert(nearest === floor || nearest === ceil)
    assert(ceil - floor === 0n || ceil - floor === 10n ** BigInt(18 - places))
    const distance = number > nearest ? number - nearest : nearest - number
    assert(2n * distance <= 10n ** BigInt(18 - places))
  })

  it.prop("goes to millionths on the asked side", [SafeInt, SafeInt], ([whole, rest]) => {
    const value = Fixed.fromMicro(whole) + BigInt(rest % 1e12)
    const down = Fixed.toMicro(value, "down")
    const up = Fixed.toMicro(value, "up")
    assert(down !== undefined && up !== undefined)
    assert(Fixed.fromMicro(down) <= value && value <= Fixed.fromMicro(up))
    assert(up - down <= 1)
  })
})

describe("TickSize", () => {
  it.prop(
    "the coarsest tick of prices fits them all, and no coarser one does",
    [Schema.Array(Price.Price)],
    ([prices]) => {
      const tick = TickSize.coarsestFor(prices)
      const coarsest = TickSize.all.find((one) => prices.every((price) => TickSize.fits(one, price)))
      assert.strictEqual(tick, coarsest)
    }
  )
})

describe("Span", () => {
  it.prop(
    "text comes back",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999_999 }))],
    ([ms]) => Span.fromText(Span.toText(ms)) === ms
  )
})
