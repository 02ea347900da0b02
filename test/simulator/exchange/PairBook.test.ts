import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { BookOrder, Level, Match } from "../../../src/simulator/exchange/BookOrder.ts"
import { PairBook } from "../../../src/simulator/exchange/PairBook.ts"

const unit = 1_000_000
const cent = 10_000

let count = 0
const order = (more: Partial<BookOrder>): BookOrder => ({
  id: `order ${++count}`,
  outcome: 0,
  side: "BUY",
  price: 50 * cent,
  size: 10 * unit,
  type: "GTC",
  postOnly: false,
  ...more
})

const seen = (matches: ReadonlyArray<Match<BookOrder>>) =>
  matches.map(({ kind, maker, makerMoney, size, takerMoney }) => [
    kind,
    maker?.id,
    size / unit,
    takerMoney / unit,
    makerMoney / unit
  ])

/** Any order of any kind; odd sizes and prices too, so that nothing divides. */
const AnyOrder = Schema.Struct({
  outcome: Schema.Literals([0, 1]),
  side: Schema.Literals(["BUY", "SELL"]),
  price: Schema.Int.check(Schema.isBetween({ minimum: 30, maximum: 70 })),
  odd: Schema.Boolean,
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 * unit })),
  type: Schema.Literals(["GTC", "GTC", "GTD", "FOK", "FAK"]),
  budget: Schema.Boolean,
  postOnly: Schema.Boolean
})

const AnyStep = Schema.Union([
  AnyOrder,
  AnyOrder,
  AnyOrder,
  Schema.Struct({ cancel: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 })) })
])

const Steps = Schema.Array(AnyStep).check(Schema.isMaxLength(60))

const orderOf = (any: typeof AnyOrder.Type): BookOrder => {
  const isResting = any.type === "GTC" || any.type === "GTD"
  return order({
    outcome: any.outcome,
    side: any.side,
    price: any.price * cent + (any.odd ? 1_234 : 0),
    size: any.size,
    type: any.type,
    budget: !isResting && any.budget && any.side === "BUY" ? any.size : undefined,
    postOnly: isResting && any.postOnly
  })
}

