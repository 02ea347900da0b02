import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { ladderPriceOf, ladderSideOf, type Level } from "../../../src/simulator/exchange/BookOrder.ts"
import type { DeskOrder, Trade } from "../../../src/simulator/exchange/DeskOrder.ts"
import type { OrderDesk } from "../../../src/simulator/OrderDesk.ts"
import { makeDesk, unit } from "./Desk.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Step = Schema.Union([
  Schema.Struct({
    user: between(0, 3),
    outcome: Schema.Literals([0, 1]),
    side: Schema.Literals(["BUY", "BUY", "SELL"]),
    /** Thousandths; the tick does not matter here, so that nothing divides. */
    price: between(300, 700),
    size: between(1, 3_000 * unit),
    type: Schema.Literals(["GTC", "GTC", "GTC", "FOK", "FAK"]),
    budget: Schema.Boolean
  }),
  Schema.Struct({ cancel: between(0, 40) }),
  Schema.Struct({ wait: between(0, 2_000) }),
  Schema.Struct({ fail: between(1, 3) }),
  Schema.Struct({ retry: between(1, 3) }),
  Schema.Struct({ level: between(300, 700), shares: between(1, 500 * unit) })
])

const Steps = Schema.Array(Step).check(Schema.isMinLength(10), Schema.isMaxLength(80))

/** What the sides of a trade pay and get comes out even, and no side is worse off than its own price. */
const checkTrade = ({ makers, taker }: Trade): void => {
  for (const { order, price, size } of [taker, ...makers]) {
    if (order === undefined) continue
    if (order.side === "BUY") assert.isAtMost(price, order.price)
    else assert.isAtLeast(price, order.price)
    assert.isAbove(size, 0)
  }
  const bought = BigInt(taker.price) * BigInt(taker.size)
  // Whoever comes is never a base unit worse off than the price says.
  if (taker.order !== undefined && taker.side === "BUY") assert.isTrue(BigInt(taker.money) * BigInt(unit) <= bought)
  if (taker.order !== undefined && taker.side === "SELL") assert.isTrue(BigInt(taker.money) * BigInt(unit) >= bought)
  for (const { money, price, size } of makers) {
    const exact = BigInt(price) * BigInt(size)
    const off = BigInt(money) * BigInt(unit) - exact
    assert.isTrue(off < BigInt(unit) && off > -BigInt(unit))
  }
  const same = makers.filter(({ assetId }) => assetId === taker.assetId)
  const others = makers.filter(({ assetId }) => assetId !== taker.assetId)
  const sum = (legs: Trade["makers"], what: "money" | "size") => legs.reduce((total, leg) => total + leg[what], 0)
  assert.strictEqual(sum(makers, "size"), taker.size)
  assert.strictEqual(sum(same, "money") + sum(others, "size") - sum(others, "money"), taker.money)
  for (const leg of same) assert.notStrictEqual(leg.side, taker.side)
  for (const leg of others) assert.strictEqual(leg.side, taker.side)
}

/** At one price those who came first are served first, and better prices before worse ones. */
const checkQueue = (placed: ReadonlyArray<DeskOrder>, trades: ReadonlyArray<Trade>): void => {
  const rank = new Map(placed.map(({ id }, index) => [id, index]))
  const makers = trades.flatMap(({ makers, taker }) =>
    makers.filter(({ order }) => order !== undefined && taker.order !== undefined)
  )
  for (let index = 1; index < makers.length; index++) {
    const [before, after] = [makers[index - 1]?.order, makers[index]?.order]
    if (before === undefined || after === undefined) continue
    const [one, other] = [ladderPriceOf(before.outcome, before.price), ladderPriceOf(after.outcome, after.price)]
    if (one === other) assert.isBelow(rank.get(before.id) ?? 0, rank.get(after.id) ?? 0)
    else assert.strictEqual(one < other, ladderSideOf(before) === "asks")
  }
}

