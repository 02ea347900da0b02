/**
 * Made-up traffic of the market channel, the same for the same seed: 94 % changes of a level told for both tokens of a market,
 * 5 % trades, 1 % whole books, of both tokens together. The books are consistent and every hash is the venue's, so that an
 * engine that checks them finds nothing wrong. Frames come with their WebSocket header, ready to be written to a socket.
 */
import { hash } from "node:crypto"

/** A market with its two tokens. */
export interface TrafficMarket {
  readonly conditionId: string
  readonly yes: string
  readonly no: string
}

/** One frame: the market it is of, and its bytes on the wire. */
export interface TrafficFrame {
  readonly market: number
  readonly bytes: Buffer
}

/** Everything the load generator needs. */
export interface Traffic {
  /** The first books by token: as the socket tells them, and as REST does. */
  readonly firstBooks: ReadonlyMap<string, string>
  readonly summaries: ReadonlyMap<string, string>
  readonly frames: ReadonlyArray<TrafficFrame>
  /** How many of the first `n` frames are trades, at index `n`. */
  readonly tradesBefore: Uint32Array
}

const digits = (text: string): string => hash("sha256", text)

/** The markets of the traffic: ids as long as the venue's. */
export const marketsOf = (count: number): ReadonlyArray<TrafficMarket> =>
  Array.from({ length: count }, (_, at) => ({
    conditionId: `0x${digits(`market ${at}`)}`,
    yes: BigInt(`0x${digits(`yes ${at}`)}`).toString(),
    no: BigInt(`0x${digits(`no ${at}`)}`).toString()
  }))

type Draw = (below: number) => number

