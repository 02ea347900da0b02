/**
 * Where orders go: the live CLOB, paper, or a backtest. The engine does not know which; only the layer differs.
 * Implementations: `venue/Paper.ts`.
 */
import { Context, Schema } from "effect"
import type { Effect, Stream } from "effect"
import { Reason } from "../domain/Failure.ts"
import type { Fill, Intent, IntentId, OrderId, OrderStatus } from "../domain/Order.ts"
import type { VenueMode } from "../domain/VenueMode.ts"

/** Why the venue did not answer a call. `Unconfirmed`: the order may or may not be there. */
export class VenueError extends Schema.TaggedError<VenueError>()("VenueError", {
  operation: Schema.Literals(["place", "cancel"]),
  reason: Reason
}) {
  override get message(): string {
    return `Venue.${this.operation}: ${this.reason.message}`
  }
}

/** News of an own order, in the order it happened. */
export interface VenueUpdate {
  readonly intentId: IntentId
  readonly status: OrderStatus
  /** The execution it tells of, when it tells of one. */
  readonly fill: Fill | undefined
  readonly reason: string | undefined
}

/** An order that an earlier run left open. */
export interface OpenOrder {
  readonly intent: Intent
  /** Millionths of a share. */
  readonly filledSize: number
}

export class Venue extends Context.Service<Venue, {
  /** As it appears in events, for example "paper". */
  readonly name: string
  /** The wallet whose positions these are. */
  readonly wallet: string
  /** The wallet has nothing but what its orders were filled with. */
  readonly startsEmpty?: boolean
  /** The id the venue will know the order by, fixed before it is sent. */
  readonly orderIdOf: (intent: Omit<Intent, "orderId">) => OrderId
  /** Sends an order. What becomes of it is told by `updates`. Never to be repeated after `Unconfirmed`. */
  readonly place: (intent: Intent) => Effect.Effect<void, VenueError>
  /** Cancels orders; one that is not open any more is left out. A repeat is safe. */
  readonly cancel: (intentIds: ReadonlyArray<IntentId>) => Effect.Effect<void, VenueError>
  /** Takes back orders that an earlier run left open. */
  readonly restore: (orders: ReadonlyArray<OpenOrder>) => Effect.Effect<void>
  /** News of own orders. One reader. */
  readonly updates: Stream.Stream<VenueUpdate>
  /** What it takes at the start, when that is known; absent: it is not. Changes are told as events by whoever learns of them. */
  readonly mode?: VenueMode
  /** How much of that news there has been so far, whether it was read or not. */
  readonly told: () => number
}>()("polymarket-hft/engine/Venue") {}
