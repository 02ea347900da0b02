/**
 * What the market channel says, translated once: domain ids, prices and sizes in millionths, times in ms UTC. These are
 * what `DecodeMarketFrame.ts` makes and the books fold.
 */
import type { AssetId } from "../../../domain/Asset.ts"
import type { Level } from "../../../domain/Level.ts"
import type { ConditionId } from "../../../domain/Market.ts"
import type { Side } from "../../../domain/Order.ts"
import type { Price } from "../../../domain/Price.ts"
import type { Size } from "../../../domain/Size.ts"
import type { TickSize } from "../../../domain/TickSize.ts"

/** The best price the venue states, -1 when it states that the side is empty, -2 when it states nothing. */
export type StatedTop = number

/** The venue states that nobody stands on that side. */
export const emptySide: StatedTop = -1

/** The venue does not say. */
export const unstated: StatedTop = -2

/** A whole book. */
export interface BookSnapshotMessage {
  readonly kind: "book"
  readonly market: ConditionId
  readonly assetId: AssetId
  readonly time: number
  /** 40 hex digits. */
  readonly hash: string
  /** Worst to best, as on the wire. */
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
  readonly tickSize: TickSize | undefined
  /** Wire text, "" before the first trade; `undefined` when the message does not say. */
  readonly lastTradePrice: string | undefined
  /** True and false when the message says, by its version or its completeness, which protocol the market follows. */
  readonly versionTwo: boolean | undefined
  /** Only over REST: least order size as wire text, and whether the market is neg risk. */
  readonly minimumSize: string | undefined
  readonly negativeRisk: boolean | undefined
}

/** One level of one asset as it now is. */
export interface BookChange {
  readonly assetId: AssetId
  readonly side: Side
  readonly price: Price
  readonly size: Size
  readonly hash: string
  readonly bestBid: StatedTop
  readonly bestAsk: StatedTop
}

/** Changed levels of the assets of one market. */
export interface BookChangesMessage {
  readonly kind: "changes"
  readonly market: ConditionId
  readonly time: number
  readonly changes: ReadonlyArray<BookChange>
}

/** A match; `side` is the taker's. */
export interface TradeMessage {
  readonly kind: "trade"
  readonly market: ConditionId
  readonly assetId: AssetId
  readonly time: number
  readonly side: Side
  readonly price: Price
  readonly size: Size
  readonly transactionHash: string | undefined
}

/** The tick of an asset changed. */
export interface TickSizeMessage {
  readonly kind: "tick"
  readonly market: ConditionId
  readonly assetId: AssetId
  readonly time: number
  readonly tickSize: TickSize
}

/** The top of a book by itself; the changes that lead to it follow. */
export interface TopMessage {
  readonly kind: "top"
  readonly assetId: AssetId
}

/** A market was made or decided. */
export interface LifecycleMessage {
  readonly kind: "created" | "resolved"
  readonly market: ConditionId
  readonly time: number
  readonly assetIds: ReadonlyArray<AssetId>
  readonly winningAssetId: AssetId | undefined
}

/** Everything the channel says that concerns the engine. */
export type MarketMessage =
  | BookSnapshotMessage
  | BookChangesMessage
  | TradeMessage
  | TickSizeMessage
  | TopMessage
  | LifecycleMessage