/** Mulberry32: whole numbers from 0 to below the bound. */
const draws = (seed: number): Draw => {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

const priceText = (cents: number): string => String(cents / 100)
const level = (cents: number, size: number): string => `{"price":"${priceText(cents)}","size":"${size / 100}"}`

/** One market's book in cents of a pUSD and of a share, the levels of both tokens kept as text. */
class MarketModel {
  readonly ids: TrafficMarket
  private readonly draw: Draw
  private readonly sizes = new Int32Array(100)
  /** By cents of Yes: the level as Yes shows it and as No does. */
  private readonly ofYes: Array<string> = []
  private readonly ofNo: Array<string> = []
  private bestBid = 49
  private bestAsk = 51
  private lastTradePrice = "0.500"
  time: number

  constructor(ids: TrafficMarket, time: number, draw: Draw) {
    this.ids = ids
    this.time = time
    this.draw = draw
    for (let cents = 1; cents < 100; cents++) if (cents !== 50) this.setSize(cents)
  }

  private setSize(cents: number): void {
    const before = this.sizes[cents]
    let size = 500 + this.draw(90_000)
    if (size === before) size++
    this.sizes[cents] = size
    this.ofYes[cents] = level(cents, size)
    this.ofNo[cents] = level(100 - cents, size)
  }

  /** Levels worst to best, as the wire has them. */
  private sides(isYes: boolean): { readonly bids: string; readonly asks: string } {
    const texts = isYes ? this.ofYes : this.ofNo
    const below = texts.slice(1, this.bestBid + 1).join(",")
    const above = texts.slice(this.bestAsk).reverse().join(",")
    return isYes ? { bids: below, asks: above } : { bids: above, asks: below }
  }

  private head(isYes: boolean): string {
    return `{"market":"${this.ids.conditionId}","asset_id":"${
      isYes ? this.ids.yes : this.ids.no
    }","timestamp":"${this.time}"`
  }

  private tail(): string {
    return `"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":"${this.lastTradePrice}"}`
  }

  private hash(isYes: boolean): string {
    const { asks, bids } = this.sides(isYes)
    return hash("sha1", `${this.head(isYes)},"hash":"","bids":[${bids}],"asks":[${asks}],${this.tail()}`)
  }

  /** The book as REST shows it. */
  summary(isYes: boolean): string {
    const { asks, bids } = this.sides(isYes)
    return `${this.head(isYes)},"hash":"${this.hash(isYes)}","bids":[${bids}],"asks":[${asks}],${this.tail()}`
  }

  /** The book as the socket shows it: with tick and last trade when a subscription begins. */
  book(isYes: boolean, isFirst: boolean): string {
    const { asks, bids } = this.sides(isYes)
    const more = isFirst ? `,"tick_size":"0.01","last_trade_price":"${this.lastTradePrice}"` : ""
    return `${this.head(isYes)},"hash":"${this.hash(isYes)}","bids":[${bids}],"asks":[${asks}]` +
      `${more},"event_type":"book"}`
  }

  /** A level changes: one time in five the best one of a side, which comes or goes, else the size of one near the top. */
  change(): string {
    const isTop = this.draw(5) === 0
    let isBid = this.draw(2) === 0
    let cents: number
    if (!isTop) {
      const depth = this.draw(1 + this.draw(20))
      cents = isBid ? this.bestBid - depth : this.bestAsk + depth
      this.setSize(cents)
    } else if (this.bestAsk - this.bestBid > 1) {
      isBid = this.bestBid < 30 || (isBid && this.bestBid < 70)
      cents = isBid ? ++this.bestBid : --this.bestAsk
      this.setSize(cents)
    } else {
      isBid = this.bestBid > 70 || (isBid && this.bestBid > 30)
      cents = isBid ? this.bestBid-- : this.bestAsk++
      this.sizes[cents] = 0
    }
    const size = String((this.sizes[cents] as number) / 100)
    const yes = this.changeOf(true, isBid, cents, size)
    const no = this.changeOf(false, !isBid, 100 - cents, size)
    const [first, second] = this.draw(2) === 0 ? [yes, no] : [no, yes]
    return `{"market":"${this.ids.conditionId}", "price_changes":[${first}, ${second}], ` +
      `"timestamp":"${this.time}", "event_type":"price_change"}`
  }

  private changeOf(isYes: boolean, isBuy: boolean, cents: number, size: string): string {
    const bid = priceText(isYes ? this.bestBid : 100 - this.bestAsk)
    const ask = priceText(isYes ? this.bestAsk : 100 - this.bestBid)
    return `{"asset_id":"${isYes ? this.ids.yes : this.ids.no}", "price":"${priceText(cents)}", "size":"${size}", ` +
      `"side":"${isBuy ? "BUY" : "SELL"}", "hash":"${this.hash(isYes)}", "best_bid":"${bid}", "best_ask":"${ask}"}`
  }

  /** A trade at the best price of a side; the change of the level is told by itself. */
  trade(transaction: string): string {
    const isBuy = this.draw(2) === 0
    const cents = isBuy ? this.bestAsk : this.bestBid
    this.lastTradePrice = (cents / 100).toFixed(3)
    return `{"market":"${this.ids.conditionId}", "asset_id":"${this.ids.yes}", "price":"${priceText(cents)}", ` +
      `"size":"${(1 + this.draw(10_000)) / 100}", "fee_rate_bps":"0", "side":"${isBuy ? "BUY" : "SELL"}", ` +
      `"timestamp":"${this.time}", "event_type":"last_trade_price", "transaction_hash":"0x${transaction}"}`
  }
}

/** A text as a server's unmasked frame of at least 126 and at most 65,535 bytes. */
const framed = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafe(4 + text.length)
  bytes.writeUInt16BE(0x817e, 0)
  bytes.writeUInt16BE(text.length, 2)
  bytes.write(text, 4, "latin1")
  return bytes
}

/** Makes so many frames of so many markets; `time` is the venue's when it begins (ms UTC), five frames a millisecond. */
export const make = (options: {
  readonly markets: number
  readonly frames: number
  readonly seed: number
  readonly time: number
}): Traffic => {
  const draw = draws(options.seed)
  const models = marketsOf(options.markets).map((ids) => new MarketModel(ids, options.time, draw))
  const firstBooks = new Map<string, string>()
  const summaries = new Map<string, string>()
  for (const model of models) {
    for (const isYes of [true, false]) {
      const token = isYes ? model.ids.yes : model.ids.no
      firstBooks.set(token, model.book(isYes, true))
      summaries.set(token, model.summary(isYes))
    }
  }
  const frames: Array<TrafficFrame> = []
  const tradesBefore = new Uint32Array(options.frames + 1)
  let trades = 0
  const tell = (market: number, text: string): void => {
    if (frames.length === options.frames) return
    frames.push({ market, bytes: framed(text) })
    tradesBefore[frames.length] = trades
  }
  while (frames.length < options.frames) {
    const market = draw(models.length)
    const model = models[market] as MarketModel
    model.time = Math.max(model.time + 1, options.time + Math.floor(frames.length / 5))
    const kind = draw(1_000)
    if (kind < 945) tell(market, model.change())
    else if (kind < 995) {
      trades++
      tell(market, model.trade(digits(`transaction ${trades}`)))
    } else for (const isYes of [true, false]) tell(market, model.book(isYes, false))
  }
  return { firstBooks, summaries, frames, tradesBefore }
}
