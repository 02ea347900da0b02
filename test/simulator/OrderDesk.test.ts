import { assert, describe, it } from "@effect/vitest"
import { make as makeAccounts } from "../../src/simulator/Accounts.ts"
import type { BookSummary } from "../../src/simulator/BookSummary.ts"
import { Heartbeats } from "../../src/simulator/Heartbeats.ts"
import { type DeskEvent, type DeskOrder, OrderDesk } from "../../src/simulator/OrderDesk.ts"
import type { Venue } from "../../src/simulator/Venue.ts"
import { Wallets } from "../../src/simulator/Wallets.ts"

const unit = 1_000_000

interface Side {
  readonly price: string
  readonly size: string
}

/** A desk over one book that the test changes. */
const desk = () => {
  const [account] = makeAccounts(1)
  const maker = account?.funder ?? ""
  const wallets = new Wallets(makeAccounts(1))
  const book: { bids: ReadonlyArray<Side>; asks: ReadonlyArray<Side> } = {
    bids: [{ price: "0.3", size: "100" }, { price: "0.4", size: "50" }],
    asks: [{ price: "0.6", size: "100" }, { price: "0.5", size: "50" }]
  }
  const time = { now: 1_790_000_000_000 }
  const venue = {
    book: (assetId: string): BookSummary => ({
      market: "0xm",
      assetId,
      timestamp: "1",
      hash: "",
      bids: JSON.stringify(book.bids),
      asks: JSON.stringify(book.asks),
      minimumSize: "5",
      tickSize: "0.01",
      negativeRisk: false,
      lastTradePrice: "",
      version: "v1"
    }),
    market: () => ({ gamma: {}, clob: { fd: { r: 0.05, e: 1 } }, conditionId: "0xm", assetIds: ["1"], closed: false })
  } as unknown as Venue
  const events: Array<DeskEvent> = []
  const made = new OrderDesk({ venue, wallets, seed: 1, now: () => time.now, tell: (event) => events.push(event) })
  let count = 0
  const order = (more: Partial<DeskOrder> = {}): DeskOrder => ({
    id: `0x${++count}`,
    apiKey: "key",
    maker,
    market: "0xm",
    assetId: "1",
    outcome: "Yes",
    side: "BUY",
    price: 450_000,
    size: 20 * unit,
    type: "GTC",
    expiration: 0,
    createdAt: 0,
    status: "LIVE",
    matched: 0,
    taken: 0,
    trades: [],
    ...more
  })
  return { book, desk: made, events, maker, order, time, wallets }
}

describe("OrderDesk", () => {
  it("takes level by level at the levels' prices, pays fees, rests the remainder", () => {
    const { desk: one, maker, order, wallets } = desk()
    const taking = order({ price: 600_000, size: 200 * unit })
    const { trades } = one.place(taking, false)
    assert.deepStrictEqual(trades.map(({ price, size }) => [price, size]), [[500_000, 50 * unit], [
      600_000,
      100 * unit
    ]])
    assert.strictEqual(taking.status, "LIVE")
    assert.strictEqual(wallets.shares(maker, "1"), 150 * unit)
    const fees = 50 * 0.05 * 0.25 + 100 * 0.05 * 0.24
    assert.strictEqual(wallets.collateral(maker), Math.round((10_000 - 25 - 60 - fees) * unit))
  })

  it("spends a budget and no more, kills what cannot be filled whole", () => {
    const { desk: one, order } = desk()
    const budget = order({ type: "FAK", price: 600_000, budget: 40 * unit, size: 80 * unit })
    const { trades } = one.place(budget, false)
    const spent = trades.reduce((sum, { price, size }) => sum + price * size / unit, 0)
    assert.isAtMost(spent, 40 * unit)
    assert.isAbove(spent, 39.99 * unit)
    assert.strictEqual(budget.status, "MATCHED")
    assert.include(one.place(order({ type: "FOK", price: 600_000, size: 200 * unit }), false).error ?? "", "FOK")
    assert.include(one.place(order({ type: "FAK", price: 400_000 }), false).error ?? "", "FAK")
    assert.include(one.place(order({ price: 500_000 }), true).error ?? "", "post-only")
  })

  it("fills what rests when the book comes to it, each standing share once, at its own price", () => {
    const { book, desk: one, order } = desk()
    const resting = order({ price: 450_000, size: 30 * unit })
    one.place(resting, false)
    one.settle()
    assert.strictEqual(resting.matched, 0)
    book.asks = [{ price: "0.44", size: "10" }]
    one.settle()
    one.settle()
    assert.strictEqual(resting.matched, 10 * unit)
    assert.strictEqual(one.trades[0]?.price, 450_000)
    assert.isFalse(one.trades[0]?.isTaker)
    book.asks = [{ price: "0.44", size: "40" }]
    one.settle()
    assert.strictEqual(resting.status, "MATCHED")
  })

  it("promises money and shares once, and frees what is canceled", () => {
    const { desk: one, maker, order, wallets } = desk()
    const large = order({ price: 400_000, size: 20_000 * unit })
    assert.isUndefined(one.place(large, false).error)
    assert.include(one.place(order({ price: 400_000, size: 6_000 * unit }), false).error ?? "", "not enough balance")
    assert.include(one.place(order({ side: "SELL", price: 700_000 }), false).error ?? "", "not enough balance")
    assert.deepStrictEqual(one.cancel("other key", [large.id]).canceled, [])
    assert.deepStrictEqual(one.cancel("key", [large.id, large.id]).canceled, [large.id])
    assert.isUndefined(one.place(order({ price: 500_000, size: 20 * unit }), false).error)
    assert.isUndefined(one.place(order({ side: "SELL", price: 400_000 }), false).error)
    assert.strictEqual(wallets.shares(maker, "1"), 0)
  })

  it("ends orders a minute before they expire, and tells every step", () => {
    const { desk: one, events, order, time } = desk()
    const brief = order({ type: "GTD", expiration: time.now / 1_000 + 180 })
    one.place(brief, false)
    time.now += 119_000
    one.settle()
    assert.strictEqual(brief.status, "LIVE")
    time.now += 1_000
    one.settle()
    assert.strictEqual(brief.status, "CANCELED")
    assert.deepStrictEqual(events.map(({ kind }) => kind), ["PLACEMENT", "CANCELLATION"])
  })
})

describe("Heartbeats", () => {
  it("a key that falls silent for more than ten seconds is named once", () => {
    const time = { now: 0 }
    const beats = new Heartbeats(1, () => time.now)
    assert.deepStrictEqual(beats.silent(), [])
    const { heartbeat_id } = JSON.parse(beats.beat("key", "").body) as { readonly heartbeat_id: string }
    time.now = 9_000
    assert.strictEqual(beats.beat("key", heartbeat_id).status, 200)
    time.now = 19_000
    assert.deepStrictEqual(beats.silent(), [])
    time.now = 19_001
    assert.deepStrictEqual(beats.silent(), ["key"])
    assert.deepStrictEqual(beats.silent(), [])
  })
})