describe("PairBook", () => {
  it("meets the other side directly, mints for two buyers, merges for two sellers, at the maker's price", () => {
    const book = new PairBook<BookOrder>()
    const seller = order({ side: "SELL", price: 60 * cent })
    const buyerOfNo = order({ outcome: 1, price: 42 * cent })
    assert.strictEqual(book.place(seller).rested, 10 * unit)
    assert.deepStrictEqual(book.place(buyerOfNo).levels, [{ side: "asks", price: 58 * cent, size: 10 * unit }])
    const buyer = order({ price: 61 * cent, size: 25 * unit })
    const { levels, quote, rested } = book.place(buyer)
    assert.deepStrictEqual(seen(quote.matches), [["mint", buyerOfNo.id, 10, 5.8, 4.2], ["direct", seller.id, 10, 6, 6]])
    assert.strictEqual(rested, 5 * unit)
    assert.deepStrictEqual(levels.map(({ price, side, size }) => [side, price, size]), [
      ["asks", 58 * cent, 0],
      ["asks", 60 * cent, 0],
      ["bids", 61 * cent, 5 * unit]
    ])
    const sellerOfNo = order({ outcome: 1, side: "SELL", price: 37 * cent, size: 4 * unit })
    assert.deepStrictEqual(book.place(sellerOfNo).quote.matches, [])
    const sellerOfYes = order({ side: "SELL", price: 60 * cent, size: 6 * unit })
    assert.deepStrictEqual(seen(book.place(sellerOfYes).quote.matches), [
      ["merge", sellerOfNo.id, 4, 2.52, 1.48],
      ["direct", buyer.id, 2, 1.22, 1.22]
    ])
    assert.deepStrictEqual(book.levels("bids"), [{ price: 61 * cent, size: 3 * unit }])
  })

  it("keeps time within a price, and forgets what is canceled", () => {
    const book = new PairBook<BookOrder>()
    const [first, second, third] = [order({}), order({ outcome: 1, side: "SELL" }), order({})]
    for (const one of [first, second, third]) book.place(one)
    assert.deepStrictEqual(book.cancel(first.id)?.level, { side: "bids", price: 50 * cent, size: 20 * unit })
    assert.isUndefined(book.cancel(first.id))
    const { matches } = book.place(order({ side: "SELL", size: 15 * unit })).quote
    assert.deepStrictEqual(matches.map(({ maker, size }) => [maker?.id, size / unit]), [[second.id, 10], [third.id, 5]])
    assert.strictEqual(book.left(third.id), 5 * unit)
  })

  it("kills, refuses and spends as the type says", () => {
    const book = new PairBook<BookOrder>()
    book.place(order({ side: "SELL", price: 52 * cent, size: 100 * unit }))
    const refusal = (more: Partial<BookOrder>) => book.place(order({ price: 52 * cent, ...more })).refusal
    assert.strictEqual(refusal({ postOnly: true }), "crosses")
    assert.strictEqual(refusal({ type: "FOK", size: 101 * unit }), "not filled whole")
    assert.strictEqual(refusal({ type: "FOK", budget: 53 * unit }), "not filled whole")
    assert.strictEqual(refusal({ type: "FAK", price: 51 * cent }), "nothing to match")
    assert.strictEqual(book.place(order({ price: 52 * cent }), () => "no money").refusal, "no money")
    assert.strictEqual(book.levels("asks")[0]?.size, 100 * unit)
    const { quote } = book.place(order({ price: 52 * cent, type: "FOK", budget: 10 * unit }))
    assert.deepStrictEqual([quote.size, quote.money, quote.complete], [19_230_769, 9_999_999, true])
    assert.strictEqual(book.place(order({ price: 52 * cent, type: "FAK", budget: 60 * unit })).quote.complete, false)
    assert.deepStrictEqual(book.levels("asks"), [])
  })

  it("takes from outside once until the level changes, without moving it, and fills what the outside reaches", () => {
    let asks: ReadonlyArray<Level> = [{ price: 50 * cent, size: 10 * unit }, { price: 55 * cent, size: 10 * unit }]
    const book = new PairBook<BookOrder>((side) => (side === "asks" ? asks : []))
    const sold = order({ side: "SELL", price: 52 * cent, size: 5 * unit })
    book.place(sold)
    const { quote, rested } = book.place(order({ price: 53 * cent, size: 30 * unit }))
    assert.deepStrictEqual(seen(quote.matches), [["direct", undefined, 10, 5, 5], ["direct", sold.id, 5, 2.6, 2.6]])
    assert.strictEqual(rested, 15 * unit)
    assert.deepStrictEqual(book.meetDepth().matches, [])
    asks = [{ price: 49 * cent, size: 4 * unit }, { price: 50 * cent, size: 10 * unit }]
    const met = book.meetDepth()
    assert.deepStrictEqual(
      met.matches.map(({ makerMoney, makerPrice, size }) => [makerPrice / cent, size, makerMoney]),
      [
        [53, 4 * unit, 2.12 * unit]
      ]
    )
    assert.deepStrictEqual(met.levels, [{ side: "bids", price: 53 * cent, size: 11 * unit }])
    assert.deepStrictEqual(book.meetDepth().matches, [])
    asks = [{ price: 50 * cent, size: 11 * unit }]
    assert.strictEqual(book.meetDepth().matches[0]?.size, 11 * unit)
  })

  it.effect.prop(
    "agrees with a list that is searched for every match, to the base unit",
    [Steps],
    ([steps]) =>
      Effect.sync(() => {
        const book = new PairBook<BookOrder>()
        const model = new Model()
        const placed: Array<BookOrder> = []
        for (const step of steps) {
          if ("cancel" in step) {
            const id = placed[step.cancel]?.id ?? "none"
            assert.strictEqual(book.cancel(id)?.left ?? 0, model.cancel(id))
          } else {
            const one = orderOf(step)
            placed.push(one)
            const { levels, quote, refusal } = book.place(one)
            const expected = model.place(one, refusal === undefined)
            assert.deepStrictEqual(quote.matches.map(matched), expected)
            for (const { price, side, size } of levels) assert.strictEqual(size, model.total(side, price))
          }
          assert.isBelow(book.best("bids"), book.best("asks"))
          const resting = book.orders().map(({ id }): Left => [id, book.left(id)])
          assert.deepStrictEqual(resting, model.resting())
        }
      })
  )
})

