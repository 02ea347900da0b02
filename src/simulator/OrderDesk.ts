/**
 * Orders of the simulator's users in memory: what takes from the generated book does so at its levels, what rests is filled at its own price when
 * the book comes to it. The generated book itself does not move for them, and users do not meet each other.
 */
import { format, parse, unit } from "../domain/Micro.ts"
import { digestOf } from "./Seeded.ts"
import type { Venue } from "./Venue.ts"
import type { Wallets } from "./Wallets.ts"

/** An order of any state. Prices and sizes in millionths. */
export interface DeskOrder {
  readonly id: string
  readonly apiKey: string
  readonly maker: string
  readonly market: string
  readonly assetId: string
  readonly outcome: string
  readonly side: "BUY" | "SELL"
  readonly price: number
  readonly size: number
  /** pUSD that may be spent, market buys only. */
  readonly budget?: number | undefined
  readonly type: "GTC" | "GTD" | "FOK" | "FAK"
  /** Unix s; 0: none. */
  readonly expiration: number
  /** Unix s. */
  readonly createdAt: number
  status: "LIVE" | "MATCHED" | "CANCELED"
  matched: number
  /** Shares taken from an opposite side that still stands where it stood. */
  taken: number
  readonly trades: Array<string>
}

/** A fill of one order. */
export interface DeskTrade {
  readonly id: string
  readonly order: DeskOrder
  readonly price: number
  readonly size: number
  readonly fee: number
  readonly isTaker: boolean
  /** ms UTC. */
  readonly at: number
  status: "MATCHED" | "CONFIRMED"
  readonly transactionHash: string
}

/** Something that happened to a user's order. */
export type DeskEvent =
  | { readonly kind: "PLACEMENT" | "UPDATE" | "CANCELLATION"; readonly order: DeskOrder }
  | { readonly kind: "TRADE"; readonly trade: DeskTrade }

/** What became of a placed order. */
export interface Placement {
  readonly error?: string
  readonly trades: ReadonlyArray<DeskTrade>
}

interface Level {
  readonly price: number
  readonly size: number
}

/** The books of all users. */
export class OrderDesk {
  readonly orders = new Map<string, DeskOrder>()
  readonly trades: Array<DeskTrade> = []
  readonly #live = new Set<DeskOrder>()
  /** Trades of the last second, oldest first. */
  readonly #unconfirmed: Array<DeskTrade> = []
  readonly #venue: Venue
  readonly #wallets: Wallets
  readonly #now: () => number
  readonly #tell: (event: DeskEvent) => void
  readonly #seed: number

  constructor(options: {
    readonly venue: Venue
    readonly wallets: Wallets
    readonly seed: number
    readonly now: () => number
    readonly tell: (event: DeskEvent) => void
  }) {
    this.#venue = options.venue
    this.#wallets = options.wallets
    this.#seed = options.seed
    this.#now = options.now
    this.#tell = options.tell
  }

