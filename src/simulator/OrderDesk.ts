/**
 * The exchange: every market's book, the orders in them and what they may take from wallets, the trades they make. Users and the background's agents
 * place orders here by the same rules. All calls act at once, as of now; what waits for its time (held orders, expirations, trades on their way to
 * the chain) moves with `settle`.
 */
import { type BookRefusal, type Match, type Quote } from "./exchange/BookOrder.ts"
import type {
  CancelCause,
  DeskEvent,
  DeskOrder,
  OrderStatus,
  Placed,
  Trade,
  TradedMarket
} from "./exchange/DeskOrder.ts"
import { Floor, type Pit } from "./exchange/Floor.ts"
import { canPay } from "./exchange/Funds.ts"
import { HeldOrders } from "./exchange/HeldOrders.ts"
import { describe, linesOf } from "./exchange/LedgerLines.ts"
import { Settlement, type SettlementDelays, usualDelays } from "./exchange/Settlement.ts"
import { TradeMaker } from "./exchange/TradeMaker.ts"
import { type Ledger, none } from "./Ledger.ts"
import { Wallets } from "./Wallets.ts"

/** Which of the ids were canceled; the others with the reason. */
export interface Canceled {
  readonly canceled: ReadonlyArray<string>
  readonly not_canceled: Readonly<Record<string, string>>
}

/** What the venue says of an order that it did not take. */
export const refusals = {
  crosses: "invalid post-only order: order crosses book",
  "not filled whole": "order couldn't be fully filled. FOK orders are fully filled or killed.",
  "nothing to match":
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
  balance: "not enough balance / allowance",
  duplicate: "order is invalid. Duplicated.",
  closed: "the market is not yet ready to process new orders"
} as const satisfies Record<BookRefusal | "balance" | "duplicate" | "closed", string>

const gone = "order can't be found - already canceled or matched"
const isHeld = "order can't be canceled while it is delayed"

/** The books of all markets and the orders of all users. */
export class OrderDesk {
  /** Users' orders of any state, by id. */
  readonly orders = new Map<string, DeskOrder>()
  /** Trades with a user on either side, oldest first. */
  readonly trades: Array<Trade> = []
  readonly wallets: Wallets
  readonly settlement: Settlement
  /** Hears what happens to users' orders and trades. */
  tell: (event: DeskEvent) => void = () => {}
  /** Called before a user's order or cancel is looked at, and before time moves things, so that what was due by then comes first. */
  before: () => void = () => {}
  readonly #floor = new Floor()
  readonly #maker: TradeMaker
  /** Open orders by API key. */
  readonly #open = new Map<string, Set<DeskOrder>>()
  readonly #expiring = new Set<DeskOrder>()
  /** Wallets that ever placed an order by an API key. */
  readonly #users = new Set<string>()
  readonly #held = new HeldOrders()
  readonly #ledger: Ledger
  readonly #now: () => number

  constructor(options: {
    readonly seed: number
    readonly now: () => number
    readonly wallets?: Wallets
    readonly ledger?: Ledger
    readonly delays?: SettlementDelays
  }) {
    this.wallets = options.wallets ?? new Wallets([])
    this.#now = options.now
    this.#ledger = options.ledger ?? none
    this.#maker = new TradeMaker(options.seed)
    this.settlement = new Settlement({
      wallets: this.wallets,
      now: options.now,
      delays: options.delays ?? usualDelays,
      tell: (trade) => {
        if (!isOfUser(trade)) return
        this.#ledger.write({ kind: "trade", trade: trade.id, status: trade.status })
        this.tell({ kind: "TRADE", trade })
      }
    })
  }

  /** Opens a market for orders. */
  list(market: TradedMarket): void {
    this.#floor.open(market)
  }

  /** A market that is open for orders. */
  market(conditionId: string): TradedMarket | undefined {
    return this.#floor.pit(conditionId)?.market
  }

  /** The market of a token, with the token's place in it. */
  marketOf(assetId: string): { readonly market: TradedMarket; readonly outcome: 0 | 1 } | undefined {
    return this.#floor.marketOf(assetId)
  }

  /** A market's book. */
  book(conditionId: string): Pit["book"] | undefined {
    return this.#floor.pit(conditionId)?.book
  }

