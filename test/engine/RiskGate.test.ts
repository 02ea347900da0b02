import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AssetId } from "../../src/domain/Asset.ts"
import type { Market } from "../../src/domain/Market.ts"
import { notionalUp } from "../../src/domain/Money.ts"
import type { Money } from "../../src/domain/Money.ts"
import { Side, TimeInForce } from "../../src/domain/Order.ts"
import type { Price } from "../../src/domain/Price.ts"
import type { Size } from "../../src/domain/Size.ts"
import type { RiskContext } from "../../src/engine/risk/Refusal.ts"
import { judge } from "../../src/engine/RiskGate.ts"
import { markets } from "../arbitrary/Events.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const cents = (n: number) => (n * 10_000) as Price
const shares = (n: number) => (n * 1_000_000) as Size
const dollars = (n: number) => (n * 1_000_000) as Money

const sound: RiskContext = {
  request: {
    assetId: AssetId.make("101"),
    side: "buy",
    price: cents(50),
    size: shares(100),
    amount: undefined,
    timeInForce: "GTC",
    postOnly: false,
    expiresAt: undefined,
    validUntil: 1_000
  },
  market: markets[0],
  book: { bestBid: cents(49), bestAsk: cents(50) },
  held: shares(0),
  openBuys: shares(0),
  openSells: shares(0),
  freeCash: dollars(1_000),
  now: 1_000,
  limits: { maxOrderNotional: dollars(50), maxPosition: shares(100), priceCollar: cents(5) }
}

const withRequest = (request: Partial<RiskContext["request"]>, more: Partial<RiskContext> = {}): RiskContext => ({
  ...sound,
  ...more,
  request: { ...sound.request, ...request }
})

const Case = Schema.Struct({
  side: Side,
  timeInForce: TimeInForce,
  price: between(1, 99),
  size: between(1, 300),
  held: between(0, 200),
  openBuys: between(0, 100),
  openSells: between(0, 100),
  freeCash: between(0, 100),
  bid: between(1, 97),
  spread: between(1, 3),
  hasBook: Schema.Boolean,
  late: between(-5, 5),
  status: Schema.Literals(["open", "paused", "closed", "resolved"])
})

describe("RiskGate", () => {
  it("RSK-1 lets an order pass that is exactly at every limit", () => {
    assert.strictEqual(judge(sound), undefined)
  })

  const one = 1
  const refusals: ReadonlyArray<readonly [string, string, RiskContext]> = [
    [
      "notional",
      "orderNotional",
      withRequest({ size: (shares(100) + 10_000) as Size }, { limits: { ...sound.limits, maxPosition: shares(200) } })
    ],
    ["position", "positionLimit", withRequest({}, { held: one as Size })],
    [
      "market buy by money",
      "positionLimit",
      withRequest({ price: cents(55), amount: (dollars(50) + one) as Money, size: shares(5_000), timeInForce: "FAK" }, {
        limits: { ...sound.limits, maxOrderNotional: dollars(51) }
      })
    ],
    ["open buys", "positionLimit", withRequest({}, { openBuys: one as Size })],
    [
      "short sale",
      "positionLimit",
      withRequest({ side: "sell", price: cents(49) }, { held: (shares(100) - one) as Size })
    ],
    [
      "sale on offer already",
      "positionLimit",
      withRequest({ side: "sell", price: cents(49) }, { held: shares(100), openSells: one as Size })
    ],
    ["cash", "balance", withRequest({}, { freeCash: (dollars(50) - one) as Money })],
    ["collar", "priceCollar", withRequest({ price: cents(56), size: shares(50) })],
    ["book", "priceCollar", withRequest({}, { book: undefined })],
    ["nobody sells", "priceCollar", withRequest({}, { book: { bestBid: cents(49), bestAsk: undefined } })],
    ["age", "freshness", withRequest({}, { now: 1_001 })],
    ["tick", "venueRules", withRequest({ price: 495_000 as Price })],
    ["minimum", "venueRules", withRequest({ size: (shares(5) - 10_000) as Size })],
    ["a dollar", "venueRules", withRequest({ size: shares(1), timeInForce: "FAK" })],
    ["closed", "venueRules", withRequest({}, { market: { ...markets[0] as Market, status: "closed" } })],
    ["unknown market", "venueRules", withRequest({}, { market: undefined })]
  ]
  for (const [name, check, context] of refusals) {
    it(`RSK-1 one unit beyond: ${name}`, () => {
      const refusal = judge(context)
      assert.strictEqual(refusal?.check, check)
      assert((refusal?.reason ?? "").length > 0)
    })
  }

  it.prop("RSK-1 nothing passes that plain arithmetic forbids", [Case], ([some]) => {
    const context = withRequest({
      side: some.side,
      timeInForce: some.timeInForce,
      price: cents(some.price),
      size: shares(some.size),
      validUntil: 1_000
    }, {
      held: shares(some.held),
      openBuys: shares(some.openBuys),
      openSells: shares(some.openSells),
      freeCash: dollars(some.freeCash),
      now: 1_000 + some.late,
      book: some.hasBook ? { bestBid: cents(some.bid), bestAsk: cents(some.bid + some.spread) } : undefined,
      market: { ...markets[0] as Market, status: some.status }
    })
    const ask = some.bid + some.spread
    const notional = notionalUp(cents(some.price), shares(some.size))
    const isBuy = some.side === "buy"
    const allowed = some.late <= 0 && some.status === "open" && some.hasBook &&
      notional <= dollars(50) &&
      (isBuy ? some.held + some.openBuys + some.size <= 100 : some.size <= some.held - some.openSells) &&
      (!isBuy || notional <= dollars(some.freeCash)) &&
      (isBuy ? some.price - ask <= 5 : some.bid - some.price <= 5) &&
      (some.timeInForce === "FOK" || some.timeInForce === "FAK" || some.size >= 5) &&
      !(isBuy && some.price >= ask && notional < dollars(1))
    assert.strictEqual(judge(context) === undefined, allowed)
  })
})
