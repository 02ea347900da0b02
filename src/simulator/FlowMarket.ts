/**
 * One market of the generated flow: a fair price and agents who trade by it. Their orders stand in the exchange's book beside those of users and meet
 * them there; the book told to the world is the exchange's. Pure but for its seeded randomness; knows no frames and no clock.
 */
import { unit } from "../domain/Micro.ts"
import type { MarketChange } from "./exchange/DeskOrder.ts"
import { FairPrice } from "./flow/FairPrice.ts"
import { Hand } from "./flow/Hand.ts"
import { MarketMaker } from "./flow/MarketMaker.ts"
import { informed, Momentum, noise } from "./flow/Takers.ts"
import type { Listing } from "./Listing.ts"
import { type BookSide, MirroredBook } from "./MirroredBook.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { Seeded } from "./Seeded.ts"

/** What a step was: orders (whatever they did is told as a change of the market), or a new tick. */
export type Step =
  | { readonly kind: "orders" }
  | { readonly kind: "tick"; readonly from: number; readonly to: number }

/** How long orders that would match are held in markets with a taker delay, ms. */
const takerHold = 50

/** Ticks to which a market changes near 0 and 1; every price of the coarse one fits the fine one. */
const finer = new Map([[10_000, 1_000], [5_000, 1_000], [2_500, 100]])

/** How often the informed are quicker than the maker where quotes have been passed. */
const informedShare = 0.4

/** Of what there is to do when nothing presses: shares of noise, momentum, and quotes taken back. */
const noiseShare = 0.055
const momentumShare = 0.04
const thinShare = 0.04

/** The life of one market. */
export class FlowMarket {
  readonly listing: Listing
  readonly book: MirroredBook
  readonly fair: FairPrice
  /** pUSD traded since the start. */
  traded = 0
  resolvedTo: number | undefined
  /** Until when its agents do nothing, ms UTC. */
  pausedUntil = 0
  /** True while a cancel goes on that the venue tells twice. */
  repeats = false
  /** Hears of every change after the first quotes. */
  told: (change: MarketChange) => void = () => {}
  readonly #desk: OrderDesk
  readonly #maker: MarketMaker
  readonly #noise: Hand
  readonly #momentum: Momentum
  readonly #informed: Hand
  /** Hashes the first token's book had at its present timestamp. */
  readonly #hashesNow = new Set<string>()
  readonly #random: Seeded

  constructor(options: {
    readonly listing: Listing
    readonly random: Seeded
    readonly seed: number
    readonly now: number
    readonly desk: OrderDesk
    /** What decides the fair price, where it does not wander. */
    readonly model?: ((now: number) => number) | undefined
  }) {
    const { desk, listing, now, random, seed } = options
    this.listing = listing
    this.#desk = desk
    this.#random = random
    this.book = new MirroredBook(listing)
    this.fair = new FairPrice(random, now)
    if (options.model !== undefined) this.fair.follow(options.model)
    this.fair.move(now, listing.tickSize)
    const hand = (kind: "maker" | "noise" | "momentum" | "informed") => new Hand({ kind, seed, listing, desk })
    this.#maker = new MarketMaker(hand("maker"), this.book, random)
    this.#noise = hand("noise")
    this.#momentum = new Momentum(hand("momentum"), this.book)
    this.#informed = hand("informed")
    desk.list({
      conditionId: listing.conditionId,
      assetIds: listing.assetIds,
      outcomes: listing.outcomes,
      negativeRisk: listing.negativeRisk,
      version: listing.version,
      minimumSize: listing.minimumSize * unit,
      tickSize: () => this.book.tickSize,
      fee: listing.fee,
      hold: listing.secondsDelay > 0 ? listing.secondsDelay * 1_000 : listing.takerDelay ? takerHold : 0,
      answersDelayed: listing.secondsDelay > 0,
      changed: (change) => this.#absorb(change)
    })
    const quotes = this.fair.quotes(this.book.tickSize)
    desk.batch(() => this.#maker.open(quotes))
    if (random.chance(0.8)) this.book.setLastTradePrice(threeDecimals(quotes.bid))
    this.commit(now)
  }

  /** Does one thing and says what it was; what it changes of the book is told meanwhile. `now` in ms. */
  step(now: number): Step {
    const { book } = this
    this.fair.move(now, book.tickSize)
    const middle = (book.best("bids") + book.best("asks")) / 2
    const fineTick = finer.get(book.tickSize)
    if (fineTick !== undefined && (middle > 960_000 || middle < 40_000)) return this.changeTick(fineTick, now)
    this.#desk.batch(() => this.#act(now))
    this.repeats = false
    return { kind: "orders" }
  }

  /** Takes another tick; one that every present price is a multiple of. */
  changeTick(to: number, now: number): Step {
    const from = this.book.tickSize
    this.book.setTickSize(to)
    this.commit(now)
    return { kind: "tick", from, to }
  }

  /**
   * Closes a change at a time, ms, or a little later when the book would otherwise return to a state it already had within that millisecond.
   */
  commit(now: number): void {
    const { book } = this
    const before = book.timestamp
    book.commit(Math.max(now, before))
    if (book.timestamp !== before) this.#hashesNow.clear()
    if (this.#hashesNow.has(book.summaries()[0].hash)) {
      book.commit(book.timestamp + 1)
      this.#hashesNow.clear()
    }
    this.#hashesNow.add(book.summaries()[0].hash)
  }

  #act(now: number): void {
    const { book } = this
    const random = this.#random
    const maker = this.#maker
    const quotes = this.fair.quotes(book.tickSize)
    for (const side of ["asks", "bids"] as const) {
      const isPassed = side === "asks" ? book.best("asks") <= quotes.bid : book.best("bids") >= quotes.ask
      if (!isPassed) continue
      if (random.chance(informedShare) && informed(this.#informed, book, random, side, quotes)) this.#refill(side)
      else maker.retreat(side, quotes)
      return
    }
    if (maker.close(quotes)) return
    const dice = random.next()
    if (dice < noiseShare && noise(this.#noise, book, random)) return
    if (dice < noiseShare + momentumShare && this.#momentum.act(now, random)) return
    if (dice < noiseShare + momentumShare + thinShare) {
      this.repeats = random.chance(0.5)
      if (maker.thin()) return
      this.repeats = false
    }
    maker.fidget()
  }

  /** A side that was taken whole has somebody beyond it at once. */
  #refill(side: BookSide): void {
    if ((this.#desk.book(this.listing.conditionId)?.best(side) ?? 0) % unit !== 0) return
    const tick = this.book.tickSize
    const last = this.book.levels(side)[0]?.price ?? unit / 2
    const price = side === "asks" ? Math.min(unit - tick, last + tick) : Math.max(tick, last - tick)
    this.#maker.quote({ side, price, size: this.#maker.size() })
  }

  #absorb(change: MarketChange): void {
    for (const { price, side, size } of change.levels) this.book.set(side, price, size)
    for (const { taker } of change.trades) this.traded += taker.money / unit
    const last = change.trades.at(-1)?.taker.price
    if (last !== undefined) this.book.setLastTradePrice(threeDecimals(this.#random.chance(0.5) ? last : unit - last))
    this.told(change)
  }
}

/** A price as books quote the last trade: three decimals, four where the tick needs them. */
const threeDecimals = (price: number): string => (price / unit).toFixed(price % 1_000 === 0 ? 3 : 4)