  /** Open orders of a key, in the order they were placed. */
  open(apiKey: string): ReadonlyArray<DeskOrder> {
    return [...this.#open.get(apiKey) ?? []]
  }

  /** Does several things that the market channel tells as one change of each book. */
  batch<A>(act: () => A): A {
    return this.#floor.batch(act)
  }

  /** Places an order that is well formed; says why not in the venue's words. */
  place(order: DeskOrder): Placed {
    if (order.apiKey !== "") this.before()
    const pit = this.#floor.pit(order.market)
    if (pit === undefined) return { error: refusals.closed, trades: [] }
    if (this.orders.has(order.id)) return { error: refusals.duplicate, trades: [] }
    const { hold } = pit.market
    if (hold > 0 && order.apiKey !== "" && !order.postOnly) {
      const quote = pit.book.quote(order)
      if (quote.matches.length > 0) return this.#hold(pit, order, quote)
    }
    return this.batch(() => this.#place(pit, order))
  }

  /** What became of a held order, once it was looked at again. */
  outcomeOf(id: string): Placed | undefined {
    return this.#held.outcomeOf(id)
  }

  /** Nobody asks for the outcome of a held order any more. */
  answered(id: string): void {
    this.#held.release(id)
  }

  /** Cancels what is open of these ids for a key; the rest with the reason. */
  cancel(apiKey: string, ids: Iterable<string>, cause: CancelCause = "requested"): Canceled {
    const canceled: Array<string> = []
    const not_canceled: Record<string, string> = {}
    this.before()
    this.batch(() => {
      for (const id of new Set(ids)) {
        const order = this.orders.get(id)
        if (order?.apiKey === apiKey && order.status === "DELAYED") not_canceled[id] = isHeld
        else if (order?.apiKey !== apiKey || order.status !== "LIVE") not_canceled[id] = gone
        else {
          this.#end(order, "CANCELED", cause)
          canceled.push(id)
        }
      }
    })
    return { canceled, not_canceled }
  }

  /** Takes an order of the background out of its market's book; the shares it still wanted. */
  withdraw(conditionId: string, id: string): number {
    const pit = this.#floor.pit(conditionId)
    const order = pit?.book.order(id)
    if (pit === undefined || order === undefined) return 0
    const left = pit.book.left(id)
    this.batch(() => this.#leave(pit, order))
    return left
  }

  /** Closes a market: its orders end, its trades are finished, the winning outcome's shares are paid for. */
  resolve(conditionId: string, winner: 0 | 1): void {
    const pit = this.#floor.pit(conditionId)
    if (pit === undefined) return
    this.batch(() => {
      for (const order of this.#held.of(conditionId)) this.#release(order)
      for (const order of pit.book.orders()) {
        if (order.apiKey === "") this.#leave(pit, order)
        else this.#end(order, "CANCELED_MARKET_RESOLVED", "market resolved")
      }
    })
    this.settlement.finish(conditionId)
    this.#floor.close(conditionId)
    const { assetIds } = pit.market
    for (const paid of this.wallets.payOut(conditionId, assetIds, assetIds[winner] as string)) {
      if (this.#users.has(paid.wallet)) this.#ledger.write({ kind: "payout", market: conditionId, ...paid })
    }
  }

  /** Looks at held orders again, ends what has expired, fills what outside levels have reached, moves trades on. */
  settle(): void {
    this.before()
    const now = this.#now()
    for (const order of this.#held.due(now)) this.#release(order)
    this.batch(() => {
      for (const order of this.#expiring) {
        // The venue ends orders a minute before their expiration.
        if (now >= (order.expiration - 60) * 1_000) this.#end(order, "CANCELED", "expired")
      }
      for (const pit of this.#floor.pits()) if (pit.market.depth !== undefined) this.#meet(pit)
    })
    this.settlement.settle()
  }

  #place(pit: Pit, order: DeskOrder): Placed {
    const { book, market } = pit
    const { levels, quote, refusal, rested } = book.place(
      order,
      (quote) => canPay(this.wallets, market, order, quote) ? undefined : "balance"
    )
    if (refusal !== undefined) {
      if (refusal === "not filled whole" || refusal === "nothing to match") this.#kill(order, refusals[refusal])
      return { error: refusals[refusal], trades: [] }
    }
    this.#enter(order)
    if (rested > 0) this.#promise(order, book.reserved(order.id))
    this.#floor.changed(pit, levels)
    const trades = this.#trade(pit, order, quote.matches)
    if (rested === 0) {
      const isWhole = quote.complete || order.type === "GTC" || order.type === "GTD"
      this.#end(order, "MATCHED", isWhole ? undefined : "remainder")
    } else if (trades.length > 0) this.#told("UPDATE", order)
    return { trades }
  }

  /** Takes an order in, and tells so. */
  #enter(order: DeskOrder): void {
    order.status = "LIVE"
    if (order.apiKey === "") return
    this.orders.set(order.id, order)
    this.#users.add(order.maker)
    const open = this.#open.get(order.apiKey)
    if (open === undefined) this.#open.set(order.apiKey, new Set([order]))
    else open.add(order)
    if (order.type === "GTD") this.#expiring.add(order)
    this.#ledger.write({ kind: "placement", ...describe(order), status: "live" })
    this.#told("PLACEMENT", order)
  }

  #hold(pit: Pit, order: DeskOrder, quote: Quote<DeskOrder>): Placed {
    if (!canPay(this.wallets, pit.market, order, quote)) return { error: refusals.balance, trades: [] }
    const due = this.#now() + pit.market.hold
    order.status = "DELAYED"
    this.orders.set(order.id, order)
    this.#held.add(order, due, !pit.market.answersDelayed)
    this.#ledger.write({ kind: "placement", ...describe(order), status: "delayed" })
    return { trades: [], heldUntil: due }
  }

  /** Looks at a held order again: it is placed as if it came now. */
  #release(order: DeskOrder): void {
    const pit = this.#floor.pit(order.market)
    this.orders.delete(order.id)
    const outcome: Placed = pit === undefined
      ? { error: refusals.closed, trades: [] }
      : this.batch(() => this.#place(pit, order))
    this.#held.settle(order.id, outcome)
    if (outcome.error === undefined) return
    this.orders.set(order.id, order)
    if (order.reason === "") this.#kill(order, outcome.error)
    this.#ledger.write({ kind: "cancel", order: order.id, cause: "refused after delay", left: order.size })
  }

  /** An order that never was in the book: its owner hears that it is gone. */
  #kill(order: DeskOrder, reason: string): void {
    order.status = "CANCELED"
    order.reason = reason
    if (order.apiKey !== "") this.#told("CANCELLATION", order)
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
      this.#floor.traded(pit, trade)
      if (isOfUser(trade)) {
        this.trades.push(trade)
        for (const line of linesOf(trade)) this.#ledger.write(line)
      }
      this.settlement.add(trade)
      if (taker !== undefined) this.#filled(taker, trade.taker.size, trade)
      for (const { maker, size } of same) if (maker !== undefined) this.#made(pit, maker, size, trade)
      if (isOfUser(trade)) this.tell({ kind: "TRADE", trade })
    }
    return trades
  }

  #filled(order: DeskOrder, size: number, trade: Trade): void {
    order.matched += size
    if (order.apiKey !== "" && !order.trades.includes(trade.id)) order.trades.push(trade.id)
  }

  /** A resting order was matched: less of it is promised now. */
  #made(pit: Pit, order: DeskOrder, size: number, trade: Trade): void {
    this.#filled(order, size, trade)
    const left = pit.book.left(order.id)
    this.#promise(order, left === 0 ? 0 : pit.book.reserved(order.id))
    if (left > 0) this.#told("UPDATE", order)
    else this.#end(order, "MATCHED")
  }

