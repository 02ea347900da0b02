/**
 * The log that written lines stand for: time 0 is the start, the engine's one-second ticks run between the lines, at equal times the
 * tick comes first, then the lines in the order written (those of one time stay together).
 */
import { isToken } from "../../domain/Asset.ts"
import type { AssetId } from "../../domain/Asset.ts"
import * as Decimal from "../../domain/Decimal.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { IntentId, OrderId } from "../../domain/Order.ts"
import type { Price } from "../../domain/Price.ts"
import { priceSources } from "../../domain/PriceSource.ts"
import type { Size } from "../../domain/Size.ts"
import * as Tick from "../../domain/TickSize.ts"
import { hashOf } from "../HashOf.ts"
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import { modeEvent } from "../MarketEvent.ts"
import type { WrittenEvent } from "./PolicyTest.ts"
import { microOf, type WrittenMarkets } from "./WrittenMarkets.ts"

const second = 1_000

/** Events in the order of the log, ids and times as they would be stamped. */
export const logOf = (
  written: ReadonlyArray<WrittenEvent>,
  markets: WrittenMarkets,
  until: number,
  sourceOfSymbols: string = priceSources[0]
): ReadonlyArray<MarketEvent> => {
  const events: Array<MarketEvent> = []
  const add = (event: Unstamped, at: number) => {
    events.push({ ...event, id: events.length + 1 as EventId, time: at, receivedAt: at } as MarketEvent)
  }
  const inOrder = written.map((event, index) => ({ event, index })).sort((a, b) =>
    a.event.at - b.event.at || a.index - b.index
  )
  let next = second
  const tickUntil = (at: number) => {
    for (; next <= at; next += second) add({ _tag: "Tick", source: "clock", kind: "clock", name: "second" }, next)
  }
  for (const { event } of inOrder) {
    tickUntil(event.at)
    for (const made of eventsOf(event, markets, sourceOfSymbols)) add(made, event.at)
  }
  tickUntil(until)
  return events
}

type Unstamped = MarketEvent extends infer E ? E extends unknown ? Omit<E, "id" | "time" | "receivedAt"> : never : never

/** What is wrong with a line, or nothing. */
export const problemOf = (event: WrittenEvent): string | undefined => {
  const ofAsset = [
    "price",
    "bid",
    "ask",
    "volume",
    "volume_24h",
    "bid_size",
    "ask_size",
    "trade",
    "position",
    "order_status",
    "status",
    "tick_size",
    "liquidity",
    "time_to_end"
  ] as const
  const key = ofAsset.find((name) => event[name] !== undefined)
  if (key !== undefined && event.asset === undefined) return `expected an asset beside ${key}`
  if ((event.metric === undefined) !== (event.value === undefined)) return "metric and value go together"
  if ((event.bid_size ?? event.ask_size) !== undefined && (event.bid ?? event.ask) === undefined) {
    return "expected bid and ask beside bid_size and ask_size"
  }
  const isOfMarket = event.status ?? event.tick_size ?? event.liquidity ?? event.time_to_end ?? event.order_status
  const colon = event.asset?.lastIndexOf(":") ?? -1
  if (event.asset !== undefined && colon === 0) return `expected slug:Outcome, found ${JSON.stringify(event.asset)}`
  if (event.asset !== undefined && colon < 0) {
    if (!/^(?:\d+|[A-Z][A-Z0-9./-]*)$/.test(event.asset)) {
      return `expected a token id, slug:Outcome or a symbol in upper case, found ${JSON.stringify(event.asset)}`
    }
    if (!isToken(event.asset as AssetId) && (isOfMarket ?? event.trade ?? event.bid_size) !== undefined) {
      return `${event.asset} is a symbol: it has prices and volumes only`
    }
  }
  if (event.tick_size !== undefined && Tick.fromText(event.tick_size) === undefined) {
    return `expected a tick size of the venue, found ${JSON.stringify(event.tick_size)}`
  }
  return undefined
}

