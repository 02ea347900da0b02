/**
 * The life of trades between match and chain: MATCHED, then MINED, when money and shares change hands, then CONFIRMED. On request a trade stumbles
 * (RETRYING) and recovers, or fails (FAILED), which gives every side back exactly what it had promised.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { outside, type Wallets } from "../Wallets.ts"
import type { Leg, Trade, TradeStatus } from "./DeskOrder.ts"

/** How long after the match, ms. */
export interface SettlementDelays {
  readonly mined: number
  readonly confirmed: number
  /** How long a trade that stumbled is retried. */
  readonly retried: number
}

/** What is used when nothing else is said. */
export const usualDelays: SettlementDelays = { mined: 500, confirmed: 1_000, retried: 1_000 }

/** Which trades: the next so many that would be mined, or one by its id. */
export type SettlementTarget = { readonly next: number } | { readonly tradeId: string }

/** What becomes of a trade on its way to the chain. */
export type Course = "well" | "retries" | "fails"

interface Pending {
  readonly trade: Trade
  course: Course
  /** When the next step is due, ms UTC. */
  due: number
}

/** A step as it was due when it was noted; void once the trade is over or due at another time. */
interface Step {
  readonly pending: Pending
  readonly due: number
}

/** The trades that are not final yet. */
export class Settlement {
  /** Asked once about each trade that would be mined, unless its course was set already. */
  judge: (trade: Trade) => Course = () => "well"
  readonly #pending = new Map<string, Pending>()
  /** Soonest first; at one time in the order they were noted. */
  readonly #agenda: Array<Step> = []
  readonly #wallets: Wallets
  readonly #now: () => number
  readonly #tell: (trade: Trade) => void
  readonly #delays: SettlementDelays
  #nextFail = 0
  #nextRetry = 0

  constructor(options: {
    readonly wallets: Wallets
    readonly now: () => number
    /** Hears of every change of a trade's status. */
    readonly tell: (trade: Trade) => void
    readonly delays: SettlementDelays
  }) {
    this.#wallets = options.wallets
    this.#now = options.now
    this.#tell = options.tell
    this.#delays = options.delays
  }

  /** Takes a trade that was just matched; what its sides give is promised from now on. */
  add(trade: Trade): void {
    for (const leg of legsOf(trade)) this.#promise(leg, 1)
    const pending: Pending = { trade, course: "well", due: trade.at + this.#delays.mined }
    this.#pending.set(trade.id, pending)
    this.#note(pending)
  }

  /** Lets trades fail; how many are sure to. One that was mined already cannot. */
  fail(target: SettlementTarget): number {
    if ("next" in target) return this.#nextFail = target.next
    return this.#steer(target.tradeId, "fails")
  }

  /** Lets trades stumble and recover; how many are sure to. */
  retry(target: SettlementTarget): number {
    if ("next" in target) return this.#nextRetry = target.next
    return this.#steer(target.tradeId, "retries")
  }

  /** When the next step of any trade is due, ms UTC. */
  get due(): number {
    for (let [first] = this.#agenda; first !== undefined; [first] = this.#agenda) {
      if (this.#isValid(first)) return first.due
      this.#agenda.shift()
    }
    return Number.POSITIVE_INFINITY
  }

  /** Moves every trade whose time has come, in the order of their times. */
  settle(): void {
    const now = this.#now()
    while (this.due <= now) {
      const { pending } = this.#agenda.shift() as Step
      this.#step(pending)
      if (this.#pending.has(pending.trade.id)) this.#note(pending)
    }
  }

  /** Ends every open trade of a market at once, as a resolution needs it. */
  finish(market: string): void {
    for (const pending of this.#pending.values()) {
      if (pending.trade.market !== market) continue
      while (this.#pending.has(pending.trade.id)) this.#step(pending)
    }
  }

  /** How many trades are not final. */
  get size(): number {
    return this.#pending.size
  }

  #isValid({ due, pending }: Step): boolean {
    return pending.due === due && this.#pending.get(pending.trade.id) === pending
  }

  #note(pending: Pending): void {
    const { due } = pending
    let index = this.#agenda.length
    while (index > 0 && (this.#agenda[index - 1] as Step).due > due) index--
    this.#agenda.splice(index, 0, { pending, due })
  }

  #steer(tradeId: string, course: Course): number {
    const pending = this.#pending.get(tradeId)
    if (pending === undefined || pending.trade.status !== "MATCHED") return 0
    pending.course = course
    return 1
  }

  #step(pending: Pending): void {
    const { trade } = pending
    if (trade.status === "MATCHED" && pending.course === "well") {
      if (this.#nextFail > 0) {
        this.#nextFail--
        pending.course = "fails"
      } else if (this.#nextRetry > 0) {
        this.#nextRetry--
        pending.course = "retries"
      } else pending.course = this.judge(trade)
    }
    if (trade.status === "MINED") return this.#enter(pending, "CONFIRMED")
    if (trade.status === "MATCHED" && pending.course !== "well") return this.#enter(pending, "RETRYING")
    return this.#enter(pending, pending.course === "fails" ? "FAILED" : "MINED")
  }

  #enter(pending: Pending, status: TradeStatus): void {
    const { trade } = pending
    trade.status = status
    trade.updatedAt = this.#now()
    if (status === "RETRYING") pending.due += this.#delays.retried
    if (status === "MINED") pending.due += Math.max(0, this.#delays.confirmed - this.#delays.mined)
    if (status === "MINED" || status === "FAILED") { for (const leg of legsOf(trade)) this.#promise(leg, -1) }
    if (status === "MINED") this.#wallets.settle(trade.market, trade.assetIds, legsOf(trade))
    if (status === "CONFIRMED" || status === "FAILED") this.#pending.delete(trade.id)
    this.#tell(trade)
  }

  #promise({ assetId, fee, money, side, size, wallet }: Leg, sign: 1 | -1): void {
    if (wallet === outside) return
    if (side === "BUY") this.#wallets.promise(wallet, "", sign * (money + fee))
    else this.#wallets.promise(wallet, assetId, sign * size)
  }
}

/** Both sides of a trade, the taker's first. */
export const legsOf = ({ makers, taker }: Trade): ReadonlyArray<Leg> => [taker, ...makers]
