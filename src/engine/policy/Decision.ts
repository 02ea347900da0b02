/** What a policy wants when it fires, every value filled in from the facts of that moment. */
import type { Redacted } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import type { ConditionId } from "../../domain/Market.ts"
import type { Money } from "../../domain/Money.ts"
import type { Side, TimeInForce } from "../../domain/Order.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import type { EventId } from "../MarketEvent.ts"
import type { Explanation } from "./Explanation.ts"
import type { HoldNote } from "./HoldNotes.ts"
import type { Results } from "./Results.ts"

/** A call of another program. */
export interface WebhookRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** An order somebody wants, not checked by risk yet. */
export interface OrderRequest {
  readonly assetId: AssetId
  readonly side: Side
  /** On the market's tick. */
  readonly price: Price
  readonly size: Size
  /** pUSD to spend, market buys only. */
  readonly amount: Money | undefined
  readonly timeInForce: TimeInForce
  readonly postOnly: boolean
  /** ms UTC. */
  readonly expiresAt: number | undefined
  /** Not sent after this event time, ms. */
  readonly validUntil: number
}

/** One thing to do. `continues`: the actions after it run even if it fails. */
export type DecidedAction = { readonly continues: boolean } & Doing

/** An action that looks back at what became of those before it: filled in when that is known, otherwise as of the firing. */
export interface DeferredAction {
  readonly _tag: "Deferred"
  readonly continues: boolean
  /** What it will be, unless it turns out to be impossible. */
  readonly of: Exclude<Doing["_tag"], "Impossible">
  /** Whether it wants to know what became of the last order, and not just of the action before. */
  readonly looksAtOrder: boolean
  readonly fill: (results: Results) => DecidedAction
}

/** What is to be done. */
export type Doing =
  /** `markup`: the text as HTML with values escaped, for channels that read it, where it has any. */
  | { readonly _tag: "Notification"; readonly channel: string; readonly text: string; readonly markup?: string }
  | { readonly _tag: "PlaceOrder"; readonly request: OrderRequest }
  | {
    readonly _tag: "CancelOrders"
    readonly policyId: string | undefined
    readonly assetId: AssetId | undefined
    readonly market?: ConditionId | undefined
    readonly side?: Side | undefined
    readonly orderId?: string | undefined
  }
  /** `request` may hold secrets; `shown` is the same without. */
  | { readonly _tag: "Webhook"; readonly request: Redacted.Redacted<WebhookRequest>; readonly shown: WebhookRequest }
  /** The action could not be filled in, for example because a price is unknown. */
  | { readonly _tag: "Impossible"; readonly reason: string }

/** A firing with its actions. */
export interface Decision {
  /** Why it fired; absent where nobody asked, or there was no time for it. */
  readonly explanation?: Explanation | undefined
  /** Hash of policy id, revision, event id and asset. */
  readonly firingId: string
  readonly policyId: string
  readonly revision: string
  readonly eventId: EventId
  /** Event time, ms. */
  readonly receivedAt: number
  readonly assetId: AssetId | undefined
  /** The asset's market, when it is known. */
  readonly market: ConditionId | undefined
  readonly actions: ReadonlyArray<DecidedAction | DeferredAction>
  /** The hold it was made for; with `for` only. */
  readonly hold?: HoldNote
}
