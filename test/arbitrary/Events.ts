/** Sequences of events as a few assets and markets would bring them: small numbers, so that collisions and crossings are common. */
import { Schema } from "effect"
import { AssetId } from "../../src/domain/Asset.ts"
import type { Decimal } from "../../src/domain/Decimal.ts"
import type { ConditionId, Market } from "../../src/domain/Market.ts"
import * as Micro from "../../src/domain/Micro.ts"
import type { Price } from "../../src/domain/Price.ts"
import type { Size } from "../../src/domain/Size.ts"
import { unstamped } from "../../src/engine/MarketEvent.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"

/** The tokens that occur: Yes and No of two markets. */
export const tokens = ["101", "102", "201", "202"].map((text) => AssetId.make(text))

const conditionOf = (asset: number) => `0x${String(Math.floor(asset / 2) + 1).repeat(64)}` as ConditionId

/** The two markets. */
export const markets: ReadonlyArray<Market> = [0, 2].map((asset) => ({
  conditionId: conditionOf(asset),
  slug: `market-${asset / 2 + 1}`,
  question: "Will it happen?",
  outcomes: [{ name: "Yes", assetId: tokens[asset] as AssetId }, { name: "No", assetId: tokens[asset + 1] as AssetId }],
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open",
  fee: { rate: "0.07" as Decimal, exponent: 1 }
}))

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** What one event is made from. */
export const EventSeed = Schema.Struct({
  kind: Schema.Literals(["quote", "snapshot", "delta", "trade", "tick", "gap", "resynced"]),
  asset: between(0, tokens.length - 1),
  bid: between(30, 60),
  spread: between(1, 3),
  size: between(1, 40),
  side: Schema.Literals(["buy", "sell"]),
  /** ms since the event before. */
  after: between(0, 2_000)
})
export type EventSeed = typeof EventSeed.Type

/** An unstamped event. */
export const eventOf = (seed: EventSeed): MarketEvent => {
  const head = { id: unstamped, time: 0, receivedAt: 0, source: "clob" }
  const assetId = tokens[seed.asset] as AssetId
  const market = conditionOf(seed.asset)
  const bid = (seed.bid * 10_000) as Price
  const ask = ((seed.bid + seed.spread) * 10_000) as Price
  const size = (seed.size * 1_000_000) as Size
  switch (seed.kind) {
    case "quote":
      return {
        ...head,
        _tag: "PriceUpdate",
        assetId,
        price: Micro.format((bid + ask) / 2),
        bid: Micro.format(bid),
        ask: Micro.format(ask)
      }
    case "snapshot":
      return {
        ...head,
        _tag: "OrderBookSnapshot",
        market,
        assetId,
        bids: [{ price: bid, size }, { price: (bid - 10_000) as Price, size }],
        asks: [{ price: ask, size }, { price: (ask + 10_000) as Price, size }]
      }
    case "delta": {
      const price = (seed.side === "buy" ? bid : ask + 100_000) as Price
      return { ...head, _tag: "OrderBookDelta", market, assetId, changes: [{ side: seed.side, price, size }] }
    }
    case "trade":
      return { ...head, _tag: "Trade", market, assetId, side: seed.side, price: bid, size }
    case "tick":
      return { ...head, _tag: "Tick", source: "clock", kind: "clock", name: "second" }
    case "gap":
    case "resynced":
      return { ...head, _tag: "FeedStatus", feed: "clob", kind: seed.kind, assetId }
  }
}

/** Events with ids and event times, as the log would hold them. */
export const logOf = (seeds: ReadonlyArray<EventSeed>): ReadonlyArray<MarketEvent> => {
  let receivedAt = 1_790_000_000_000
  return seeds.map((seed, at) => {
    receivedAt += seed.after
    return { ...eventOf(seed), id: (at + 1) as MarketEvent["id"], receivedAt, time: receivedAt }
  })
}