const eventsOf = (
  event: WrittenEvent,
  markets: WrittenMarkets,
  sourceOfSymbols: string
): ReadonlyArray<Unstamped> => {
  const assetId = event.asset === undefined ? undefined : markets.assetOf(event.asset, event.at)
  const market = assetId === undefined ? undefined : markets.marketOf(assetId)
  const source = event.source ?? (assetId === undefined || isToken(assetId) ? "clob" : sourceOfSymbols)
  const made: Array<Unstamped> = []
  if (market !== undefined && event.tick_size !== undefined) {
    const tickSize = Tick.fromText(event.tick_size)
    if (tickSize !== undefined) {
      made.push({ _tag: "MarketLifecycle", source, market: market.conditionId, kind: "tick_size_changed", tickSize })
    }
  }
  if (market !== undefined && (event.liquidity ?? event.time_to_end ?? event.status) !== undefined) {
    made.push({
      _tag: "MarketMetadata",
      source: "gamma",
      market: {
        ...market,
        ...(event.status === undefined ? {} : { status: event.status }),
        ...(event.liquidity === undefined ? {} : { liquidity: decimal(event.liquidity) }),
        ...(event.volume_24h === undefined ? {} : { volume24h: decimal(event.volume_24h) }),
        ...(event.time_to_end === undefined ? {} : { endTime: event.at + event.time_to_end })
      }
    })
  }
  if (event.feed !== undefined) {
    const kinds = { gap: "gap", stale: "stale", down: "disconnected", live: "resynced" } as const
    made.push({
      _tag: "FeedStatus",
      source,
      feed: source,
      kind: kinds[event.feed],
      ...(assetId === undefined ? {} : { assetId })
    })
  }
  if (event.venue_mode !== undefined) {
    const { detail, feed, kind } = modeEvent("clob", event.venue_mode)
    made.push({
      _tag: "FeedStatus",
      source: event.source ?? "clob",
      feed,
      kind,
      ...(detail === undefined ? {} : { detail })
    })
  }
  if (event.metric !== undefined && event.value !== undefined) {
    made.push({ _tag: "MetricUpdate", source: event.source ?? "test", name: event.metric, value: decimal(event.value) })
  }
  if (event.cron !== undefined) made.push({ _tag: "Tick", source: "cron", kind: "cron", name: event.cron })
  if (assetId !== undefined) made.push(...ofAsset(event, assetId, source, market?.conditionId))
  return made
}

const ofAsset = (
  event: WrittenEvent,
  assetId: AssetId,
  source: string,
  market: `0x${string}` | string | undefined
): ReadonlyArray<Unstamped> => {
  const made: Array<Unstamped> = []
  const conditionId = market as never
  const { ask, bid, position, price, trade, volume, volume_24h } = event
  if (position !== undefined) {
    made.push({
      _tag: "PositionUpdate",
      source: "paper",
      wallet: "test",
      assetId,
      size: micro(position.size) as Size,
      ...(position.avg_price === undefined ? {} : { averagePrice: decimal(position.avg_price) }),
      ...(position.realized_pnl === undefined ? {} : { realizedPnl: decimal(position.realized_pnl) }),
      ...(position.unrealized_pnl === undefined ? {} : { unrealizedPnl: decimal(position.unrealized_pnl) })
    })
  }
  if (event.order_status !== undefined) {
    const id = hashOf(["order", assetId])
    made.push({
      _tag: "OrderUpdate",
      source: "paper",
      orderId: `0x${id}` as OrderId,
      intentId: id as IntentId,
      market: conditionId,
      assetId,
      side: "buy",
      price: 500_000 as Price,
      size: 0 as Size,
      status: event.order_status,
      filledSize: 0 as Size
    })
  }
  if ((event.bid_size ?? event.ask_size) !== undefined) {
    made.push({
      _tag: "OrderBookSnapshot",
      source,
      market: conditionId,
      assetId,
      bids: bid === undefined ? [] : [{ price: micro(bid) as Price, size: micro(event.bid_size ?? 0) as Size }],
      asks: ask === undefined ? [] : [{ price: micro(ask) as Price, size: micro(event.ask_size ?? 0) as Size }]
    })
  }
  if ((price ?? bid ?? ask ?? volume ?? volume_24h) !== undefined) {
    const middle = price ?? (isToken(assetId) ? middleOf(bid, ask) : undefined)
    made.push({
      _tag: "PriceUpdate",
      source,
      assetId,
      ...(middle === undefined ? {} : { price: decimal(middle) }),
      ...(bid === undefined ? {} : { bid: decimal(bid) }),
      ...(ask === undefined ? {} : { ask: decimal(ask) }),
      ...(volume === undefined ? {} : { volume: decimal(volume) }),
      ...(volume_24h === undefined ? {} : { volume24h: decimal(volume_24h) })
    })
  }
  if (trade !== undefined) {
    made.push({
      _tag: "Trade",
      source,
      market: conditionId,
      assetId,
      side: trade.side,
      price: micro(trade.price) as Price,
      size: micro(trade.size) as Size
    })
  }
  return made
}

const decimal = (written: string | number): Decimal.Decimal => Decimal.fromText(String(written)) ?? Decimal.zero

const micro = (written: string | number): number => microOf(written) ?? 0

const middleOf = (bid: string | number | undefined, ask: string | number | undefined): string | undefined =>
  bid === undefined || ask === undefined
    ? undefined
    : Fixed.toDecimal((Fixed.fromDecimal(decimal(bid)) + Fixed.fromDecimal(decimal(ask))) / 2n)
