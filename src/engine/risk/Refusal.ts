/** What a risk check sees and says. A refusal is a value with its reason, not a failure. */
import type { Market } from "../../domain/Market.ts"
import type { Money } from "../../domain/Money.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import type { OrderRequest } from "../policy/Decision.ts"

/** Everything the checks may look at, as of now. */
export interface RiskContext {
  readonly request: OrderRequest
  /** Absent when the market is not known. */
  readonly market: Market | undefined
  /** Absent when the book is unknown, gapped, stale or broken. */
  readonly book: { readonly bestBid: Price | undefined; readonly bestAsk: Price | undefined } | undefined
  /** Shares held, and shares that open orders may still buy or sell. */
  readonly held: Size
  readonly openBuys: Size
  readonly openSells: Size
  /** Money not spoken for. */
  readonly freeCash: Money
  /** Event time, ms. */
  readonly now: number
  readonly limits: {
    readonly maxOrderNotional: Money
    readonly maxPosition: Size
    readonly priceCollar: Price
  }
}

/** Why an order may not leave. */
export interface Refusal {
  /** The check's name. */
  readonly check: string
  /** What was expected and what was found. */
  readonly reason: string
}

/** One check. */
export type RiskCheck = (context: RiskContext) => Refusal | undefined