  /** Sets what is promised to an order. */
  #promise(order: DeskOrder, amount: number): void {
    this.wallets.promise(order.maker, order.side === "BUY" ? "" : order.assetId, amount - order.reserved)
    order.reserved = amount
  }

  /** Takes an order out of its book, with what was promised to it. */
  #leave(pit: Pit, order: DeskOrder): number {
    const taken = pit.book.cancel(order.id)
    if (taken !== undefined) this.#floor.changed(pit, [taken.level])
    this.#promise(order, 0)
    return taken?.left ?? 0
  }

  /** Ends a user's order, or an agent's that was filled. */
  #end(order: DeskOrder, status: OrderStatus, cause?: CancelCause): void {
    const pit = this.#floor.pit(order.market)
    const left = pit === undefined ? 0 : this.#leave(pit, order)
    order.status = status
    if (order.apiKey === "") return
    this.#open.get(order.apiKey)?.delete(order)
    this.#expiring.delete(order)
    if (cause !== undefined) {
      const unfilled = cause === "remainder" ? Math.max(0, order.size - order.matched) : left
      this.#ledger.write({ kind: "cancel", order: order.id, cause, left: unfilled })
    }
    this.#told(status === "MATCHED" ? "UPDATE" : "CANCELLATION", order)
  }

  /** Fills what rests and was reached by levels from outside. */
  #meet(pit: Pit): void {
    const { levels, matches } = pit.book.meetDepth()
    if (matches.length === 0) return
    this.#floor.changed(pit, levels)
    for (const match of matches) this.#trade(pit, undefined, [match])
  }

  #told(kind: "PLACEMENT" | "UPDATE" | "CANCELLATION", order: DeskOrder): void {
    if (order.apiKey !== "") this.tell({ kind, order })
  }
}

/** True when a user has a side of a trade. */
export const isOfUser = ({ makers, taker }: Trade): boolean =>
  (taker.order?.apiKey ?? "") !== "" || makers.some(({ order }) => (order?.apiKey ?? "") !== "")
