/**
 * The generated flow: frames of a venue of many markets, from a seed and the times it is asked for. The same seed asked
 * at the same times gives the same frames. A change of a book is one timestamp and one resulting hash per token, told in
 * one or several frames; a trade is told by deltas, both whole books, and some 40 ms later by `last_trade_price`. What users' orders do to the books
 * is told in the same way.
 */
import { format, formatPrice, unit } from "../domain/Micro.ts"
import type { LevelChange } from "./exchange/BookOrder.ts"
import type { MarketChange } from "./exchange/DeskOrder.ts"
import { FlowMarket } from "./FlowMarket.ts"
import {
  bestBidAskFrame,
  bookFrame,
  customFrame,
  type Frame,
  lastTradeFrame,
  type PriceChange,
  priceChangeFrame,
  tickSizeFrame
} from "./Frame.ts"
import * as Listing from "./Listing.ts"
import { OrderDesk } from "./OrderDesk.ts"
import * as Seeded from "./Seeded.ts"

/** A venue's flow, moved by the caller's clock. */
export interface Generator {
  /** Every market ever listed, resolved ones included, in the order they were listed. */
  readonly markets: ReadonlyArray<FlowMarket>
  /** The frames of what users' orders did, and trade messages that have become due; `now` in ms, never going back. */
  readonly due: (now: number) => ReadonlyArray<Frame>
  /** The frames of the next change, preceded by those that have become due; `now` in ms, never going back. */
  readonly next: (now: number) => ReadonlyArray<Frame>
  /** Lists one more market and announces it. */
  readonly list: (now: number) => { readonly market: FlowMarket; readonly frames: ReadonlyArray<Frame> }
  /** Ends a market: its book is gone, its first or second outcome has won. */
  readonly resolve: (market: FlowMarket, outcome: number, now: number) => ReadonlyArray<Frame>
}

/** Starts a flow in an exchange, by default one of its own; `startedAt` in ms UTC. */
export const make = (options: {
  readonly seed: number
  readonly markets: number
  readonly startedAt: number
  readonly desk?: OrderDesk
  /** The time of changes that orders from elsewhere bring about, ms UTC. */
  readonly now?: () => number
}): Generator => {
  const random = Seeded.make(options.seed, "flow")
  const wire = Seeded.make(options.seed, "wire")
  let time = options.startedAt
  const timeNow = () => time = Math.max(time, options.now?.() ?? time)
  const desk = options.desk ?? new OrderDesk({ seed: options.seed, now: () => time })
  const markets: Array<FlowMarket> = []
  const open: Array<FlowMarket> = []
  const untold: Array<{ readonly at: number; readonly market: FlowMarket; readonly frame: (at: number) => Frame }> = []

  /** Frames of changes that nobody has asked for yet. */
  const untoldFrames: Array<Frame> = []

  /** When the latest trade of a market is told: trades of one market keep their order. */
  const lastTold = new Map<FlowMarket, number>()

  const add = (now: number): FlowMarket => {
    const index = markets.length
    const listing = Listing.make(options.seed, index, now)
    const market = new FlowMarket(listing, Seeded.make(options.seed, `flow/${index}`), now, desk)
    let before = tops(market)
    market.told = (change) => {
      if (market.resolvedTo !== undefined) return
      market.commit(timeNow())
      const after = tops(market)
      const { timestamp } = market.book
      if (before.bid !== after.bid || before.ask !== after.ask) {
        untoldFrames.push(...topFrames(market, after, timestamp, wire))
      }
      before = after
      untoldFrames.push(...changeFrames(market, change, timestamp, wire))
      if (change.trades.length > 0) tellTrade(market, change, timestamp)
    }
    markets.push(market)
    open.push(market)
    return market
  }

  const tellTrade = (market: FlowMarket, change: MarketChange, timestamp: number): void => {
    untoldFrames.push(...bookFrames(market, wire))
    const match = matchOf(market, change)
    const reported = wire.chance(0.5) ? 0 : 1
    const told = Math.max(timestamp + wire.between(36, 44), lastTold.get(market) ?? 0)
    lastTold.set(market, told)
    untold.push({ at: told, market, frame: (at) => tradeFrame(market, match, reported, at) })
    untold.sort((a, b) => a.at - b.at)
  }

  for (let index = 0; index < options.markets; index++) add(options.startedAt)

  const due = (now: number): Array<Frame> => {
    time = Math.max(time, now)
    const frames = untoldFrames.splice(0)
    while (untold.length > 0 && (untold[0] as typeof untold[number]).at <= now) {
      const { at, frame, market } = untold.shift() as typeof untold[number]
      if (market.resolvedTo === undefined) frames.push(frame(at))
    }
    return frames
  }

  const next = (now: number): ReadonlyArray<Frame> => {
    const frames = due(now)
    const market = open[random.between(0, open.length - 1)]
    if (market === undefined) return frames
    const step = market.step(now)
    if (step.kind === "tick") {
      const { timestamp } = market.book
      for (const assetId of market.listing.assetIds) {
        frames.push(
          tickSizeFrame(market.listing.conditionId, assetId, formatPrice(step.from), formatPrice(step.to), timestamp)
        )
      }
    }
    frames.push(...untoldFrames.splice(0))
    return frames
  }

  return {
    markets,
    due,
    next,
    list: (now) => {
      const market = add(now)
      return { market, frames: [listedFrame(market, now)] }
    },
    resolve: (market, outcome, now) => {
      if (market.resolvedTo !== undefined) return []
      market.resolvedTo = outcome
      desk.resolve(market.listing.conditionId, outcome === 0 ? 0 : 1)
      open.splice(open.indexOf(market), 1)
      return [resolvedFrame(market, outcome, now)]
    }
  }
}

