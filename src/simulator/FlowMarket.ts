/**
 * One market of the generated flow: a fair price that wanders (mean reverting, with episodes of drift) and the orders that follow from it. They stand
 * in the exchange's book beside those of users and meet them there; the book told to the world is the exchange's. Pure but for its seeded randomness;
 * knows no frames and no clock.
 */
import { unit } from "../domain/Micro.ts"
import type { LevelChange } from "./exchange/BookOrder.ts"
import type { DeskOrder, MarketChange } from "./exchange/DeskOrder.ts"
import type { Listing } from "./Listing.ts"
import { type BookSide, MirroredBook } from "./MirroredBook.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import type { Seeded } from "./Seeded.ts"
import { outside } from "./Wallets.ts"

/** What a step was: orders (whatever they did is told as a change of the market), or a new tick. */
export type Step =
  | { readonly kind: "orders" }
  | { readonly kind: "tick"; readonly from: number; readonly to: number }

/** How long orders that would match are held in markets with a taker delay, ms. */
const takerHold = 50

const maximumLevels = 48

/** Half of the finest spread a market maker quotes, in ticks, by tick size. */
const widest = new Map([[100_000, 1], [10_000, 2], [5_000, 3], [2_500, 4], [1_000, 6], [100, 30]])

/** Ticks to which a market changes near 0 and 1; every price of the coarse one fits the fine one. */
const finer = new Map([[10_000, 1_000], [5_000, 1_000], [2_500, 100]])

/** The life of one market. */
export class FlowMarket {
  readonly listing: Listing
  readonly book: MirroredBook
  /** pUSD traded since the start. */
  traded = 0
  resolvedTo: number | undefined
  /** True while a cancel goes on that the venue tells twice. */
  repeats = false
  /** Hears of every change after the first quotes. */
  told: (change: MarketChange) => void = () => {}
  readonly #desk: OrderDesk
  /** Ids of the flow's own orders, by side and price. */
  readonly #quoted = new Map<string, string>()
  #orders = 0
  /** Hashes the first token's book had at its present timestamp. */
  readonly #hashesNow = new Set<string>()
  readonly #random: Seeded
  readonly #mean: number
  #fair: number
  #target: number
  #episodeEnd: number
  #at: number

