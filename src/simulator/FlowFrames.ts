/**
 * How the market channel tells what happens in a market of the generated flow: changes split over frames that already show the final best prices,
 * both tokens mirrored, repeated cancels, whole books after a match, a trade by itself.
 */
import { format, formatPrice, unit } from "../domain/Micro.ts"
import type { LevelChange } from "./exchange/BookOrder.ts"
import type { MarketChange } from "./exchange/DeskOrder.ts"
import type { FlowMarket } from "./FlowMarket.ts"
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
import type * as Seeded from "./Seeded.ts"

interface Tops {
  readonly bid: number
  readonly ask: number
}

/** Best prices of the first outcome. */
export const tops = (market: FlowMarket): Tops => ({ bid: market.book.best("bids"), ask: market.book.best("asks") })

/** Best prices of an outcome, from those of the first. */
const topsOf = ({ bid, ask }: Tops, outcome: number): Tops =>
  outcome === 0 ? { bid, ask } : { bid: unit - ask, ask: unit - bid }

/** New best prices, told before the change that made them. */
export const topFrames = (market: FlowMarket, after: Tops, now: number, random: Seeded.Seeded): ReadonlyArray<Frame> =>
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

/** A change of the book in one or several frames, each with the best prices after the whole change. */
export const changeFrames = (
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

/** Both whole books, as after a match. */
export const bookFrames = (market: FlowMarket, random: Seeded.Seeded): ReadonlyArray<Frame> => {
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
export const matchOf = (market: FlowMarket, { trades }: MarketChange): Match => {
  const { taker, transactionHash } = trades[trades.length - 1] as MarketChange["trades"][number]
  const isFirst = taker.assetId === market.listing.assetIds[0]
  return {
    takerBuys: (taker.side === "BUY") === isFirst,
    price: isFirst ? taker.price : unit - taker.price,
    size: trades.reduce((sum, trade) => sum + trade.taker.size, 0),
    transactionHash
  }
}

/** A match, told for one of the outcomes. */
export const tradeFrame = (
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

/** A new market. */
export const listedFrame = (market: FlowMarket, now: number): Frame => {
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

/** A market that has ended. */
export const resolvedFrame = (market: FlowMarket, outcome: number, now: number): Frame =>
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

/** A new tick, told for both outcomes. */
export const tickFrames = (
  market: FlowMarket,
  step: { readonly from: number; readonly to: number }
): ReadonlyArray<Frame> =>
  market.listing.assetIds.map((assetId) =>
    tickSizeFrame(
      market.listing.conditionId,
      assetId,
      formatPrice(step.from),
      formatPrice(step.to),
      market.book.timestamp
    )
  )