  /** Open orders of a key. */
  open(apiKey: string): ReadonlyArray<DeskOrder> {
    return [...this.#live].filter((order) => order.apiKey === apiKey)
  }

  /** Places an order that is well formed; says why not in the venue's words. */
  place(order: DeskOrder, postOnly: boolean): Placement {
    const no = (error: string): Placement => ({ error, trades: [] })
    if (this.orders.has(order.id)) return no("order already exists")
    const levels = this.#opposite(order)
    const matches = matchesOf(order, levels)
    if (postOnly && matches.length > 0) return no("invalid post-only order: order crosses book")
    const size = matches.reduce((sum, match) => sum + match.size, 0)
    const isFilled = isComplete(order, matches, size)
    if (order.type === "FOK" && !isFilled) {
      return no("order couldn't be fully filled. FOK orders are fully filled or killed.")
    }
    if (order.type === "FAK" && size === 0) {
      return no(
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
      )
    }
    if (!this.#canPay(order)) return no("not enough balance / allowance")
    this.orders.set(order.id, order)
    this.#live.add(order)
    order.taken = size
    this.#tell({ kind: "PLACEMENT", order })
    const trades = matches.map((match) => this.#fill(order, match.price, match.size, true))
    if (order.type === "FOK" || order.type === "FAK") this.#end(order, "MATCHED")
    return { trades }
  }

  /** Cancels what is live of these ids for a key; the rest with the reason. */
  cancel(apiKey: string, ids: Iterable<string>): {
    readonly canceled: ReadonlyArray<string>
    readonly not_canceled: Readonly<Record<string, string>>
  } {
    const canceled: Array<string> = []
    const not_canceled: Record<string, string> = {}
    for (const id of new Set(ids)) {
      const order = this.orders.get(id)
      if (order === undefined || order.apiKey !== apiKey) {
        not_canceled[id] = "order can't be found - already canceled or matched"
      } else if (order.status !== "LIVE") not_canceled[id] = "order can't be found - already canceled or matched"
      else {
        this.#end(order, "CANCELED")
        canceled.push(id)
      }
    }
    return { canceled, not_canceled }
  }

  /** Fills what the books have come to, ends what has expired, confirms trades. */
  settle(): void {
    const now = this.#now()
    for (const order of this.#live) {
      const levels = this.#opposite(order)
      // The venue ends orders a minute before their expiration.
      if (order.expiration > 0 && now >= (order.expiration - 60) * 1_000) {
        this.#end(order, "CANCELED")
        continue
      }
      const available = levels.filter((level) => crosses(order, level.price)).reduce(
        (sum, level) => sum + level.size,
        0
      )
      if (available === 0) order.taken = 0
      const size = Math.min(order.size - order.matched, available - order.taken)
      if (size <= 0) continue
      order.taken += size
      this.#fill(order, order.price, size, false)
    }
    while (this.#unconfirmed[0] !== undefined && now - this.#unconfirmed[0].at >= 1_000) {
      const trade = this.#unconfirmed.shift() as DeskTrade
      trade.status = "CONFIRMED"
      this.#tell({ kind: "TRADE", trade })
    }
  }

  /** Levels on the other side, best first. */
  #opposite({ assetId, side }: DeskOrder): ReadonlyArray<Level> {
    const book = this.#venue.book(assetId)
    if (book === undefined) return []
    const levels = JSON.parse(side === "BUY" ? book.asks : book.bids) as ReadonlyArray<
      { readonly price: string; readonly size: string }
    >
    return levels.map(({ price, size }) => ({ price: parse(price), size: parse(size) })).reverse()
  }

  /** Whether the wallet has what this order and its other live ones may take. */
  #canPay(order: DeskOrder): boolean {
    let promised = cost(order)
    for (const one of this.#live) {
      if (one.maker !== order.maker || one.side !== order.side) continue
      if (order.side === "BUY" || one.assetId === order.assetId) promised += cost(one)
    }
    return promised <= (order.side === "BUY"
      ? this.#wallets.collateral(order.maker)
      : this.#wallets.shares(order.maker, order.assetId))
  }

  #fill(order: DeskOrder, price: number, size: number, isTaker: boolean): DeskTrade {
    const fee = isTaker ? this.#feeOf(order.market, price, size) : 0
    const digest = digestOf(this.#seed, `trade/${this.trades.length}/${order.id}`).toString("hex")
    const trade: DeskTrade = {
      id: `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${
        digest.slice(20, 32)
      }`,
      order,
      price,
      size,
      fee,
      isTaker,
      at: this.#now(),
      status: "MATCHED",
      transactionHash: `0x${digest}`
    }
    order.matched += size
    order.trades.push(trade.id)
    this.trades.push(trade)
    this.#unconfirmed.push(trade)
    this.#wallets.settle(order.maker, order.assetId, order.side, price, size, fee)
    if (order.matched >= order.size) this.#end(order, "MATCHED")
    else this.#tell({ kind: "UPDATE", order })
    this.#tell({ kind: "TRADE", trade })
    return trade
  }

  #end(order: DeskOrder, status: "MATCHED" | "CANCELED"): void {
    if (!this.#live.delete(order)) return
    order.status = status
    this.#tell({ kind: status === "CANCELED" ? "CANCELLATION" : "UPDATE", order })
  }

  /** pUSD in millionths, rounded to five decimals. */
  #feeOf(market: string, price: number, size: number): number {
    const { e, r } = (this.#venue.market(market)?.clob["fd"] ?? { r: 0, e: 0 }) as {
      readonly r: number
      readonly e: number
    }
    const p = price / unit
    return Math.round(size * r * (p * (1 - p)) ** e / 10) * 10
  }
}

const crosses = ({ price, side }: DeskOrder, level: number): boolean => side === "BUY" ? level <= price : level >= price

/** What the rest of an order may still take from its wallet. */
const cost = ({ budget, matched, price, side, size }: DeskOrder): number =>
  side === "SELL" ? size - matched : budget ?? Math.ceil(price * (size - matched) / unit)

/** What an arriving order takes, best level first; a budget buys as many hundredths of a share as it pays for. */
const matchesOf = (order: DeskOrder, levels: ReadonlyArray<Level>): ReadonlyArray<Level> => {
  const matches: Array<Level> = []
  let left = order.size
  let money = order.budget ?? Number.POSITIVE_INFINITY
  for (const { price, size } of levels) {
    if (!crosses(order, price)) break
    const affordable = Number.isFinite(money) ? Math.floor(money * unit / price / 10_000) * 10_000 : left
    const most = order.budget === undefined ? left : affordable
    const taken = Math.min(size, most)
    if (taken <= 0) break
    matches.push({ price, size: taken })
    left -= taken
    money -= Math.ceil(price * taken / unit)
  }
  return matches
}

const isComplete = (order: DeskOrder, matches: ReadonlyArray<Level>, size: number): boolean => {
  if (order.budget === undefined) return size >= order.size
  const spent = matches.reduce((sum, match) => sum + Math.ceil(match.price * match.size / unit), 0)
  // What is left does not buy a hundredth of a share at the worst price.
  return (order.budget - spent) * unit / order.price < 10_000
}

/** Base units of what a fill gave and got, as the venue answers them: decimal text, "" for nothing. */
export const amountText = (micro: number): string => (micro === 0 ? "" : format(micro))
