import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { DeskOrder } from "../../src/simulator/exchange/DeskOrder.ts"
import { orderOf } from "../../src/simulator/OrderRules.ts"
import type { PostedOrder } from "../../src/simulator/SignedOrder.ts"
import { cent, makeDesk, unit } from "./exchange/Desk.ts"

interface Posted {
  readonly side?: "BUY" | "SELL"
  readonly maker?: number
  readonly taker?: number
  readonly type?: PostedOrder["orderType"]
  readonly postOnly?: boolean
  readonly expiration?: number
  readonly timestamp?: number
}

/** A market with one ask, of 100 shares, and what its rules say to a posted order. */
const rules = ({ ask = 50 * cent, minimumSize = 5 * unit, tickSize = cent } = {}) => {
  const { desk, order, time } = makeDesk({ tickSize: () => tickSize, minimumSize })
  desk.place(order(0, { outcome: 1, price: unit - ask, size: 100 * unit }))
  const wallet = "0x0000000000000000000000000000000000000001"
  const market = desk.market("0xm")
  if (market === undefined) throw new Error("no market")
  return {
    now: time.now,
    check: (of: Posted): DeskOrder | string =>
      orderOf({
        desk,
        now: time.now,
        id: `0x${"1".repeat(64)}`,
        key: { apiKey: "key 1", secret: "", passphrase: "", address: wallet },
        market,
        outcome: 0,
        posted: {
          owner: "key 1",
          orderType: of.type ?? "GTC",
          ...(of.postOnly === undefined ? {} : { postOnly: of.postOnly }),
          order: {
            salt: 1,
            maker: wallet,
            signer: wallet,
            tokenId: "1",
            makerAmount: String(Math.round(of.maker ?? 4 * unit)),
            takerAmount: String(Math.round(of.taker ?? 10 * unit)),
            side: of.side ?? "BUY",
            signatureType: 0,
            timestamp: String(of.timestamp ?? time.now),
            expiration: String(of.expiration ?? 0),
            metadata: `0x${"0".repeat(64)}`,
            builder: `0x${"0".repeat(64)}`,
            signature: "0x00"
          }
        }
      })
  }
}

const refusal = (answer: DeskOrder | string): string => (typeof answer === "string" ? answer : "taken")

describe("the venue's rules for orders", () => {
  it("prices are on the tick and within the bounds", () => {
    const { check } = rules()
    assert.strictEqual(refusal(check({})), "taken")
    assert.include(refusal(check({ maker: 4.05 * unit })), "Price (0.405) breaks minimum tick size rule: 0.01")
    assert.include(refusal(check({ maker: 4 * unit + 1 })), "minimum tick size rule")
    assert.strictEqual(refusal(check({ maker: 10 * unit })), "invalid price (1), min: 0.01 - max: 0.99")
    assert.strictEqual(refusal(rules({ tickSize: 1_000 }).check({ maker: 4.05 * unit })), "taken")
    assert.include(refusal(rules({ tickSize: 5_000 }).check({ maker: 4.03 * unit })), "minimum tick size rule: 0.005")
  })

  it("what may rest has a minimum of shares, buys that match one of a dollar", () => {
    const { check } = rules()
    assert.include(refusal(check({ maker: 1.6 * unit, taker: 4 * unit })), "Size (4) lower than the minimum: 5")
    assert.strictEqual(refusal(check({ maker: 0.05 * unit, taker: 5 * unit })), "taken")
    assert.include(refusal(check({ type: "FAK", maker: 0.99 * unit, taker: 1.98 * unit })), "($0.99), min size: $1")
    assert.strictEqual(refusal(check({ type: "FAK", maker: unit, taker: 2 * unit })), "taken")
    assert.strictEqual(refusal(check({ side: "SELL", type: "FAK", maker: 2 * unit, taker: 0.2 * unit })), "taken")
  })

  it("a limit order that would match at once counts as a marketable buy", () => {
    const { check } = rules({ ask: 10 * cent, minimumSize: unit })
    const place = (postOnly: boolean, price: number) => check({ postOnly, maker: price * 5, taker: 5 * unit })
    assert.include(refusal(place(false, 10 * cent)), "marketable BUY order ($0.5)")
    assert.strictEqual(refusal(place(true, 10 * cent)), "taken")
    assert.strictEqual(refusal(place(false, 9 * cent)), "taken")
  })

  it("market orders give at most hundredths, and may take prices between ticks in their favour", () => {
    const { check } = rules()
    assert.include(refusal(check({ type: "FOK", maker: 4.001 * unit })), "max accuracy of 2 decimals")
    assert.include(
      refusal(check({ type: "FAK", side: "SELL", maker: 4.001 * unit, taker: 2 * unit })),
      "max accuracy of 2 decimals"
    )
    // 10 pUSD at 0.52 are 19.2307 shares: a little more than 0.52 each.
    const taken = check({ type: "FOK", maker: 10 * unit, taker: 19.2307 * unit })
    if (typeof taken === "string") return assert.fail(taken)
    assert.deepStrictEqual([taken.budget, taken.price], [10 * unit, 520_001])
  })

  it("only GTD expires, at least three minutes ahead; only what rests is post-only; times are near", () => {
    const { check, now } = rules()
    const seconds = now / 1_000
    assert.strictEqual(refusal(check({ type: "GTD", expiration: seconds + 180 })), "taken")
    for (
      const  of of[
        { type: "GTD", expiration: seconds + 179 },
          { type: "GTD" },
          { expiration: seconds + 600 },
          { type: "FOK", expiration: seconds + 600 }
      ] as const
    ) assert.strictEqual(refusal(check(of)), "invalid expiration")
    assert.strictEqual(refusal(check({ type: "FAK", postOnly: true })), "Invalid order payload")
    assert.strictEqual(refusal(check({ postOnly: true })), "taken")
    assert.strictEqual(refusal(check({ timestamp: now + 300_001 })), "invalid timestamp")
    assert.strictEqual(refusal(check({ timestamp: seconds })), "invalid timestamp")
    assert.strictEqual(refusal(check({ timestamp: now + 300_000 })), "taken")
    for (const  of of[{ maker: 0 }, { taker: 0 }, { maker: 2 ** 60 }]) {
      assert.strictEqual(refusal(check(of)), "Invalid order payload")
    }
  })

  it.effect.prop(
    "any tick and lot gives the order its price and size back, exactly",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99 })),
      Schema.Int.check(Schema.isBetween({ minimum: 500, maximum: 10_000_000 })),
      Schema.Literals(["BUY", "SELL"])
    ],
    ([ticks, lots, side]) =>
      Effect.sync(() => {
        const { check } = rules()
        const [shares, collateral] = [lots * cent, ticks * lots * 100]
        const [maker, taker] = side === "BUY" ? [collateral, shares] : [shares, collateral]
        const order = check({ side, maker, taker, postOnly: true })
        if (typeof order === "string") return assert.fail(order)
        assert.deepStrictEqual([order.price, order.size, order.budget], [ticks * cent, shares, undefined])
      })
  )
})