  constructor(listing: Listing, random: Seeded, now: number, desk: OrderDesk) {
    this.listing = listing
    this.#desk = desk
    this.book = new MirroredBook(listing)
    this.#random = random
    this.#mean = 0.2 + random.next() * 0.6
    this.#fair = this.#mean
    this.#target = this.#mean
    this.#episodeEnd = now + random.between(0, 6_000)
    this.#at = now
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
    desk.batch(() => this.#seedBook())
    if (random.chance(0.8)) this.book.setLastTradePrice(threeDecimals(this.#quotes().bid))
    this.commit(now)
  }

  /**
   * Does one thing and says what it was; what it changes of the book is told meanwhile. `now` in ms.
   */
  step(now: number): Step {
    this.#wander(now)
    const { bid, ask } = this.#quotes()
    const book = this.book
    const random = this.#random
    const middle = (book.best("bids") + book.best("asks")) / 2
    const fineTick = finer.get(book.tickSize)
    if (fineTick !== undefined && (middle > 960_000 || middle < 40_000)) {
      const from = book.tickSize
      book.setTickSize(fineTick)
      this.commit(now)
      return { kind: "tick", from, to: fineTick }
    }
    if (book.best("asks") <= bid) {
      return random.chance(0.5)
        ? this.#sweep("asks", bid)
        : this.#retreat("asks", ask)
    }
    if (book.best("bids") >= ask) {
      return random.chance(0.5)
        ? this.#sweep("bids", ask)
        : this.#retreat("bids", bid)
    }
    if (book.best("bids") < bid && random.chance(0.7)) return this.#apply([this.#fresh("bids", bid)])
    if (book.best("asks") > ask && random.chance(0.7)) return this.#apply([this.#fresh("asks", ask)])
    const dice = random.next()
    if (dice < 0.07) return this.#takeBest()
    const side: BookSide = random.chance(0.5) ? "bids" : "asks"
    if (dice < 0.2) return this.#apply(this.#requote())
    if (dice < 0.28 && book.levels(side).length > 4) {
      const levels = book.levels(side)
      const { price } = levels[random.between(0, levels.length - 2)] as { readonly price: number }
      return this.#apply([{ side, price, size: 0 }], random.chance(0.5))
    }
    return this.#apply([this.#nudge(side)])
  }

  #wander(now: number): void {
    const random = this.#random
    const seconds = Math.min(5, Math.max(0, now - this.#at) / 1000)
    this.#at = Math.max(this.#at, now)
    if (now >= this.#episodeEnd) {
      this.#episodeEnd = now + random.between(4_000, 16_000)
      const drift = (random.next() + random.next() - 1) * 0.35
      this.#target = random.chance(0.12)
        ? (this.#mean > 0.5 ? 0.975 : 0.025)
        : Math.min(0.94, Math.max(0.06, this.#mean + drift))
    }
    const pull = 1 - Math.exp(-seconds / 3)
    this.#fair += (this.#target - this.#fair) * pull + random.normal() * 0.012 * Math.sqrt(seconds)
    const edge = Math.max(0.012, (2.2 * this.book.tickSize) / unit)
    this.#fair = Math.min(1 - edge, Math.max(edge, this.#fair))
  }

  /** Where market makers want to stand now. */
  #quotes(): { readonly bid: number; readonly ask: number } {
    const tick = this.book.tickSize
    const spread = this.#random.between(1, widest.get(tick) ?? 2)
    const bid = Math.max(tick, Math.floor((this.#fair * unit - (tick * spread) / 2) / tick) * tick)
    const ask = Math.min(unit - tick, bid + spread * tick)
    return { bid: Math.min(bid, ask - tick), ask }
  }

  #size(): number {
    const random = this.#random
    const shares = Math.exp(Math.log(60) + random.normal() * 1.3)
    return random.chance(0.35)
      ? Math.max(5, Math.round(shares)) * unit
      : Math.max(500, Math.round(shares * 100)) * 10_000
  }

  #fresh(side: BookSide, price: number): LevelChange {
    return { side, price, size: this.book.sizeAt(side, price) + this.#size() }
  }

  #seedBook(): void {
    const tick = this.book.tickSize
    const { bid, ask } = this.#quotes()
    const step = tick >= 2_500 ? 1 : tick === 1_000 ? 6 : 20
    const wanted = this.#random.between(12, 40)
    for (let place = 0; place < wanted; place++) {
      const away = place === 0 ? 0 : place * step + (step === 1 ? 0 : this.#random.between(0, step - 1))
      if (place > 1 && this.#random.chance(0.2)) continue
      if (bid - away * tick >= tick) this.#quote({ side: "bids", price: bid - away * tick, size: this.#size() })
      if (ask + away * tick <= unit - tick) this.#quote({ side: "asks", price: ask + away * tick, size: this.#size() })
    }
  }

  /** A size changes, a level comes, or a far one goes. */
  #nudge(side: BookSide): LevelChange {
    const random = this.#random
    const levels = this.book.levels(side)
    if (levels.length > maximumLevels) return { side, price: (levels[0] as { readonly price: number }).price, size: 0 }
    if (levels.length > 6 && random.chance(0.55)) {
      const level = levels[levels.length - 1 - Math.floor(random.next() ** 2 * levels.length)] as LevelChange
      const size = this.#size()
      return { side, price: level.price, size: size === level.size ? size + 10_000 : size }
    }
    const tick = this.book.tickSize
    const reach = tick >= 2_500 ? 10 : 60
    const away = Math.floor(-Math.log(1 - random.next()) * reach) * tick
    const price = side === "bids"
      ? Math.max(tick, this.book.best(side) - away)
      : Math.min(unit - tick, this.book.best(side) + away)
    return this.#fresh(side, price)
  }

  /** A maker replaces several levels at once. */
  #requote(): ReadonlyArray<LevelChange> {
    const count = this.#random.between(2, 8)
    const changes = new Map<string, LevelChange>()
    for (let index = 0; index < count; index++) {
      const change = this.#nudge(this.#random.chance(0.5) ? "bids" : "asks")
      if (change.size > 0) changes.set(`${change.side}${change.price}`, change)
    }
    const best = Math.max(this.book.tickSize, this.book.best("bids"))
    return changes.size === 0 ? [this.#fresh("bids", best)] : [...changes.values()]
  }

  /** Makers take back what the fair price has passed, and quote where they want to stand. */
  #retreat(side: BookSide, quote: number): Step {
    const crossing = this.book.levels(side).filter((
      level
    ) => (side === "asks" ? level.price < quote : level.price > quote))
    const changes: Array<LevelChange> = crossing.slice(-6).map(({ price }) => ({ side, price, size: 0 }))
    const best = crossing.length > 6 ? (crossing[crossing.length - 7] as LevelChange).price : quote
    changes.push(this.#fresh(side, best))
    return this.#apply(changes)
  }

  /** A taker takes every level up to a price, at most five, and rests what is left of the order there. */
  #sweep(side: BookSide, limit: number): Step {
    const within = this.book.levels(side).filter((
      level
    ) => (side === "asks" ? level.price <= limit : level.price >= limit))
    const taken = within.slice(-5)
    const last = taken[0] as LevelChange
    const size = taken.reduce((sum, level) => sum + level.size, 0)
    const isAll = this.book.levels(side).length === taken.length
    return this.#act(() => {
      this.#place(side === "asks" ? "bids" : "asks", last.price, size + this.#size(), "GTC")
      if (!isAll) return
      const tick = this.book.tickSize
      const beyond = side === "asks" ? Math.min(unit - tick, last.price + tick) : Math.max(tick, last.price - tick)
      this.#quote({ side, price: beyond, size: this.#size() })
    })
  }

  /** A small taker order meets the best level. */
  #takeBest(): Step {
    const random = this.#random
    const side: BookSide = random.chance(0.5) ? "bids" : "asks"
    const levels = this.book.levels(side)
    const best = levels[levels.length - 1]
    if (best === undefined) return this.#apply([this.#fresh(side, this.#quotes()[side === "bids" ? "bid" : "ask"])])
    if (levels.length < 3 && best.size < unit) return this.#apply([this.#fresh(side, best.price)])
    const wanted = random.chance(0.5)
      ? Math.floor((random.between(1, 200) * unit * unit) / best.price)
      : random.between(500, 20_000) * 10_000
    const size = wanted >= best.size && levels.length < 3 ? Math.ceil(best.size / 2) : Math.min(wanted, best.size)
    return this.#act(() => this.#place(side === "asks" ? "bids" : "asks", best.price, size, "FAK"))
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

  #apply(levels: ReadonlyArray<LevelChange>, repeated = false): Step {
    this.repeats = repeated
    return this.#act(() => levels.forEach((level) => this.#quote(level)))
  }

  #act(act: () => void): Step {
    this.#desk.batch(act)
    this.repeats = false
    return { kind: "orders" }
  }

  /** Makes the flow's own order at a price such that the whole level has a size; what users have there is theirs. */
  #quote({ price, side, size }: LevelChange): void {
    const key = `${side}${price}`
    const { conditionId } = this.listing
    const standing = this.#quoted.get(key) ?? ""
    const left = this.#desk.book(conditionId)?.left(standing) ?? 0
    const wanted = Math.max(0, size - (this.book.sizeAt(side, price) - left))
    if (left === wanted) return
    if (left > 0) this.#desk.withdraw(conditionId, standing)
    this.#quoted.delete(key)
    if (wanted > 0) this.#quoted.set(key, this.#place(side, price, wanted, "GTC"))
  }

  /** Places an order of the flow's own, for either outcome; its id. */
  #place(side: BookSide, price: number, size: number, type: "GTC" | "FAK"): string {
    const { assetIds, conditionId, outcomes } = this.listing
    const number = this.#orders++
    const outcome = number % 4 < 2 ? 0 : 1
    const order: DeskOrder = {
      id: `flow/${conditionId}/${number}`,
      apiKey: "",
      maker: outside,
      market: conditionId,
      assetId: assetIds[outcome] as string,
      outcome,
      outcomeName: outcomes[outcome] as string,
      side: (side === "bids") === (outcome === 0) ? "BUY" : "SELL",
      price: outcome === 0 ? price : unit - price,
      size,
      type,
      postOnly: false,
      expiration: 0,
      createdAt: 0,
      status: "LIVE",
      reason: "",
      matched: 0,
      reserved: 0,
      trades: []
    }
    this.#desk.place(order)
    return order.id
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
