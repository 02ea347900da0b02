import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { LevelChange } from "../../src/domain/Level.ts"
import * as OrderBook from "../../src/domain/OrderBook.ts"
import type { Price } from "../../src/domain/Price.ts"
import type { Size } from "../../src/domain/Size.ts"
import * as TickSize from "../../src/domain/TickSize.ts"

const Step = Schema.Struct({
  side: Schema.Literals(["buy", "sell"]),
  at: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99 })),
  size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
})

/** A book as anybody would write it: two maps. */
const model = (changes: ReadonlyArray<LevelChange>) => {
  const sides = { buy: new Map<Price, Size>(), sell: new Map<Price, Size>() }
  for (const { price, side, size } of changes) {
    if (size === 0) sides[side].delete(price)
    else sides[side].set(price, size)
  }
  const sorted = (side: "buy" | "sell", sign: number) =>
    [...sides[side]].map(([price, size]) => ({ price, size })).sort((a, b) => sign * (a.price - b.price))
  return { bids: sorted("buy", -1), asks: sorted("sell", 1) }
}

const changesOf = (steps: ReadonlyArray<typeof Step.Type>, tick: number): ReadonlyArray<LevelChange> =>
  steps.map(({ at, side, size }) => ({
    side,
    price: Math.min(at * tick, 1_000_000) as Price,
    size: (size * 1_000_000) as Size
  }))

describe("OrderBook", () => {
  it.prop("equals a map of levels after any changes, at every tick", [
    Schema.Array(Step),
    Schema.Literals(TickSize.all)
  ], ([steps, tick]) => {
    const book = OrderBook.make(tick)
    const changes = changesOf(steps, tick)
    for (const { price, side, size } of changes) assert(OrderBook.setLevel(book, side, price, size))
    const { asks, bids } = model(changes)
    assert.deepStrictEqual(OrderBook.levels(book, "buy"), bids)
    assert.deepStrictEqual(OrderBook.levels(book, "sell"), asks)
    assert.strictEqual(OrderBook.bestBid(book), bids[0]?.price)
    assert.strictEqual(OrderBook.bestAsk(book), asks[0]?.price)
    assert.strictEqual(OrderBook.bidSize(book), bids[0]?.size ?? 0)
    assert.strictEqual(OrderBook.askSize(book), asks[0]?.size ?? 0)
  })

  it.prop("a snapshot forgets the past", [Schema.Array(Step), Schema.Array(Step)], ([before, after]) => {
    const book = OrderBook.make(10_000)
    for (const { price, side, size } of changesOf(before, 10_000)) OrderBook.setLevel(book, side, price, size)
    const { asks, bids } = model(changesOf(after, 10_000))
    assert(OrderBook.replace(book, bids, asks))
    assert.deepStrictEqual(OrderBook.levels(book, "buy"), bids)
    assert.deepStrictEqual(OrderBook.levels(book, "sell"), asks)
  })

  it.prop("a finer price rebuilds the grid and keeps every level", [
    Schema.Array(Step),
    Schema.Literals(TickSize.all),
    Schema.Literals(TickSize.all)
  ], ([steps, coarse, fine]) => {
    const book = OrderBook.make(coarse)
    const changes = changesOf(steps, coarse)
    for (const { price, side, size } of changes) OrderBook.setLevel(book, side, price, size)
    const before = OrderBook.levels(book, "buy")
    const price = fine as unknown as Price
    const isOnSomeTick = TickSize.all.some((tick) => coarse % tick === 0 && price % tick === 0)
    assert.strictEqual(OrderBook.setLevel(book, "sell", price, 1 as Size), isOnSomeTick)
    assert.deepStrictEqual(OrderBook.levels(book, "buy"), before)
    if (isOnSomeTick) assert.strictEqual(OrderBook.sizeAt(book, "sell", price), 1)
  })

  it("refuses a price that fits no tick and stays as it was", () => {
    const book = OrderBook.make(10_000)
    OrderBook.setLevel(book, "buy", 500_000 as Price, 1 as Size)
    assert(!OrderBook.setLevel(book, "buy", 500_050 as Price, 1 as Size))
    assert.strictEqual(book.tick, 10_000)
    assert.strictEqual(OrderBook.bestBid(book), 500_000)
  })
})
