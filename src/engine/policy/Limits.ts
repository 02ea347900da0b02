/**
 * How much a policy may do within a stretch of event time: firings, orders, pUSD of the orders it wants. What has been done slides out of the stretch
 * as time goes by. Plain mutable state.
 */
import * as Fixed from "../../domain/Fixed.ts"
import * as Span from "../../domain/Span.ts"
import type { Decision } from "./Decision.ts"
import type { Limits as Written } from "./Policy.ts"

/** What is counted. */
export type Counted = "firings" | "orders" | "notional"

/** A limit: at most `most` within `span` ms. */
export interface Limit {
  readonly what: Counted
  readonly most: Fixed.Fixed
  readonly span: number
}

/** Reads limits that the Schema has accepted. */
export const limitsOf = (written: Written | undefined): ReadonlyArray<Limit> =>
  (["firings", "orders", "notional"] as const).flatMap((what) => {
    const [most = "", span = ""] = written?.[what]?.split(" per ") ?? []
    const read = Fixed.fromText(most)
    return read === undefined ? [] : [{ what, most: read, span: Span.fromText(span) ?? 0 }]
  })

/** What one firing takes of each. */
export type Cost = Readonly<Record<Counted, Fixed.Fixed>>

/** What the actions of a firing take: an order to buy for an amount costs that amount, any other its size at its price. */
export const costOf = (actions: Decision["actions"]): Cost => {
  let orders = 0
  let notional = 0n
  for (const action of actions) {
    if (action._tag === "Deferred" && action.of === "PlaceOrder") orders++
    if (action._tag !== "PlaceOrder") continue
    const { amount, price, size } = action.request
    orders++
    notional += amount === undefined
      ? Fixed.multiply(Fixed.fromMicro(price), Fixed.fromMicro(size))
      : Fixed.fromMicro(amount)
  }
  return { firings: Fixed.one, orders: Fixed.fromInteger(orders), notional }
}

interface Spent {
  readonly at: number
  readonly amount: Fixed.Fixed
}

/** What a policy has done lately against one limit. */
class Account {
  readonly limit: Limit
  #spent: Array<Spent> = []
  #total = 0n

  constructor(limit: Limit, before: Account | undefined) {
    this.limit = limit
    if (before === undefined) return
    this.#spent = [...before.#spent]
    this.#total = before.#total
  }

  /** What has been done within the stretch that ends at `now`. */
  total(now: number): Fixed.Fixed {
    let gone = 0
    for (const { amount, at } of this.#spent) {
      if (at > now - this.limit.span) break
      this.#total -= amount
      gone++
    }
    if (gone > 0) this.#spent.splice(0, gone)
    return this.#total
  }

  /** When the oldest of what has been done leaves the stretch, ms of event time; `undefined` when nothing has been done. */
  freesAt(now: number): number | undefined {
    this.total(now)
    const [oldest] = this.#spent
    return oldest === undefined ? undefined : oldest.at + this.limit.span
  }

  spend(at: number, amount: Fixed.Fixed): void {
    if (amount === 0n) return
    this.#spent.push({ at, amount })
    this.#total += amount
  }
}

/** All limits of a policy. */
export class LimitAccounts {
  readonly #accounts: ReadonlyArray<Account>

  /** `before`: what was counted for other limits, which counts for these as far as they are of the same. */
  constructor(limits: ReadonlyArray<Limit>, before?: LimitAccounts) {
    const accounts = before === undefined ? [] : before.#accounts
    this.#accounts = limits.map((limit) =>
      new Account(limit, accounts.find((account) => account.limit.what === limit.what))
    )
  }

  /** The limit that a firing of this cost would break; `undefined` when it may go ahead. */
  broken(now: number, cost: Cost): Limit | undefined {
    return this.#accounts.find((account) => {
      const amount = cost[account.limit.what]
      return amount > 0n && account.total(now) + amount > account.limit.most
    })?.limit
  }

  /** The limits that are used up now. */
  reached(now: number): ReadonlyArray<Limit> {
    return this.#accounts.filter((account) => account.total(now) >= account.limit.most).map(({ limit }) => limit)
  }

  /** Counts what was done at an event time not before the last one's. */
  spend(at: number, cost: Partial<Cost>): void {
    for (const account of this.#accounts) account.spend(at, cost[account.limit.what] ?? 0n)
  }

  /** What is used of each limit, and when some of that is free again; for explanations. */
  used(
    now: number
  ): ReadonlyArray<{ readonly limit: Limit; readonly used: Fixed.Fixed; readonly freesAt: number | undefined }> {
    return this.#accounts.map((account) => ({
      limit: account.limit,
      used: account.total(now),
      freesAt: account.freesAt(now)
    }))
  }
}
