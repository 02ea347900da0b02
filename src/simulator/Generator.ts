/**
 * The generated flow: agents that trade in a venue of many markets, and the frames that tell it. Agents act at times of their own, which follow from
 * the seed, the rate and what they did before, not from when somebody looks: `run` does what has become due. So the same seed and the same orders of
 * users at the same times make the same story. A change of a book is one timestamp and one resulting hash per token, told in one or several frames; a
 * trade is told by deltas, both whole books, and some 40 ms later by `last_trade_price`. What users' orders do to the books is told in the same way.
 */
import { format, formatPrice, unit } from "../domain/Micro.ts"
import type { LevelChange } from "./exchange/BookOrder.ts"
import type { MarketChange } from "./exchange/DeskOrder.ts"
import { VenueClock } from "./flow/VenueClock.ts"
import { FlowMarket, type Step } from "./FlowMarket.ts"
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

/** A venue's flow; times in ms UTC, never going back. */
export interface Generator {
  /** Every market ever listed, resolved ones included, in the order they were listed. */
  readonly markets: ReadonlyArray<FlowMarket>
  /** Lets agents, scheduled happenings and trade messages have their turn until now. */
  readonly run: (now: number) => void
  /** `run`, and the frames that nobody has taken yet, in the order of what they tell. */
  readonly due: (now: number) => ReadonlyArray<Frame>
  /** One agent acts at once, whatever the rate; the frames as of `due`. */
  readonly next: (now: number) => ReadonlyArray<Frame>
  /** Does something at a time; at once when it is past. */
  readonly schedule: (at: number, act: (at: number) => void) => void
  /** Lists one more market and announces it: the next of the usual kind, or a given one. */
  readonly list: (now: number, given?: GivenMarket) => FlowMarket
  /** Ends a market: its book is gone, its first or second outcome has won. */
  readonly resolve: (market: FlowMarket, outcome: number, now: number) => void
  /** Gives a market a finer tick; false when its present one is not a multiple of it. */
  readonly changeTick: (market: FlowMarket, tickSize: number, now: number) => boolean
  /** Agents of all markets do nothing until then. */
  readonly pause: (until: number) => void
}

/** A market of another kind than usual. */
export interface GivenMarket {
  readonly listing: Listing.Listing
  /** What decides its fair price, 0 to 1. */
  readonly model: (now: number) => number
}

/** How far behind its rate the flow may fall before it gives up catching up, ms. */
const patience = 250

/** Most frames of one turn, so that sockets and requests are served also when the rate is out of reach. */
const mostAtOnce = 1_000

/** Of the turns of agents, the share that goes to markets that a scenario leads somewhere. */
const ledShare = 0.5

interface Timed {
  readonly at: number
  readonly act: (at: number) => void
}

