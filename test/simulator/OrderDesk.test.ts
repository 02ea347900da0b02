import { assert, describe, it } from "@effect/vitest"
import { isParty, ownTrade, userMessage } from "../../src/simulator/OwnRows.ts"
import { feeAccount } from "../../src/simulator/Wallets.ts"
import { cent, makeDesk, outsideBook, pUsd, unit } from "./exchange/Desk.ts"

describe("OrderDesk over levels from outside", () => {
  it("takes level by level at the levels' prices, pays fees when mined, rests the remainder", () => {
    const { confirm, desk, makers: [maker], order, wallets } = makeDesk({ depth: outsideBook().depth })
    const taking = order(0, { price: 60 * cent, size: 200 * unit })
    const { trades } = desk.place(taking)
    assert.deepStrictEqual(trades.map(({ taker }) => [taker.price, taker.size]), [
      [50 * cent, 50 * unit],
      [60 * cent, 100 * unit]
    ])
    assert.strictEqual(taking.status, "LIVE")
    assert.strictEqual(wallets.shares(maker, "yes"), 0)
    confirm()
    assert.strictEqual(wallets.shares(maker, "yes"), 150 * unit)
    const fees = 50 * 0.05 * 0.25 + 100 * 0.05 * 0.24
    assert.strictEqual(wallets.collateral(maker), Math.round((10_000 - 25 - 60 - fees) * unit))
    assert.strictEqual(wallets.collateral(feeAccount), Math.round(fees * unit))
    assert.strictEqual(wallets.available(maker, ""), wallets.collateral(maker) - 30 * unit)
  })

  it("spends a budget and no more, kills what cannot be filled whole and says so", () => {
    const { desk, events, order } = makeDesk({ depth: outsideBook().depth })
    const budget = order(0, { type: "FAK", price: 60 * cent, budget: 40 * unit, size: 80 * unit })
    const { trades } = desk.place(budget)
    const spent = trades.reduce((sum, { taker }) => sum + taker.money, 0)
    assert.strictEqual(spent, 40 * unit)
    assert.strictEqual(budget.status, "MATCHED")
    assert.include(desk.place(order(0, { type: "FOK", price: 60 * cent, size: 200 * unit })).error ?? "", "FOK")
    const killed = events.at(-1)
    assert.strictEqual(killed?.kind, "CANCELLATION")
    if (killed?.kind === "CANCELLATION") {
      assert.match(String(userMessage(killed, "key 0", 0)["status"]), /^CANCELED_order couldn't be fully filled/)
    }
    const id = killed?.kind === "CANCELLATION" ? killed.order.id : ""
    assert.strictEqual(desk.orders.get(id)?.status, "CANCELED")
    assert.strictEqual(desk.place(order(0, { id })).error, `order ${id} is invalid. Duplicated.`)
    assert.include(desk.place(order(0, { type: "FAK", price: 40 * cent })).error ?? "", "FAK")
    assert.include(desk.place(order(0, { price: 60 * cent, postOnly: true })).error ?? "", "post-only")
  })

  it("fills what rests when the levels come to it, each standing share once, at its own price", () => {
    const { book, depth } = outsideBook()
    const { desk, order } = makeDesk({ depth })
    const resting = order(0, { price: 45 * cent, size: 30 * unit })
    const behind = order(1, { price: 45 * cent, size: 30 * unit })
    desk.place(resting)
    desk.place(behind)
    desk.settle()
    assert.strictEqual(resting.matched, 0)
    book.asks = [{ price: 44 * cent, size: 10 * unit }]
    desk.settle()
    desk.settle()
    assert.strictEqual(resting.matched, 10 * unit)
    assert.strictEqual(desk.trades[0]?.makers[0]?.price, 45 * cent)
    assert.isUndefined(desk.trades[0]?.taker.order)
    book.asks = [{ price: 44 * cent, size: 40 * unit }]
    desk.settle()
    assert.strictEqual(resting.status, "MATCHED")
    assert.strictEqual(behind.matched, 20 * unit)
  })
})

describe("OrderDesk", () => {
  it("promises money and shares once, and frees what is canceled", () => {
    const { desk, order } = makeDesk()
    const large = order(0, { price: 40 * cent, size: 20_000 * unit })
    assert.isUndefined(desk.place(large).error)
    assert.include(desk.place(order(0, { price: 40 * cent, size: 6_000 * unit })).error ?? "", "not enough balance")
    assert.include(desk.place(order(0, { side: "SELL", price: 70 * cent })).error ?? "", "not enough balance")
    assert.include(desk.place(large).error ?? "", "Duplicated")
    assert.deepStrictEqual(desk.cancel("other key", [large.id]).canceled, [])
    assert.deepStrictEqual(desk.cancel("key 0", [large.id, large.id]).canceled, [large.id])
    assert.isUndefined(desk.place(order(0, { price: 40 * cent, size: 25_000 * unit })).error)
  })

  it("takes nothing that a contract may not take", () => {
    const { desk, makers: [maker], order, wallets } = makeDesk()
    const [spender] = Object.keys(wallets.allowance(maker, undefined)["allowances"] as object)
    wallets.approve(maker, spender ?? "", 5 * unit)
    assert.include(desk.place(order(0)).error ?? "", "allowance")
    assert.isUndefined(desk.place(order(0, { size: 11 * unit })).error)
    wallets.approve(maker, spender ?? "")
    assert.isUndefined(desk.place(order(0)).error)
  })

  it("a taker pays its fee on top: the wallet has to have that too", () => {
    const fee = 20 * 0.05 * 0.2475 * unit
    for (const [funds, isEnough] of [[11 * unit + fee - 1, false], [11 * unit + fee, true]] as const) {
      const { confirm, desk, makers, order, wallets } = makeDesk({}, funds)
      desk.place(order(0))
      const { error } = desk.place(order(1, { outcome: 1, price: 55 * cent }))
      assert.strictEqual(error === undefined, isEnough)
      confirm()
      if (isEnough) assert.strictEqual(wallets.collateral(makers[1]), 0)
    }
  })

  it("mints for two buyers, and both see the trade: the taker as its own, the maker among its makers", () => {
    const { changes, confirm, desk, events, makers: [one, two], order, wallets, written } = makeDesk()
    const resting = order(0, { price: 45 * cent, size: 30 * unit })
    desk.place(resting)
    const crossing = order(1, { outcome: 1, price: 60 * cent, size: 20 * unit })
    const { trades } = desk.place(crossing)
    assert.deepStrictEqual(events.map(({ kind, status }) => `${kind} ${status}`), [
      "PLACEMENT LIVE",
      "PLACEMENT LIVE",
      "UPDATE LIVE",
      "TRADE MATCHED",
      "UPDATE MATCHED"
    ])
    const [trade] = trades
    if (trade === undefined) return assert.fail("expected a trade")
    assert.isTrue(isParty(trade, "key 0") && isParty(trade, "key 1") && !isParty(trade, "key 2"))
    const row = ownTrade(trade, "key 0")
    assert.deepStrictEqual([row.trader_side, row.taker_order_id, row.asset_id, row.price, row.size], [
      "MAKER",
      crossing.id,
      "no",
      "0.55",
      "20"
    ])
    assert.deepStrictEqual(
      row.maker_orders.map((maker) => [maker.order_id, maker.owner, maker.asset_id, maker.price]),
      [
        [resting.id, "key 0", "yes", "0.45"]
      ]
    )
    assert.strictEqual(ownTrade(trade, "key 1").trader_side, "TAKER")
    assert.deepStrictEqual(
      changes.map(({ levels }) => levels.map(({ price, side, size }) => [side, price, size / unit])),
      [
        [["bids", 45 * cent, 30]],
        [["bids", 45 * cent, 10]]
      ]
    )
    confirm()
    assert.deepStrictEqual([wallets.shares(one, "yes"), wallets.shares(two, "no"), wallets.pairs("0xm")], [
      20 * unit,
      20 * unit,
      20 * unit
    ])
    assert.strictEqual(wallets.collateral(one), pUsd - 9 * unit)
    assert.deepStrictEqual(events.slice(5).map(({ status }) => status), ["MINED", "CONFIRMED"])
    assert.deepStrictEqual(written().map(({ kind }) => kind), [
      "placement",
      "placement",
      "match",
      "fill",
      "fill",
      "trade",
      "trade"
    ])
    desk.resolve("0xm", 1)
    assert.strictEqual(resting.status, "CANCELED_MARKET_RESOLVED")
    assert.deepStrictEqual([wallets.collateral(one), wallets.shares(one, "yes")], [pUsd - 9 * unit, 0])
    assert.strictEqual(wallets.collateral(two), pUsd + 9 * unit - 20 * 0.05 * 0.2475 * unit)
    assert.strictEqual(wallets.total, wallets.deposits)
    assert.include(desk.place(order(0)).error ?? "", "not yet ready")
  })

  it("a trade that fails gives both sides back what it took, one that stumbles recovers", () => {
    const { confirm, desk, events, makers: [one, two], order, wallets } = makeDesk()
    const cross = () => {
      desk.place(order(0))
      return desk.place(order(1, { outcome: 1, price: 55 * cent })).trades[0]?.id ?? ""
    }
    assert.strictEqual(desk.settlement.fail({ next: 1 }), 1)
    cross()
    assert.isBelow(wallets.available(one, ""), pUsd)
    confirm()
    assert.deepStrictEqual([wallets.available(one, ""), wallets.available(two, "")], [pUsd, pUsd])
    assert.deepStrictEqual([wallets.shares(one, "yes"), wallets.pairs("0xm")], [0, 0])
    assert.deepStrictEqual(events.flatMap((event) => event.kind === "TRADE" ? [event.status] : []), [
      "MATCHED",
      "RETRYING",
      "FAILED"
    ])
    events.length = 0
    const named = cross()
    assert.strictEqual(desk.settlement.retry({ tradeId: named }), 1)
    confirm()
    assert.deepStrictEqual(events.flatMap((event) => event.kind === "TRADE" ? [event.status] : []), [
      "MATCHED",
      "RETRYING",
      "MINED",
      "CONFIRMED"
    ])
    assert.strictEqual(desk.settlement.fail({ tradeId: named }), 0)
    assert.strictEqual(wallets.shares(one, "yes"), 20 * unit)
  })

  it("shares can be sold when they have been mined, and once", () => {
    const { confirm, desk, order } = makeDesk()
    desk.place(order(0))
    desk.place(order(1, { outcome: 1, price: 55 * cent }))
    const sale = { side: "SELL", price: 60 * cent } as const
    assert.include(desk.place(order(0, sale)).error ?? "", "balance")
    confirm()
    assert.isUndefined(desk.place(order(0, sale)).error)
    assert.include(desk.place(order(0, sale)).error ?? "", "balance")
  })

  it("holds what would match, cannot cancel it meanwhile, looks at it again afterwards", () => {
    const { desk, events, order, time } = makeDesk({ hold: 3_000, answersDelayed: true })
    const resting = order(0)
    assert.isUndefined(desk.place(resting).heldUntil)
    const crossing = order(1, { outcome: 1, price: 55 * cent, size: 30 * unit })
    assert.strictEqual(desk.place(crossing).heldUntil, time.now + 3_000)
    assert.strictEqual(crossing.status, "DELAYED")
    assert.include(desk.cancel("key 1", [crossing.id]).not_canceled[crossing.id] ?? "", "delayed")
    assert.include(desk.place(crossing).error ?? "", "Duplicated")
    desk.cancel("key 0", [resting.id])
    time.now += 2_999
    desk.settle()
    assert.strictEqual(crossing.status, "DELAYED")
    time.now += 1
    desk.settle()
    assert.deepStrictEqual([crossing.status, crossing.matched], ["LIVE", 0])
    const killed = order(0, { type: "FOK", price: 46 * cent })
    desk.place(killed)
    assert.strictEqual(killed.status, "DELAYED")
    desk.cancel("key 1", [crossing.id])
    time.now += 3_000
    desk.settle()
    assert.strictEqual(killed.status, "CANCELED")
    assert.strictEqual(desk.orders.get(killed.id), killed)
    assert.strictEqual(events.at(-1)?.kind, "CANCELLATION")
    assert.strictEqual(desk.trades.length, 0)
  })

  it("ends orders a minute before they expire, and tells every step", () => {
    const { desk, events, order, time } = makeDesk()
    const brief = order(0, { type: "GTD", expiration: time.now / 1_000 + 180 })
    desk.place(brief)
    time.now += 119_000
    desk.settle()
    assert.strictEqual(brief.status, "LIVE")
    time.now += 1_000
    desk.settle()
    assert.strictEqual(brief.status, "CANCELED")
    assert.deepStrictEqual(events.map(({ kind }) => kind), ["PLACEMENT", "CANCELLATION"])
  })
})
