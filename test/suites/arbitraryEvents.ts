/** Events as the archive sees them: every archived tag, every optional field there and absent, ids strictly increasing. */
import { Arbitrary, Schema } from "effect"
import { AssetId } from "../../src/domain/Asset.ts"
import type { Decimal } from "../../src/domain/Decimal.ts"
import type { ConditionId } from "../../src/domain/Market.ts"
import * as Micro from "../../src/domain/Micro.ts"
import { Fill, type IntentId, type OrderId, OrderStatus, Side } from "../../src/domain/Order.ts"
import { Price } from "../../src/domain/Price.ts"
import { Size } from "../../src/domain/Size.ts"
import { TickSize } from "../../src/domain/TickSize.ts"
import { epoch } from "../../src/engine/EventId.ts"
import type { EventId, MarketEvent, PriceUpdate } from "../../src/engine/MarketEvent.ts"

/** Assets that occur. */
export const assets = [
  "71321045679252212594626385532706912750332728571942532289631379312455583992563",
  "52114319501245915516055106046884209969926127482827954674443846427813813222426",
  "BTC"
].map((text) => AssetId.make(text))

const market = `0x${"5e".repeat(32)}` as ConditionId
const hex = (seed: number, length: number) => seed.toString(16).padStart(length, "0")

/** Shares up to a hundred million: what a book may hold. */
const someSize = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000_000_000_000 }))

/** Text as feeds may send it, without NUL (which no PostgreSQL text holds) and without halves of surrogate pairs. */
const text = Schema.String.check(Schema.isMaxLength(12), Schema.isPattern(/^[ -~äöü€]*$/))

const seed = Schema.Struct({
  kind: Schema.Literals([
    "price",
    "trade",
    "book",
    "delta",
    "order",
    "position",
    "metadata",
    "lifecycle",
    "metric",
    "status",
    "control",
    "reload"
  ]),
  asset: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: assets.length - 1 })),
  step: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 })),
  lag: Schema.Int.check(Schema.isBetween({ minimum: -1000, maximum: 1000 })),
  price: Price,
  size: someSize,
  levels: Schema.Array(Schema.Struct({ price: Price, size: someSize })).check(Schema.isMaxLength(4)),
  side: Side,
  status: OrderStatus,
  tickSize: TickSize,
  fill: Fill,
  number: Schema.Int.check(Schema.isBetween({ minimum: -1_000_000_000_000, maximum: 1_000_000_000_000 })),
  eventIds: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 52 }))).check(
    Schema.isMaxLength(3)
  ),
  text,
  /** One bit per optional field. */
  present: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 63 }))
})
type Seed = typeof seed.Type

const when = <A extends object>(present: number, bit: number, fields: A): Partial<A> =>
  (present & (1 << bit)) === 0 ? {} : fields