/** The maker, shares, what the taker and what the maker pays or gets. */
type Matched = readonly [string, number, number, number]

/** An order and the shares it still wants. */
type Left = readonly [string, number]

const matched = ({ maker, makerMoney, size, takerMoney }: Match<BookOrder>): Matched => [
  maker?.id ?? "",
  size,
  takerMoney,
  makerMoney
]

interface Standing {
  readonly order: BookOrder
  left: bigint
  money: bigint
}

/** The rules in plain words: of everything that rests, the best price first, then the first to come. */
class Model {
  #standing: Array<Standing> = []

  place(one: BookOrder, commit: boolean): Array<Matched> {
    const matches: Array<Matched> = []
    let left = BigInt(one.size)
    let budget = one.budget === undefined ? undefined : BigInt(one.budget)
    const makers = this.#standing.filter(({ order }) => isBid(order) !== isBid(one) && meets(one, order))
      .toSorted((a, b) => isBid(one) ? ladder(a.order) - ladder(b.order) : ladder(b.order) - ladder(a.order))
    for (const maker of makers) {
      const price = BigInt(one.outcome === 0 ? ladder(maker.order) : unit - ladder(maker.order))
      const wanted = budget === undefined ? left : budget * BigInt(unit) / price
      const size = maker.left < wanted ? maker.left : wanted
      if (size === 0n) break
      // Whoever made the price gets the rounding, whoever came is never worse off.
      const money = one.side === "BUY" ? price * size / BigInt(unit) : ceil(price * size, BigInt(unit))
      const makers = maker.order.side !== one.side ? money : size - money
      matches.push([maker.order.id, Number(size), Number(money), Number(makers)])
      left -= size
      if (budget !== undefined) budget -= ceil(price * size, BigInt(unit))
      if (!commit) continue
      maker.left -= size
      if (maker.order.side === "SELL") continue
      maker.money -= makers
      const affordable = maker.money * BigInt(unit) / BigInt(maker.order.price)
      if (affordable < maker.left) maker.left = affordable
    }
    if (commit && left > 0n && (one.type === "GTC" || one.type === "GTD")) {
      this.#standing.push({ order: one, left, money: ceil(BigInt(one.price) * left, BigInt(unit)) })
    }
    this.#standing = this.#standing.filter((standing) => standing.left > 0n)
    return matches
  }

  cancel(id: string): number {
    const found = this.#standing.find(({ order }) => order.id === id)
    this.#standing = this.#standing.filter((standing) => standing !== found)
    return Number(found?.left ?? 0n)
  }

  total(side: "bids" | "asks", price: number): number {
    return this.#standing.filter(({ order }) => isBid(order) === (side === "bids") && ladder(order) === price)
      .reduce((sum, { left }) => sum + Number(left), 0)
  }

  resting(): Array<Left> {
    const bids = this.#standing.filter(({ order }) => isBid(order)).toSorted((a, b) =>
      ladder(b.order) - ladder(a.order)
    )
    const asks = this.#standing.filter(({ order }) => !isBid(order)).toSorted((a, b) =>
      ladder(a.order) - ladder(b.order)
    )
    return [...bids, ...asks].map(({ left, order }): Left => [order.id, Number(left)])
  }
}

const ladder = (one: BookOrder): number => one.outcome === 0 ? one.price : unit - one.price
const isBid = (one: BookOrder): boolean => (one.side === "BUY") === (one.outcome === 0)
const meets = (one: BookOrder, other: BookOrder): boolean =>
  isBid(one) ? ladder(other) <= ladder(one) : ladder(other) >= ladder(one)
const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b