/** What open orders may still take, and trades that are not mined will. */
const promisedBy = (desk: OrderDesk, wallet: string, assetId: string): number => {
  let sum = 0
  for (const order of desk.orders.values()) {
    const given = order.side === "BUY" ? "" : order.assetId
    if (order.maker === wallet && given === assetId) sum += desk.book("0xm")?.reserved(order.id) ?? 0
  }
  for (const { makers, status, taker } of desk.trades) {
    if (status !== "MATCHED" && status !== "RETRYING") continue
    for (const leg of [taker, ...makers]) {
      if (leg.wallet !== wallet) continue
      if (leg.side === "BUY" && assetId === "") sum += leg.money + leg.fee
      if (leg.side === "SELL" && assetId === leg.assetId) sum += leg.size
    }
  }
  return sum
}

describe("money in the exchange", () => {
  for (const isOutside of [false, true]) {
    it.effect.prop(
      `is conserved to the base unit whatever many accounts do${isOutside ? ", levels from outside too" : ""}`,
      [Steps, Schema.Boolean],
      ([steps, isResolvedEarly]) =>
        Effect.sync(() => {
          let asks: ReadonlyArray<Level> = []
          const depth = (side: "bids" | "asks") => (side === "asks" ? asks : [])
          const { confirm, desk, makers, order, time, wallets } = makeDesk(isOutside ? { depth } : {}, 900 * unit)
          for (const [user, maker] of makers.entries()) {
            if (user < 2) wallets.depositPairs(maker, "0xm", ["yes", "no"], 2_000 * unit)
          }
          const placed: Array<DeskOrder> = []
          const check = () => {
            assert.strictEqual(wallets.total, wallets.deposits)
            assert.strictEqual(wallets.supply("yes"), wallets.pairs("0xm"))
            assert.strictEqual(wallets.supply("no"), wallets.pairs("0xm"))
            for (const maker of makers) {
              for (const assetId of ["", "yes", "no"]) {
                assert.isAtLeast(wallets.available(maker, assetId), 0)
                assert.strictEqual(wallets.promised(maker, assetId), promisedBy(desk, maker, assetId))
              }
            }
            const book = desk.book("0xm")
            assert.isBelow(book?.best("bids") ?? 0, book?.best("asks") ?? unit)
          }
          for (const step of steps) {
            if ("cancel" in step) {
              const one = placed[step.cancel]
              if (one !== undefined) desk.cancel(one.apiKey, [one.id])
            } else if ("wait" in step) {
              time.now += step.wait
              desk.settle()
            } else if ("fail" in step) desk.settlement.fail({ next: step.fail })
            else if ("retry" in step) desk.settlement.retry({ next: step.retry })
            else if ("level" in step) asks = [{ price: step.level * 1_000, size: step.shares }]
            else {
              const isNow = step.type === "FOK" || step.type === "FAK"
              const one = order(step.user, {
                ...step,
                price: step.price * 1_000,
                budget: isNow && step.budget && step.side === "BUY" ? step.size : undefined
              })
              const { error, trades } = desk.place(one)
              trades.forEach(checkTrade)
              if (error === undefined) {
                checkQueue(placed, trades)
                placed.push(one)
              }
            }
            check()
          }
          for (const one of placed) {
            if (one.budget === undefined) assert.isAtMost(one.matched, one.size)
            const spent = desk.trades.flatMap(({ makers, taker }) => [taker, ...makers])
              .reduce((sum, leg) => (leg.order === one ? sum + leg.money : sum), 0)
            if (one.side === "BUY") {
              const most = one.budget ??
                Number((BigInt(one.price) * BigInt(one.size) + BigInt(unit - 1)) / BigInt(unit))
              assert.isAtMost(spent, most)
            }
          }
          if (!isResolvedEarly) {
            desk.settlement.fail({ next: 0 })
            confirm()
            check()
          }
          desk.resolve("0xm", 0)
          assert.strictEqual(wallets.total, wallets.deposits)
          assert.strictEqual(wallets.supply("yes") + wallets.supply("no") + wallets.pairs("0xm"), 0)
          for (const maker of makers) {
            for (const assetId of ["", "yes", "no"]) assert.strictEqual(wallets.promised(maker, assetId), 0)
          }
        }),
      { arbitrary: { runs: 150 }, timeout: 30_000 }
    )
  }
})