const eventOf = (s: Seed, id: EventId): MarketEvent => {
  const receivedAt = Math.floor(id / 8192) + epoch
  const head = { id, time: receivedAt + s.lag, receivedAt, source: "clob" }
  const assetId = assets[s.asset] as AssetId
  const size = Size.make(s.size)
  const number = Micro.format(s.number)
  const levels = s.levels.map((level) => ({ price: level.price, size: Size.make(level.size) }))
  switch (s.kind) {
    case "price":
      return {
        _tag: "PriceUpdate",
        ...head,
        assetId,
        ...when(s.present, 0, { price: number }),
        ...when(s.present, 1, { bid: Micro.format(s.price) }),
        ...when(s.present, 2, { ask: Micro.format(s.price) }),
        ...when(s.present, 3, { volume: number }),
        ...when(s.present, 4, { volume24h: "0.12345678" as Decimal })
      }
    case "trade":
      return {
        _tag: "Trade",
        ...head,
        market,
        assetId,
        side: s.side,
        price: s.price,
        size,
        ...when(s.present, 0, { transactionHash: `0x${hex(id, 64)}` }),
        ...when(s.present, 1, { tradeId: `trade-${id}` }),
        ...when(s.present, 2, { dedupeKey: `key-${id}-${s.text}` })
      }
    case "book":
      return {
        _tag: "OrderBookSnapshot",
        ...head,
        market,
        assetId,
        bids: levels,
        asks: [...levels].reverse(),
        ...when(s.present, 0, { hash: hex(id, 40) }),
        ...when(s.present, 1, { tickSize: s.tickSize }),
        ...when(s.present, 2, { dedupeKey: s.text })
      }
    case "order":
      return {
        _tag: "OrderUpdate",
        ...head,
        orderId: `0x${hex(id, 64)}` as OrderId,
        market,
        assetId,
        side: s.side,
        price: s.price,
        size,
        status: s.status,
        filledSize: size,
        ...when(s.present, 0, { intentId: hex(id, 64) as IntentId }),
        ...when(s.present, 1, { policyId: s.text }),
        ...when(s.present, 2, { averagePrice: Micro.format(s.price) }),
        ...when(s.present, 3, { fill: s.fill }),
        ...when(s.present, 4, { reason: s.text }),
        ...when(s.present, 5, { dedupeKey: s.text })
      }
    case "delta":
      return {
        _tag: "OrderBookDelta",
        ...head,
        market,
        assetId,
        changes: levels.map((level) => ({ side: s.side, ...level })),
        ...when(s.present, 0, { bestBid: s.price }),
        ...when(s.present, 1, { bestAsk: s.price }),
        ...when(s.present, 2, { bidSize: size }),
        ...when(s.present, 3, { askSize: size }),
        ...when(s.present, 4, { hash: hex(id, 40) })
      }
    case "position":
      return {
        _tag: "PositionUpdate",
        ...head,
        wallet: `0x${"ab".repeat(20)}`,
        assetId,
        size,
        ...when(s.present, 0, { averagePrice: Micro.format(s.price) }),
        ...when(s.present, 1, { realizedPnl: number }),
        ...when(s.present, 2, { unrealizedPnl: number })
      }
    case "metadata":
      return {
        _tag: "MarketMetadata",
        ...head,
        market: {
          conditionId: market,
          slug: `market-${s.text}`,
          question: s.text,
          outcomes: assets.slice(0, 2).map((each, at) => ({ name: at === 0 ? "Yes" : "No", assetId: each })),
          tickSize: s.tickSize,
          minimumSize: size,
          negativeRisk: s.side === "buy",
          version: "v1",
          status: "open",
          ...when(s.present, 0, { fee: { rate: "0.07" as Decimal, exponent: 1 } }),
          ...when(s.present, 1, { endTime: receivedAt }),
          ...when(s.present, 2, { volume24h: number })
        }
      }
    case "lifecycle":
      return {
        _tag: "MarketLifecycle",
        ...head,
        market,
        kind: "tick_size_changed",
        ...when(s.present, 0, { assetId }),
        ...when(s.present, 1, { tickSize: s.tickSize }),
        ...when(s.present, 2, { winningAssetId: assetId })
      }
    case "metric":
      return { _tag: "MetricUpdate", ...head, name: "fear_greed", value: number }
    case "control":
      return {
        _tag: "Control",
        ...head,
        action: "disable",
        actor: "operator",
        reason: s.text,
        ...when(s.present, 0, { subject: s.text })
      }
    case "reload":
      return { _tag: "PolicyReload", ...head, revisions: { [`policy-${s.text}`]: hex(id, 64) } }
    case "status":
      return {
        _tag: "FeedStatus",
        ...head,
        feed: "clob-market",
        kind: "gap",
        ...when(s.present, 0, { assetId }),
        ...when(s.present, 1, { from: head.time }),
        ...when(s.present, 2, { to: receivedAt }),
        ...when(s.present, 3, { eventIds: s.eventIds as unknown as ReadonlyArray<EventId> }),
        ...when(s.present, 4, { detail: s.text })
      }
  }
}

const start = 1_800_000_000_000 * 512

/** Up to `maxLength` events with ids that increase strictly. */
export const events = (maxLength: number): Arbitrary.Arbitrary<ReadonlyArray<MarketEvent>> =>
  Arbitrary.map(Arbitrary.array(Arbitrary.schema(seed), { maxLength }), (seeds) => {
    let id = start
    // Through JSON, which knows no -0: neither does an event.
    return seeds.map((each) => JSON.parse(JSON.stringify(eventOf(each, (id += each.step) as EventId))))
  })

/** `count` price events with ids from `first` on, one a millisecond. */
export const prices = (count: number, first = 0): ReadonlyArray<MarketEvent> =>
  Array.from({ length: count }, (_, index) => {
    const id = (start + (first + index) * 8192) as EventId
    const receivedAt = Math.floor(id / 8192) + epoch
    return {
      _tag: "PriceUpdate",
      id,
      time: receivedAt,
      receivedAt,
      source: "clob",
      assetId: assets[(first + index) % assets.length] as AssetId,
      price: Micro.format(((first + index) % 999_999) + 1)
    }
  })

/** `count` events of three kinds with ids from `first` on, one a millisecond: seven prices, two trades, a book in ten. */
export const mixture = (count: number, first = 0): ReadonlyArray<MarketEvent> =>
  prices(count, first).map((event, index): MarketEvent => {
    const { assetId, id, receivedAt, source, time } = event as PriceUpdate
    const head = { id, receivedAt, source, time, market, assetId }
    const price = Price.make((first + index) % 1_000_000)
    switch ((first + index) % 10) {
      case 3:
      case 7:
        return { _tag: "Trade", ...head, side: "buy", price, size: Size.make(1_000_000), dedupeKey: `key-${id}` }
      case 9: {
        const levels = Array.from({ length: 20 }, (_, step) => ({
          price: Price.make(500_000 + step * 1000),
          size: Size.make((step + 1) * 1_000_000)
        }))
        return { _tag: "OrderBookSnapshot", ...head, bids: [...levels].reverse(), asks: levels }
      }
      default:
        return event
    }
  })
