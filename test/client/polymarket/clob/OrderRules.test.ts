import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { exactAmounts } from "../../../../src/client/polymarket/clob/Amounts.ts"
import { buildOrder, type LimitOrder, type MarketOrder } from "../../../../src/client/polymarket/clob/BuildOrder.ts"
import type { OrderRule } from "../../../../src/client/polymarket/clob/OrderRefused.ts"
import { checkOrder, type OrderCircumstances } from "../../../../src/client/polymarket/clob/OrderRules.ts"
import type { UnsignedOrder } from "../../../../src/client/polymarket/clob/Signing.ts"
import type { Price } from "../../../../src/domain/Price.ts"
import type { Size } from "../../../../src/domain/Size.ts"
import { TickSize } from "../../../../src/domain/TickSize.ts"

const wallet = {
  chainId: 137,
  signatureType: 0,
  address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
} as const

const now = 1_795_000_000_000

const limit: LimitOrder = {
  kind: "limit",
  market: { tickSize: 10_000, negativeRisk: false, version: 2 },
  tokenId: "1",
  side: "BUY",
  price: 0.4,
  size: 10,
  salt: 1n,
  timestamp: now
}

const market: MarketOrder = {
  kind: "market",
  market: limit.market,
  tokenId: "1",
  side: "BUY",
  price: 0.4,
  amount: 10,
  salt: 1n,
  timestamp: now
}

const resting: OrderCircumstances = {
  orderType: "GTC",
  postOnly: false,
  minimumSize: 5_000_000 as Size,
  bestAsk: undefined,
  now
}
const immediate: OrderCircumstances = { ...resting, orderType: "FAK" }

const broken = (
  wish: LimitOrder | MarketOrder,
  circumstances: OrderCircumstances = resting,
  change: Partial<UnsignedOrder> = {}
): OrderRule | undefined => {
  const built = Result.getOrThrow(buildOrder(wish, wallet))
  const checked = checkOrder(wish, { ...built, ...change }, circumstances)
  return Result.isFailure(checked) ? checked.failure.rule : undefined
}

describe("checkOrder", () => {
  it.effect("lets pass what the venue takes", () =>
    Effect.sync(() => {
      assert.isUndefined(broken(limit))
      assert.isUndefined(broken({ ...limit, side: "SELL" }))
      assert.isUndefined(broken(market, immediate))
      assert.isUndefined(broken({ ...market, side: "SELL" }, { ...immediate, orderType: "FOK" }))
      assert.isUndefined(broken({ ...limit, expiration: now / 1_000 + 180 }, { ...resting, orderType: "GTD" }))
      assert.isUndefined(
        broken({ ...limit, size: 2.5 }, { ...resting, minimumSize: 1 as Size, bestAsk: 400_000 as Price })
      )
      assert.isUndefined(broken({ ...limit, balance: 3, fees: { rate: 0.07, exponent: 1 } }, {
        ...resting,
        minimumSize: 1 as Size
      }))
    }))

  it.effect("names the rule that is broken", () =>
    Effect.sync(() => {
      const tick = { ...limit.market, tickSize: 5_000 } as const
      const cases: ReadonlyArray<readonly [OrderRule | undefined, OrderRule]> = [
        [broken({ ...limit, market: tick, price: 0.513 }), "tick"],
        [broken({ ...limit, price: 0.405 }), "tick"],
        [broken({ ...market, price: 0.4001 }, immediate), "tick"],
        [broken({ ...limit, size: 4.99 }), "size"],
        [broken({ ...limit, size: 0.009 }), "size"],
        [broken({ ...market, side: "SELL", amount: 0.001 }, immediate), "size"],
        [
          broken({ ...limit, size: 2.49 }, { ...resting, minimumSize: 1 as Size, bestAsk: 400_000 as Price }),
          "marketableMinimum"
        ],
        [broken({ ...market, amount: 0.99 }, immediate), "marketableMinimum"],
        [broken(limit, { ...immediate, postOnly: true }), "postOnly"],
        [broken({ ...limit, expiration: 1 }), "expiration"],
        [broken({ ...limit, expiration: now / 1_000 + 179 }, { ...resting, orderType: "GTD" }), "expiration"],
        [broken(limit, { ...resting, orderType: "GTD" }), "expiration"],
        [broken(limit, resting, { makerAmount: 4_000_100n }), "exact"],
        [broken(limit, resting, { makerAmount: 4_000_001n }), "decimals"],
        [broken(limit, resting, { takerAmount: 10_001_000n }), "decimals"],
        [broken(limit, resting, { makerAmount: 8_000_000n, takerAmount: 20_000_000n }), "exact"],
        [broken(market, immediate, { takerAmount: 24_999_900n }), "exact"]
      ]
      for (const [found, expected] of cases) assert.strictEqual(found, expected)
      const bookPrice = { ...market, price: 0, book: { bids: [], asks: [{ price: "0.4", size: "100" }] } }
      assert.strictEqual(broken(bookPrice, immediate), "price")
    }))

  it.effect.prop(
    "what is on the tick and above the minimum passes with exact amounts, whatever its size, and never gives more than its price",
    {
      tickSize: TickSize,
      ticks: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999 })),
      cents: Schema.Int.check(Schema.isBetween({ minimum: 500, maximum: 900_000_000_000 })),
      side: Schema.Literals(["BUY", "SELL"]),
      kind: Schema.Literals(["limit", "market"])
    },
    ({ cents, kind, side, tickSize, ticks }) =>
      Effect.sync(() => {
        const micro = 1 + (ticks - 1) % (1_000_000 / tickSize - 1)
        const price = micro * tickSize / 1_000_000
        const common = { ...limit, market: { ...limit.market, tickSize }, side, price }
        const wish = kind === "limit"
          ? { ...common, kind, size: cents / 100 }
          : { ...common, kind, amount: cents / 100 } satisfies MarketOrder
        const order = Result.getOrThrow(buildOrder(wish, wallet, exactAmounts))
        const checked = checkOrder(wish, order, kind === "limit" ? resting : immediate)
        assert.isUndefined(Result.isFailure(checked) ? checked.failure.message : undefined)
        const exactPrice = BigInt(micro * tickSize)
        if (side === "SELL") assert.isTrue(order.takerAmount * 1_000_000n >= exactPrice * order.makerAmount)
        else if (kind === "limit") assert.isTrue(order.makerAmount * 1_000_000n <= exactPrice * order.takerAmount)
        else {
          // One last place of shares, three decimals at the coarsest tick, is all a market buy may lose.
          assert.isTrue(order.makerAmount * 1_000_000n <= exactPrice * (order.takerAmount + 1_000n))
        }
      })
  )
})
