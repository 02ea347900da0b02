/**
 * What is told of what happens in the exchange: lines of the ledger, and events to users. The ledger tells what touches users' accounts, or, if it is
 * to be whole, what the background does among itself, too. Every line stands before what it says can be seen elsewhere.
 */
import { format } from "../../domain/Micro.ts"
import type { Ledger } from "../Ledger.ts"
import type { PayOut } from "../Wallets.ts"
import type { CancelCause, DeskEvent, DeskOrder, Trade } from "./DeskOrder.ts"
import { describe, linesOf } from "./LedgerLines.ts"

/** True for an order that an API key placed. */
export const isOfUser = (order: DeskOrder | undefined): boolean => (order?.apiKey ?? "") !== ""

/** True when a user has a side of a trade. */
export const hasUser = ({ makers, taker }: Trade): boolean =>
  isOfUser(taker.order) || makers.some(({ order }) => isOfUser(order))

/** The teller. */
export class Chronicle {
  /** Hears what happens to users' orders and trades. */
  tell: (event: DeskEvent) => void = () => {}
  /** Trades with a user on either side, oldest first. */
  readonly trades: Array<Trade> = []
  readonly #ledger: Ledger
  readonly #isWhole: boolean
  /** Wallets that ever placed an order by an API key. */
  readonly #users = new Set<string>()

  constructor(ledger: Ledger, isWhole: boolean) {
    this.#ledger = ledger
    this.#isWhole = isWhole
  }

  /** A user's order was accepted: it is in the book, or held before it. */
  accepted(order: DeskOrder, status: "live" | "delayed"): void {
    this.#users.add(order.maker)
    this.#ledger.write({ kind: "placement", ...describe(order), status })
    if (status === "live") this.changed("PLACEMENT", order)
  }

  /** Something happened to an order; the background's are passed over. */
  changed(kind: "PLACEMENT" | "UPDATE" | "CANCELLATION", order: DeskOrder): void {
    if (isOfUser(order)) this.tell({ kind, order })
  }

  /** A user's order ended with some shares left. */
  canceled(order: DeskOrder, cause: CancelCause, left: number): void {
    this.#ledger.write({ kind: "cancel", order: order.id, cause, left })
  }

  /** An order took; its makers are told of it after this. */
  matched(trade: Trade): void {
    const isUsers = hasUser(trade)
    if (isUsers) this.trades.push(trade)
    if (isUsers || this.#isWhole) { for (const line of linesOf(trade)) this.#ledger.write(line) }
  }

  /** Both sides of a trade know of it. */
  traded(trade: Trade): void {
    if (hasUser(trade)) this.tell({ kind: "TRADE", trade })
  }

  /** A trade went on. */
  moved(trade: Trade): void {
    const isUsers = hasUser(trade)
    if (isUsers || this.#isWhole) this.#ledger.write({ kind: "trade", trade: trade.id, status: trade.status })
    if (isUsers) this.tell({ kind: "TRADE", trade })
  }

  /** A resolution paid for shares. */
  paid(market: string, payOut: PayOut): void {
    if (this.#isWhole || this.#users.has(payOut.wallet)) this.#ledger.write({ kind: "payout", market, ...payOut })
  }

  /** The background was given pUSD. */
  deposited(wallet: string, amount: number): void {
    if (this.#isWhole) this.#ledger.write({ kind: "deposit", wallet, money: format(amount) })
  }
}
