import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Fee from "../../src/domain/Fee.ts"
import type { Level } from "../../src/domain/Level.ts"
import type { FeeSchedule } from "../../src/domain/Market.ts"
import * as Matching from "../../src/domain/Matching.ts"
import { notionalUp } from "../../src/domain/Money.ts"
import type { Money } from "../../src/domain/Money.ts"
import { Fill, Side, TimeInForce } from "../../src/domain/Order.ts"
import * as Position from "../../src/domain/Position.ts"
import type { Price } from "../../src/domain/Price.ts"
import type { Size } from "../../src/domain/Size.ts"
import * as Taken from "../../src/domain/Taken.ts"

const cents = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99 }))
const shares = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))

const Order = Schema.Struct({
  side: Side,
  cents,
  shares,
  dollars: Schema.optionalKey(shares),
  timeInForce: TimeInForce,
  postOnly: Schema.Boolean
})

const Depth = Schema.Array(Schema.Struct({ cents, shares })).check(Schema.isMaxLength(12))

const priceOf = (n: number) => (n * 10_000) as Price
const sizeOf = (n: number) => (n * 1_000_000) as Size

const bookFor = (side: "buy" | "sell", depth: typeof Depth.Type): ReadonlyArray<Level> => {
  const byPrice = new Map(depth.map((level) => [priceOf(level.cents), sizeOf(level.shares)]))
  return [...byPrice].map(([price, size]) => ({ price, size }))
    .sort((a, b) => (side === "buy" ? a.price - b.price : b.price - a.price))
}

const orderOf = (order: typeof Order.Type): Matching.ArrivingOrder => ({
  side: order.side,
  price: priceOf(order.cents),
  size: sizeOf(order.shares),
  ...(order.side === "buy" && order.dollars !== undefined ? { amount: (order.dollars * 1_000_000) as Money } : {}),
  timeInForce: order.timeInForce,
  postOnly: order.postOnly
})

const total = (matches: ReadonlyArray<Matching.Match>) => matches.reduce((sum, { size }) => sum + size, 0)

describe("Matching", () => {
  it.prop("never fills worse than the limit, more than the size, more than rests, or more than the money", [
    Order,
    Depth
  ], ([written, depth]) => {
    const order = orderOf(written)
    const book = bookFor(order.side, depth)
    const arrival = Matching.arrive(order, book)
    for (const { price, size } of arrival.matches) {
      assert(Matching.crosses(order.side, order.price, price))
      assert(size > 0 && size <= (book.find((level) => level.price === price)?.size ?? 0))
    }
    assert(total(arrival.matches) + (arrival._tag === "Accepted" ? arrival.rest : 0) <= order.size)
    if (order.amount !== undefined) {
      const spent = arrival.matches.reduce((sum, { price, size }) => sum + notionalUp(price, size), 0)
      assert(spent <= order.amount)
    }
  })

  it.prop("takes the best prices first, each level whole before the next", [Order, Depth], ([written, depth]) => {
    const order = orderOf({ ...written, postOnly: false })
    const book = bookFor(order.side, depth)
    const { matches } = Matching.arrive(order, book)
    for (const [at, match] of matches.entries()) {
      assert.strictEqual(match.price, book[at]?.price)
      if (at < matches.length - 1) assert.strictEqual(match.size, book[at]?.size)
    }
  })

  it.prop(
    "FOK fills whole or not at all, FAK and FOK never rest, post-only never takes",
    [Order, Depth],
    ([written, depth]) => {
      const order = orderOf({ ...written })
      const arrival = Matching.arrive(order, bookFor(order.side, depth))
      if (order.postOnly) assert.strictEqual(total(arrival.matches) === 0 || arrival._tag === "Accepted", true)
      if (order.postOnly && arrival._tag === "Accepted") assert.strictEqual(arrival.matches.length, 0)
      if (order.timeInForce === "FOK" || order.timeInForce === "FAK") {
        if (arrival._tag === "Accepted") assert.strictEqual(arrival.rest, 0)
        if (order.timeInForce === "FOK" && arrival._tag === "Killed") assert.strictEqual(arrival.matches.length, 0)
        if (order.timeInForce === "FOK" && arrival._tag === "Accepted" && order.amount === undefined) {
          assert.strictEqual(total(arrival.matches), order.size)
        }
      } else if (arrival._tag === "Accepted" && order.amount === undefined) {
        assert.strictEqual(total(arrival.matches) + arrival.rest, order.size)
      }
    }
  )

  it.prop("a resting order waits for the queue ahead and never fills past its size", [
    Schema.Array(Schema.Tuple([shares, Schema.Boolean])),
    shares,
    shares
  ], ([trades, ahead, size]) => {
    let order = Matching.rest("buy", priceOf(50), sizeOf(size), sizeOf(ahead))
    let filled = 0
    let atPrice = 0
    let beyond = false
    for (const [traded, isBeyond] of trades) {
      const progress = Matching.afterTrade(order, "sell", priceOf(isBeyond ? 49 : 50), sizeOf(traded), 0)
      beyond ||= isBeyond
      atPrice += isBeyond ? 0 : traded
      order = progress.order
      filled += progress.filled
      if (!beyond) assert.strictEqual(filled, sizeOf(Math.min(size, Math.max(0, atPrice - ahead))))
      assert.strictEqual(order.remaining + filled, sizeOf(size))
    }
  })

  it.prop("a queue is served once, whether its trade or its book is told first", [
    Schema.Array(Schema.Tuple([shares, Schema.Boolean])),
    shares,
    shares
  ], ([trades, ahead, size]) => {
    let order = Matching.rest("buy", priceOf(50), sizeOf(size), sizeOf(ahead))
    let filled = 0
    let traded = 0
    for (const [shares, isBookFirst] of trades) {
      traded += shares
      const left = sizeOf(Math.max(0, ahead - traded))
      const told = [
        () => Matching.afterBook(order, left, [], traded),
        () => Matching.afterTrade(order, "sell", priceOf(50), sizeOf(shares), traded)
      ]
      for (const tell of isBookFirst ? told : told.reverse()) {
        const progress = tell()
        order = progress.order
        filled += progress.filled
      }
      assert.strictEqual(filled, sizeOf(Math.min(size, Math.max(0, traded - ahead))))
    }
  })

  it("an opposite side that came to the price fills it at its own price, level by level", () => {
    const order = Matching.rest("buy", priceOf(50), sizeOf(30), 0 as Size)
    const asks = [{ price: priceOf(49), size: sizeOf(8) }, { price: priceOf(50), size: sizeOf(10) }, {
      price: priceOf(51),
      size: sizeOf(100)
    }]
    const { filled, matches, order: after } = Matching.afterBook(order, 0 as Size, asks, 0)
    assert.strictEqual(filled, sizeOf(18))
    assert.strictEqual(after.remaining, sizeOf(12))
    assert.deepStrictEqual(matches, asks.slice(0, 2))
  })
})