/** Starts a flow in an exchange, by default one of its own. */
export const make = (options: {
  readonly seed: number
  readonly markets: number
  readonly startedAt: number
  /** Frames a second over all markets, those for custom features not counted; 0 or absent: agents act by `next` alone. */
  readonly rate?: number
  /** An exchange and the clock that it goes by. */
  readonly exchange?: { readonly desk: OrderDesk; readonly clock: VenueClock }
}): Generator => {
  const { rate = 0, seed, startedAt } = options
  const random = Seeded.make(seed, "flow")
  const wire = Seeded.make(seed, "wire")
  let time = startedAt
  const clock = options.exchange?.clock ?? new VenueClock(() => time)
  const desk = options.exchange?.desk ?? new OrderDesk({ seed, now: clock.now })
  const markets: Array<FlowMarket> = []
  const open: Array<FlowMarket> = []
  /** Frames that nobody has taken yet. */
  const out: Array<Frame> = []
  /** What happens later, soonest first; of the same time in the order it was asked for. */
  const timed: Array<Timed> = []
  /** Trade messages on their way, soonest first. */
  const untold: Array<Timed> = []
  let nextAt = startedAt
  let pausedUntil = 0

  /** When the latest trade of a market is told: trades of one market keep their order. */
  const lastTold = new Map<FlowMarket, number>()

  const queue = (into: Array<Timed>, one: Timed): void => {
    let index = into.length
    while (index > 0 && (into[index - 1] as Timed).at > one.at) index--
    into.splice(index, 0, one)
  }

  const add = (now: number, given?: GivenMarket): FlowMarket => {
    const index = markets.length
    const listing = given?.listing ?? Listing.make(seed, index, now)
    const market = new FlowMarket({
      listing,
      random: Seeded.make(seed, `flow/${listing.slug}`),
      seed,
      now,
      desk,
      model: given?.model
    })
    let before = tops(market)
    market.told = (change) => {
      if (market.resolvedTo !== undefined) return
      market.commit(time = Math.max(time, clock.now()))
      const after = tops(market)
      const { timestamp } = market.book
      if (before.bid !== after.bid || before.ask !== after.ask) out.push(...topFrames(market, after, timestamp, wire))
      before = after
      out.push(...changeFrames(market, change, timestamp, wire))
      if (change.trades.length > 0) tellTrade(market, change, timestamp)
    }
    markets.push(market)
    open.push(market)
    return market
  }

  const tellTrade = (market: FlowMarket, change: MarketChange, timestamp: number): void => {
    out.push(...bookFrames(market, wire))
    const match = matchOf(market, change)
    const reported = wire.chance(0.5) ? 0 : 1
    const told = Math.max(timestamp + wire.between(36, 44), lastTold.get(market) ?? 0)
    lastTold.set(market, told)
    queue(untold, {
      at: told,
      act: (at) => {
        if (market.resolvedTo === undefined) out.push(tradeFrame(market, match, reported, at))
      }
    })
  }

  /** Does what was scheduled and tells the trades that are due by then. */
  const settleUntil = (at: number): void => {
    while ((timed[0]?.at ?? at + 1) <= at) {
      const { act, at: due } = timed.shift() as Timed
      tellUntil(due)
      time = Math.max(time, due)
      clock.during(time, () => act(time))
    }
    tellUntil(at)
    time = Math.max(time, at)
  }

  const tellUntil = (at: number): void => {
    while ((untold[0]?.at ?? at + 1) <= at) {
      const { act, at: due } = untold.shift() as Timed
      act(due)
    }
  }

  const tickFrames = (market: FlowMarket, step: Step & { readonly kind: "tick" }): ReadonlyArray<Frame> =>
    market.listing.assetIds.map((assetId) =>
      tickSizeFrame(
        market.listing.conditionId,
        assetId,
        formatPrice(step.from),
        formatPrice(step.to),
        market.book.timestamp
      )
    )

  /** One agent's turn in one market; how many frames it was worth. */
  const turn = (): number => {
    const awake = open.every((one) => one.pausedUntil <= time) ? open : open.filter((one) => one.pausedUntil <= time)
    const led = awake.filter(({ fair }) => fair.isLed)
    const among = led.length > 0 && random.chance(ledShare) ? led : awake
    const market = among[random.between(0, among.length - 1)]
    if (market === undefined) return 0
    const before = out.length
    const awaited = untold.length
    const step = market.step(time)
    if (step.kind === "tick") out.push(...tickFrames(market, step))
    return out.slice(before).filter(({ custom }) => !custom).length + untold.length - awaited
  }

  const run = (now: number): void => {
    if (rate > 0) {
      nextAt = Math.max(nextAt, now - patience, pausedUntil)
      for (let told = 0; nextAt <= now && told < mostAtOnce;) {
        settleUntil(Math.floor(nextAt))
        let worth = 0
        clock.during(time, () => worth = turn())
        told += worth
        // A turn in which nothing was to do takes a moment too.
        nextAt = Math.max(nextAt, pausedUntil) + Math.max(0.5, worth) * 1_000 / rate
      }
    }
    settleUntil(now)
  }

  for (let index = 0; index < options.markets; index++) add(startedAt)

  return {
    markets,
    run,
    due: (now) => {
      run(now)
      return out.splice(0)
    },
    next: (now) => {
      settleUntil(now)
      clock.during(time, turn)
      return out.splice(0)
    },
    schedule: (at, act) => queue(timed, { at: Math.max(at, time), act }),
    list: (now, given) => {
      const market = add(now, given)
      out.push(listedFrame(market, now))
      return market
    },
    resolve: (market, outcome, now) => {
      if (market.resolvedTo !== undefined) return
      market.resolvedTo = outcome
      desk.resolve(market.listing.conditionId, outcome === 0 ? 0 : 1)
      open.splice(open.indexOf(market), 1)
      out.push(resolvedFrame(market, outcome, now))
    },
    changeTick: (market, tickSize, now) => {
      const present = market.book.tickSize
      if (market.resolvedTo !== undefined || present <= tickSize || present % tickSize !== 0) return false
      const step = market.changeTick(tickSize, now)
      if (step.kind === "tick") out.push(...tickFrames(market, step))
      return true
    },
    pause: (until) => {
      pausedUntil = Math.max(pausedUntil, until)
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
