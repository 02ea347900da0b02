/**
 * The exchange: every market's book, the orders in them and what they may take from wallets, the trades they make. Users and the background's agents
 * place orders here by the same rules. All calls act at once, as of now; what waits for its time (held orders, expirations, trades on their way to
 * the chain) moves with `advance`, which whoever leads the clock calls at each time that is `due`.
 */
import type { Quote } from "./exchange/BookOrder.ts"
import { Chronicle } from "./exchange/Chronicle.ts"
import type { CancelCause, DeskEvent, DeskOrder, Placed, Trade, TradedMarket } from "./exchange/DeskOrder.ts"
import { Execution } from "./exchange/Execution.ts"
import type { Pit } from "./exchange/Floor.ts"
import { canPay } from "./exchange/Funds.ts"
import { HeldOrders } from "./exchange/HeldOrders.ts"
import { duplicated, keeps, refusals } from "./exchange/Refusals.ts"
import { type Settlement, type SettlementDelays, usualDelays } from "./exchange/Settlement.ts"
import { type Ledger, none } from "./Ledger.ts"
import { Wallets } from "./Wallets.ts"

/** Which of the ids were canceled; the others with the reason. */
export interface Canceled {
  readonly canceled: ReadonlyArray<string>
  readonly not_canceled: Readonly<Record<string, string>>
}

/** The books of all markets and the orders of all users. */
export class OrderDesk {
  readonly wallets: Wallets
  /**
   * Called before a user's order or cancel is looked at, and when time moves things, so that what was due by then comes first, each thing at its own ms
   * (`due`, `advance`). Absent: nobody leads the clock, and what is due happens when somebody looks.
   */
  before: (() => void) | undefined
  readonly #chronicle: Chronicle
  readonly #execution: Execution
  readonly #held = new HeldOrders()
  readonly #now: () => number

  constructor(options: {
    readonly seed: number
    readonly now: () => number
    readonly wallets?: Wallets
    readonly ledger?: Ledger
    /** True: the ledger is told what the background does among itself, too. */
    readonly isLedgerWhole?: boolean | undefined
    readonly delays?: SettlementDelays
  }) {
    const { delays = usualDelays, isLedgerWhole = false, ledger = none, now, seed, wallets = new Wallets([]) } = options
    this.wallets = wallets
    this.#now = now
    this.#chronicle = new Chronicle(ledger, isLedgerWhole)
    this.#execution = new Execution({ seed, now, wallets, chronicle: this.#chronicle, delays })
  }

  /** Sets who hears what happens to users' orders and trades. */
  set tell(hear: (event: DeskEvent) => void) {
    this.#chronicle.tell = hear
  }

  /** Users' orders of any state, by id. */
  get orders(): ReadonlyMap<string, DeskOrder> {
    return this.#execution.orders
  }

  /** Trades with a user on either side, oldest first. */
  get trades(): ReadonlyArray<Trade> {
    return this.#chronicle.trades
  }

  get settlement(): Settlement {
    return this.#execution.settlement
  }

  /** Gives a wallet of the background pUSD from outside. */
  deposit(wallet: string, amount: number): void {
    this.wallets.deposit(wallet, amount)
    this.#chronicle.deposited(wallet, amount)
  }

  /** Opens a market for orders. */
  list(market: TradedMarket): void {
    this.#execution.floor.open(market)
  }

  /** A market that is open for orders. */
  market(conditionId: string): TradedMarket | undefined {
    return this.#pit(conditionId)?.market
  }

  /** The market of a token, with the token's place in it. */
  marketOf(assetId: string): { readonly market: TradedMarket; readonly outcome: 0 | 1 } | undefined {
    return this.#execution.floor.marketOf(assetId)
  }

  /** A market's book. */
  book(conditionId: string): Pit["book"] | undefined {
    return this.#pit(conditionId)?.book
  }

  /** Open orders of a key, in the order they were placed. */
  open(apiKey: string): ReadonlyArray<DeskOrder> {
    return this.#execution.open.of(apiKey)
  }

  /** Does several things that the market channel tells as one change of each book. */
  batch<A>(act: () => A): A {
    return this.#execution.floor.batch(act)
  }

