/**
 * What becomes of orders in the books: they match, rest, are filled and end, with what they may take from wallets promised meanwhile and trades as the
 * result. Users and the background are treated alike; of users' orders it keeps all, by id.
 */
import type { Wallets } from "../Wallets.ts"
import type { Match } from "./BookOrder.ts"
import { type Chronicle, isOfUser } from "./Chronicle.ts"
import type { CancelCause, DeskOrder, OrderStatus, Placed, Trade } from "./DeskOrder.ts"
import { Floor, type Pit } from "./Floor.ts"
import { canPay } from "./Funds.ts"
import { OpenOrders } from "./OpenOrders.ts"
import { refusals } from "./Refusals.ts"
import { Settlement, type SettlementDelays } from "./Settlement.ts"
import { TradeMaker } from "./TradeMaker.ts"

/** The books with the orders in them. */
export class Execution {
  readonly floor = new Floor()
  readonly settlement: Settlement
  /** Users' orders of any state, by id. */
  readonly orders = new Map<string, DeskOrder>()
  readonly open = new OpenOrders()
  readonly #wallets: Wallets
  readonly #chronicle: Chronicle
  readonly #maker: TradeMaker
  readonly #now: () => number

  constructor(options: {
    readonly seed: number
    readonly now: () => number
    readonly wallets: Wallets
    readonly chronicle: Chronicle
    readonly delays: SettlementDelays
  }) {
    const { chronicle, delays, now, seed, wallets } = options
    this.#wallets = wallets
    this.#chronicle = chronicle
    this.#maker = new TradeMaker(seed)
    this.#now = now
    this.settlement = new Settlement({ wallets, now, delays, tell: (trade) => chronicle.moved(trade) })
  }

  /** Places an order as it comes to its book; says why not in the venue's words. */
  place(pit: Pit, order: DeskOrder): Placed {
    const { book, market } = pit
    const { levels, quote, refusal, rested } = book.place(
      order,
      (quote) => canPay(this.#wallets, market, order, quote) ? undefined : "balance"
    )
    if (refusal !== undefined) {
      if (refusal === "not filled whole" || refusal === "nothing to match") this.kill(order, refusals[refusal])
      return { error: refusals[refusal], trades: [] }
    }
    this.#enter(order)
    if (rested > 0) this.#promise(order, book.reserved(order.id))
    this.floor.changed(pit, levels)
    const trades = this.#trade(pit, order, quote.matches)
    if (rested === 0) {
      const isWhole = quote.complete || order.type === "GTC" || order.type === "GTD"
      this.end(order, "MATCHED", isWhole ? undefined : "remainder")
    } else if (trades.length > 0) this.#chronicle.changed("UPDATE", order)
    return { trades }
  }

  /** An order that never was in the book: its owner hears that it is gone, and its id cannot be used again. */
  kill(order: DeskOrder, reason: string): void {
    order.status = "CANCELED"
    order.reason = reason
    if (!isOfUser(order)) return
    this.orders.set(order.id, order)
    this.#chronicle.changed("CANCELLATION", order)
  }

  /** Ends a user's order, or an agent's that was filled. */
  end(order: DeskOrder, status: OrderStatus, cause?: CancelCause): void {
    const pit = this.floor.pit(order.market)
    const left = pit === undefined ? 0 : this.leave(pit, order)
    order.status = status
    if (!isOfUser(order)) return
    this.open.remove(order)
    if (cause !== undefined) {
      this.#chronicle.canceled(order, cause, cause === "remainder" ? Math.max(0, order.size - order.matched) : left)
    }
    this.#chronicle.changed(status === "MATCHED" ? "UPDATE" : "CANCELLATION", order)
  }

  /** Takes an order out of its book, with what was promised to it; the shares it still wanted. */
  leave(pit: Pit, order: DeskOrder): number {
    const taken = pit.book.cancel(order.id)
    if (taken !== undefined) this.floor.changed(pit, [taken.level])
    this.#promise(order, 0)
    return taken?.left ?? 0
  }

  /** Fills what rests and was reached by levels from outside. */
  meet(pit: Pit): void {
    const { levels, matches } = pit.book.meetDepth()
    if (matches.length === 0) return
    this.floor.changed(pit, levels)
    for (const match of matches) this.#trade(pit, undefined, [match])
  }

  #enter(order: DeskOrder): void {
    order.status = "LIVE"
    if (!isOfUser(order)) return
    this.orders.set(order.id, order)
    this.open.add(order)
    this.#chronicle.accepted(order, "live")
  }

  /** Makes trades of an arriving order's matches, one for each price. */
  #trade(pit: Pit, taker: DeskOrder | undefined, matches: ReadonlyArray<Match<DeskOrder>>): ReadonlyArray<Trade> {
    const trades: Array<Trade> = []
    for (let index = 0; index < matches.length;) {
      const { ladderPrice } = matches[index] as Match<DeskOrder>
      const end = matches.findIndex((match, at) => at > index && match.ladderPrice !== ladderPrice)
      const same = matches.slice(index, end < 0 ? matches.length : end)
      index += same.length
      const trade = this.#maker.make(pit.market, taker, same, this.#now())
      trades.push(trade)
      this.floor.traded(pit, trade)
      this.#chronicle.matched(trade)
      this.settlement.add(trade)
      if (taker !== undefined) this.#filled(taker, trade.taker.size, trade)
      for (const { maker, size } of same) if (maker !== undefined) this.#made(pit, maker, size, trade)
      this.#chronicle.traded(trade)
    }
    return trades
  }

  #filled(order: DeskOrder, size: number, trade: Trade): void {
    order.matched += size
    if (isOfUser(order) && !order.trades.includes(trade.id)) order.trades.push(trade.id)
  }

  /** A resting order was matched: less of it is promised now. */
  #made(pit: Pit, order: DeskOrder, size: number, trade: Trade): void {
    this.#filled(order, size, trade)
    const left = pit.book.left(order.id)
    this.#promise(order, left === 0 ? 0 : pit.book.reserved(order.id))
    if (left > 0) this.#chronicle.changed("UPDATE", order)
    else this.end(order, "MATCHED")
  }

  /** Sets what is promised to an order. */
  #promise(order: DeskOrder, amount: number): void {
    this.#wallets.promise(order.maker, order.side === "BUY" ? "" : order.assetId, amount - order.reserved)
    order.reserved = amount
  }
}