describe("Taken", () => {
  const Step = Schema.Struct({ shares, wanted: shares })

  it.prop(
    "gives no share twice: all that was given never exceeds all that ever came",
    [Schema.Array(Step)],
    ([steps]) => {
      const taken = Taken.make()
      const price = priceOf(50)
      let before = 0
      let came = 0
      let given = 0
      for (const step of steps) {
        const size = sizeOf(step.shares)
        came += Math.max(0, size - before)
        before = size
        Taken.follow(taken, () => size)
        const free = Taken.without(taken, "sell", [{ price, size }])[0]?.size ?? 0
        const got = Math.min(free, sizeOf(step.wanted)) as Size
        if (got > 0) Taken.add(taken, "sell", [{ price, size: got }])
        given += got
        assert(given <= came)
        assert.strictEqual(Taken.without(taken, "sell", [{ price, size }])[0]?.size ?? 0, free - got)
      }
    }
  )

  it("sets aside only the side and the price that was taken", () => {
    const taken = Taken.make()
    Taken.add(taken, "sell", [{ price: priceOf(50), size: sizeOf(10) }])
    const levels = [{ price: priceOf(50), size: sizeOf(10) }, { price: priceOf(51), size: sizeOf(5) }]
    assert.deepStrictEqual(Taken.without(taken, "sell", levels), levels.slice(1))
    assert.deepStrictEqual(Taken.without(taken, "buy", levels), levels)
    Taken.follow(taken, () => 0 as Size)
    assert(Taken.isEmpty(taken))
  })
})

describe("Fee", () => {
  const schedule = (rate: string, exponent: number) => ({ rate, exponent }) as FeeSchedule

  it.prop(
    "is shares × rate × (p(1 − p))^exponent in steps of 0.00001, at least one step",
    [cents, shares],
    ([p, n]) => {
      const fee = Fee.takerFee(schedule("0.07", 1), priceOf(p), sizeOf(n))
      const millionths = n * 7 * p * (100 - p)
      assert.strictEqual(fee, Math.max(10, Math.floor((millionths + 5) / 10) * 10))
    }
  )

  it("knows markets without fees and old ones with a square", () => {
    assert.strictEqual(Fee.takerFee(undefined, priceOf(50), sizeOf(100)), 0)
    assert.strictEqual(Fee.takerFee(schedule("0.25", 2), priceOf(50), sizeOf(100)), 1_562_500)
  })
})

describe("Position", () => {
  const Step = Schema.Struct({ side: Side, fill: Fill })

  it.prop(
    "cost never goes negative, is zero when flat, and cash explains the result exactly",
    [Schema.Array(Step)],
    ([steps]) => {
      let position = Position.empty
      let cash = 0n
      for (const { fill, side } of steps) {
        const size = (fill.size % 1_000_000_000) as Size
        const held = side === "sell" ? Math.min(size, position.size) as Size : size
        const before = position
        position = Position.applyFill(position, side, { ...fill, size, fee: 0 as Money })
        cash += BigInt(
          side === "buy"
            ? -notionalUp(fill.price, held)
            : position.realized - before.realized + (before.cost - position.cost)
        )
        assert(position.cost >= 0)
        if (position.size === 0) assert.strictEqual(position.cost, 0)
        assert.strictEqual(BigInt(position.realized) - BigInt(position.cost), cash)
      }
    }
  )
})