interface Tops {
  readonly bid: number
  readonly ask: number
}

const tops = (market: FlowMarket): Tops => ({ bid: market.book.best("bids"), ask: market.book.best("asks") })

/** Best prices of an outcome, from those of the first. */
const topsOf = ({ bid, ask }: Tops, outcome: number): Tops =>
  outcome === 0 ? { bid, ask } : { bid: unit - ask, ask: unit - bid }

const topFrames = (market: FlowMarket, after: Tops, now: number, random: Seeded.Seeded): ReadonlyArray<Frame> =>
  market.listing.assetIds.map((assetId, outcome) => {
    const { ask, bid } = topsOf(after, outcome)
    return bestBidAskFrame(
      market.listing.conditionId,
      assetId,
      formatPrice(bid),
      formatPrice(ask),
      formatPrice(ask - bid),
      now + (random.chance(0.3) ? 1 : 0)
    )
  })

const changeFrames = (
  market: FlowMarket,
  { levels }: MarketChange,
  now: number,
  random: Seeded.Seeded
): ReadonlyArray<Frame> => {
  const { assetIds, conditionId } = market.listing
  const after = tops(market)
  const summaries = market.book.summaries()
  const topTexts = (outcome: 0 | 1) => {
    const { ask, bid } = topsOf(after, outcome)
    return { bestBid: formatPrice(bid), bestAsk: formatPrice(ask) }
  }
  const texts = [topTexts(0), topTexts(1)] as const
  const entry = (level: LevelChange, outcome: 0 | 1): PriceChange => ({
    assetId: assetIds[outcome] as string,
    price: formatPrice(outcome === 0 ? level.price : unit - level.price),
    size: format(level.size),
    side: (level.side === "bids") === (outcome === 0) ? "BUY" : "SELL",
    hash: summaries[outcome].hash,
    bestBid: texts[outcome].bestBid,
    bestAsk: texts[outcome].bestAsk
  })
  const frames: Array<Frame> = []
  let index = 0
  while (index < levels.length) {
    const count = random.chance(0.75) ? 1 : random.between(2, 4)
    const first = random.chance(0.5) ? 0 : 1
    const second = first === 0 ? 1 : 0
    const part = levels.slice(index, index + count)
    const entries = (one: 0 | 1, other: 0 | 1) => part.flatMap((level) => [entry(level, one), entry(level, other)])
    frames.push(priceChangeFrame(conditionId, assetIds, entries(first, second), now))
    if (market.repeats) {
      frames.push(priceChangeFrame(conditionId, assetIds, entries(second, first), now))
    }
    index += count
  }
  return frames
}

const bookFrames = (market: FlowMarket, random: Seeded.Seeded): ReadonlyArray<Frame> => {
  const frames = market.book.summaries().map(bookFrame)
  return random.chance(0.5) ? frames : frames.reverse()
}

/** A match as the channel tells it, seen from the first token. */
interface Match {
  readonly takerBuys: boolean
  readonly price: number
  readonly size: number
  readonly transactionHash: string
}

/** What the channel tells of a change with trades: the last price, and all shares. */
const matchOf = (market: FlowMarket, { trades }: MarketChange): Match => {
  const { taker, transactionHash } = trades[trades.length - 1] as MarketChange["trades"][number]
  const isFirst = taker.assetId === market.listing.assetIds[0]
  return {
    takerBuys: (taker.side === "BUY") === isFirst,
    price: isFirst ? taker.price : unit - taker.price,
    size: trades.reduce((sum, trade) => sum + trade.taker.size, 0),
    transactionHash
  }
}

const tradeFrame = (
  market: FlowMarket,
  match: Match,
  outcome: 0 | 1,
  timestamp: number
): Frame =>
  lastTradeFrame({
    market: market.listing.conditionId,
    assetId: market.listing.assetIds[outcome] as string,
    price: formatPrice(outcome === 0 ? match.price : unit - match.price),
    size: format(match.size),
    side: match.takerBuys === (outcome === 0) ? "BUY" : "SELL",
    timestamp,
    transactionHash: match.transactionHash
  })

const announcement = ({ listing }: FlowMarket) => ({
  id: `9${listing.id}`,
  ticker: listing.slug,
  slug: listing.slug,
  title: listing.question,
  description: listing.description
})

const listedFrame = (market: FlowMarket, now: number): Frame => {
  const { listing } = market
  return customFrame({
    id: listing.id,
    question: listing.question,
    market: listing.conditionId,
    slug: listing.slug,
    description: listing.description,
    assets_ids: listing.assetIds,
    outcomes: listing.outcomes,
    event_message: announcement(market),
    timestamp: String(now),
    event_type: "new_market",
    tags: [],
    condition_id: listing.conditionId,
    active: true,
    clob_token_ids: listing.assetIds,
    sports_market_type: "",
    line: "",
    game_start_time: "",
    order_price_min_tick_size: formatPrice(listing.tickSize),
    group_item_title: "",
    taker_base_fee: "1000",
    fees_enabled: listing.fee !== undefined,
    ...(listing.fee === undefined ? {} : {
      fee_schedule: {
        exponent: String(listing.fee.exponent),
        rate: String(listing.fee.rate),
        taker_only: true,
        rebate_rate: String(listing.fee.rebateRate)
      }
    })
  })
}

const resolvedFrame = (market: FlowMarket, outcome: number, now: number): Frame =>
  customFrame({
    id: market.listing.id,
    market: market.listing.conditionId,
    assets_ids: market.listing.assetIds,
    winning_asset_id: market.listing.assetIds[outcome],
    winning_outcome: market.listing.outcomes[outcome],
    timestamp: String(now),
    event_type: "market_resolved",
    tags: [],
    event_message: announcement(market)
  })
