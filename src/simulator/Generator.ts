/**
 * The generated flow: agents that trade in a venue of many markets, and the frames that tell it. Agents act at times of their own, which follow from
 * the seed, the rate and what they did before, not from when somebody looks: `run` does what has become due. So the same seed and the same orders of
 * users at the same times make the same story. A change of a book is one timestamp and one resulting hash per token, told in one or several frames; a
 * trade is told by deltas, both whole books, and some 40 ms later by `last_trade_price`. What users' orders do to the books is told in the same way.
 */
import type { MarketChange } from "./exchange/DeskOrder.ts"
import type { Course } from "./flow/FairPrice.ts"
import { VenueClock } from "./flow/VenueClock.ts"
import {
  bookFrames,
  changeFrames,
  listedFrame,
  matchOf,
  resolvedFrame,
  tickFrames,
  topFrames,
  tops,
  tradeFrame
} from "./FlowFrames.ts"
import { FlowMarket } from "./FlowMarket.ts"
import type { Frame } from "./Frame.ts"
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
  /** Leads the fair price of a market somewhere. */
  readonly lead: (market: FlowMarket, course: Course) => void
  /** Agents of all markets do nothing until then. */
  readonly pause: (until: number) => void
}

/** A market of another kind than usual. */
export interface GivenMarket {
  readonly listing: Listing.Listing
  /** What decides its fair price, 0 to 1. */
  readonly model: (now: number) => number
}

/** How far behind its rate the flow may fall before it gives up catching up, and with that the story that its seed tells, ms. */
const patience = 2_000

/** Most frames of one turn, so that sockets and requests are served also when the rate is out of reach. */
const mostAtOnce = 1_000

/** How often a market is drawn anew because its agents rest. */
const mostAttempts = 20

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
  /** Those of them that a scenario leads somewhere. */
  const led = new Set<FlowMarket>()
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

  /** Does what was scheduled, lets the exchange do what it has to by itself, and tells the trades that are due by then, each at its time. */
  const settleUntil = (at: number): void => {
    while (true) {
      const scheduled = timed[0]?.at ?? Number.POSITIVE_INFINITY
      const due = Math.min(scheduled, desk.due)
      if (due > at) break
      tellUntil(due)
      time = Math.max(time, due)
      const { act } = scheduled <= due ? timed.shift() as Timed : { act: () => desk.advance() }
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

  /** The market whose agents have their turn: any that is not paused, more often one that is led somewhere. */
  const chosen = (): FlowMarket | undefined => {
    for (const market of led) if (!market.fair.isLed || market.resolvedTo !== undefined) led.delete(market)
    if (led.size > 0 && random.chance(ledShare)) {
      const awake = [...led].filter((one) => one.pausedUntil <= time)
      const market = awake[random.between(0, awake.length - 1)]
      if (market !== undefined) return market
    }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const market = open[random.between(0, open.length - 1)]
      if (market === undefined || market.pausedUntil <= time) return market
    }
    return undefined
  }

  /** One agent's turn in one market; how many frames it was worth. */
  const turn = (): number => {
    const market = chosen()
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

  clock.during(startedAt, () => {
    for (let index = 0; index < options.markets; index++) add(startedAt)
  })

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
    lead: (market, course) => {
      market.fair.lead(course)
      led.add(market)
    },
    pause: (until) => {
      pausedUntil = Math.max(pausedUntil, until)
    }
  }
}