  /** Places an order that is well formed; says why not in the venue's words. */
  place(order: DeskOrder): Placed {
    if (order.apiKey !== "") this.before?.()
    const pit = this.#pit(order.market)
    if (pit === undefined) return { error: refusals.closed, trades: [] }
    if (this.orders.has(order.id)) return { error: duplicated(order.id), trades: [] }
    const { hold } = pit.market
    if (hold > 0 && order.apiKey !== "" && !order.postOnly) {
      const quote = pit.book.quote(order)
      if (quote.matches.length > 0) return this.#hold(pit, order, quote)
    }
    return this.batch(() => this.#execution.place(pit, order))
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
    this.before?.()
    this.batch(() => {
      for (const id of new Set(ids)) {
        const order = this.orders.get(id)
        if (order?.apiKey === apiKey && order.status === "DELAYED") not_canceled[id] = keeps.held
        else if (order?.apiKey !== apiKey || order.status !== "LIVE") not_canceled[id] = keeps.gone
        else {
          this.#execution.end(order, "CANCELED", cause)
          canceled.push(id)
        }
      }
    })
    return { canceled, not_canceled }
  }

  /** Takes an order of the background out of its market's book; the shares it still wanted. */
  withdraw(conditionId: string, id: string): number {
    const pit = this.#pit(conditionId)
    const order = pit?.book.order(id)
    return pit === undefined || order === undefined ? 0 : this.batch(() => this.#execution.leave(pit, order))
  }

  /** Closes a market: its orders end, its trades are finished, the winning outcome's shares are paid for. */
  resolve(conditionId: string, winner: 0 | 1): void {
    const pit = this.#pit(conditionId)
    if (pit === undefined) return
    this.batch(() => {
      for (const order of this.#held.of(conditionId)) this.#release(order)
      for (const order of pit.book.orders()) {
        if (order.apiKey === "") this.#execution.leave(pit, order)
        else this.#execution.end(order, "CANCELED_MARKET_RESOLVED", "market resolved")
      }
    })
    this.settlement.finish(conditionId)
    this.#execution.floor.close(conditionId)
    const { assetIds } = pit.market
    for (const paid of this.wallets.payOut(conditionId, assetIds, assetIds[winner] as string)) {
      this.#chronicle.paid(conditionId, paid)
    }
  }

  /** When something happens by itself next, ms UTC. */
  get due(): number {
    return Math.min(this.#held.due, this.#execution.open.due, this.settlement.due)
  }

  /** Looks at held orders again, ends what has expired, moves trades on: what is due as of now. */
  advance(): void {
    const now = this.#now()
    for (const order of this.#held.ripe(now)) this.#release(order)
    this.batch(() => {
      for (const order of this.#execution.open.expired(now)) this.#execution.end(order, "CANCELED", "expired")
    })
    this.settlement.settle()
  }

  /** Brings everything up to now: what was due, and what outside levels have reached of that which rests. */
  settle(): void {
    if (this.before === undefined) this.advance()
    else this.before()
    this.batch(() => {
      for (const pit of this.#execution.floor.pits()) if (pit.market.depth !== undefined) this.#execution.meet(pit)
    })
  }

  #pit(conditionId: string): Pit | undefined {
    return this.#execution.floor.pit(conditionId)
  }

  #hold(pit: Pit, order: DeskOrder, quote: Quote<DeskOrder>): Placed {
    if (!canPay(this.wallets, pit.market, order, quote)) return { error: refusals.balance, trades: [] }
    const due = this.#now() + pit.market.hold
    order.status = "DELAYED"
    this.#execution.orders.set(order.id, order)
    this.#held.add(order, due, !pit.market.answersDelayed)
    this.#chronicle.accepted(order, "delayed")
    return { trades: [], heldUntil: due }
  }

  /** Looks at a held order again: it is placed as if it came now. */
  #release(order: DeskOrder): void {
    const { orders } = this.#execution
    const pit = this.#pit(order.market)
    orders.delete(order.id)
    const outcome: Placed = pit === undefined
      ? { error: refusals.closed, trades: [] }
      : this.batch(() => this.#execution.place(pit, order))
    this.#held.settle(order.id, outcome)
    if (outcome.error === undefined) return
    orders.set(order.id, order)
    if (order.reason === "") this.#execution.kill(order, outcome.error)
    this.#chronicle.canceled(order, "refused after delay", order.size)
  }
}
