/** Orders, trades and markets as the desk keeps them. Prices, sizes and money are millionths, times ms UTC unless said otherwise. */
import type { FeeSchedule } from "./Amounts.ts"
import type { BookOrder, LevelChange } from "./BookOrder.ts"
import type { DepthSource } from "./Depth.ts"

/** Where an order stands, in the venue's words. `DELAYED`: accepted, held, not in the book yet. */
export type OrderStatus = "LIVE" | "DELAYED" | "MATCHED" | "CANCELED" | "INVALID" | "CANCELED_MARKET_RESOLVED"

/** Why an order was ended before it was filled. */
export type CancelCause =
  | "requested"
  | "expired"
  | "heartbeat"
  | "market resolved"
  | "remainder"
  | "restart"
  | "refused after delay"

/** An order of any state. */
export interface DeskOrder extends BookOrder {
  /** "" for the background's own. */
  readonly apiKey: string
  /** The wallet that pays. */
  readonly maker: string
  readonly market: string
  readonly assetId: string
  readonly outcomeName: string
  /** Unix s; 0: none. */
  readonly expiration: number
  /** Unix s. */
  readonly createdAt: number
  status: OrderStatus
  /** Why it was killed or refused after a delay, in the venue's words. */
  reason: string
  matched: number
  /** pUSD or shares that are promised to what rests of it. */
  reserved: number
  /** Ids. */
  readonly trades: Array<string>
}

/** What an order is like before anything happened to it. */
export const untouched = () => ({ status: "LIVE" as OrderStatus, reason: "", matched: 0, reserved: 0, trades: [] })

/** One side of a trade. */
export interface Leg {
  /** `undefined`: a level from outside. */
  readonly order: DeskOrder | undefined
  readonly wallet: string
  readonly assetId: string
  readonly outcomeName: string
  readonly side: "BUY" | "SELL"
  readonly price: number
  readonly size: number
  readonly money: number
  /** pUSD on top of what a buyer pays, off what a seller gets; makers pay none. */
  readonly fee: number
}

/** Where a trade is between match and chain. */
export type TradeStatus = "MATCHED" | "MINED" | "CONFIRMED" | "RETRYING" | "FAILED"

/** What one order took at one price, from one maker or several. */
export interface Trade {
  readonly id: string
  readonly market: string
  readonly assetIds: ReadonlyArray<string>
  readonly taker: Leg
  readonly makers: ReadonlyArray<Leg>
  readonly at: number
  readonly transactionHash: string
  status: TradeStatus
  updatedAt: number
}

/** Something that happened to an order or a trade. */
export type DeskEvent =
  | { readonly kind: "PLACEMENT" | "UPDATE" | "CANCELLATION"; readonly order: DeskOrder }
  | { readonly kind: "TRADE"; readonly trade: Trade }

/** What became of a placed order. */
export interface Placed {
  /** The venue's words on why it was not taken. */
  readonly error?: string | undefined
  readonly trades: ReadonlyArray<Trade>
  /** Held until then, ms UTC; looked at again by the first `settle` after it. */
  readonly heldUntil?: number | undefined
}

/** What one operation, or several at one moment, did to a market's book. */
export interface MarketChange {
  /** New totals, one per price, in the order they were first touched. */
  readonly levels: ReadonlyArray<LevelChange>
  readonly trades: ReadonlyArray<Trade>
}

/** A market that is traded, as far as trading goes. */
export interface TradedMarket {
  readonly conditionId: string
  /** Tokens of both outcomes. */
  readonly assetIds: ReadonlyArray<string>
  readonly outcomes: ReadonlyArray<string>
  readonly negativeRisk: boolean
  readonly version: "v1" | "v2"
  readonly minimumSize: number
  readonly tickSize: () => number
  readonly fee: FeeSchedule | undefined
  /** How long orders that would match are held before they are looked at again, ms. */
  readonly hold: number
  /** True: such an order is answered at once, as delayed; else when it was looked at again. */
  readonly answersDelayed: boolean
  /** Levels that come from outside. */
  readonly depth?: DepthSource | undefined
  /** Hears what orders did to the book. */
  readonly changed?: ((change: MarketChange) => void) | undefined
}

/** One side of a trade by itself. */
export interface Fill extends Leg {
  readonly trade: Trade
  readonly isTaker: boolean
}

/** Both sides of a trade, the taker's first; levels from outside left out. */
export const fillsOf = (trade: Trade): ReadonlyArray<Fill> =>
  [trade.taker, ...trade.makers].filter(({ order }) => order !== undefined)
    .map((leg) => ({ ...leg, trade, isTaker: leg === trade.taker }))
