/**
 * What the engine asks the venue for, and what became of it.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Schema } from "effect"
import { AssetId } from "./Asset.ts"
import { ConditionId } from "./Market.ts"
import { Money } from "./Money.ts"
import { Price } from "./Price.ts"
import { Size } from "./Size.ts"

/** Which way shares go, seen from the order. */
export const Side = Schema.Literals(["buy", "sell"])
export type Side = typeof Side.Type

/** The other side. */
export const opposite = (side: Side): Side => (side === "buy" ? "sell" : "buy")

/** The venue's id of an order: for signed orders the EIP-712 digest, known before it is sent. */
export const OrderId = Schema.String.check(Schema.isPattern(/^0x[0-9a-f]{64}$/)).pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type

/** Our id of one order a firing asks for: hash of firing id, action index and leg. */
export const IntentId = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)).pipe(Schema.brand("IntentId"))
export type IntentId = typeof IntentId.Type

/** GTC rests, GTD rests until its expiration, FOK fills whole or not at all, FAK fills what is there. */
export const TimeInForce = Schema.Literals(["GTC", "GTD", "FOK", "FAK"])
export type TimeInForce = typeof TimeInForce.Type

/**
 * An order written down before it is sent. Whatever the venue needs is fixed in it, so that a restarted engine means
 * exactly the same order.
 */
export const Intent = Schema.Struct({
  intentId: IntentId,
  orderId: OrderId,
  policyId: Schema.String,
  /** The firing that asked for it: hash of policy, revision, event and asset. */
  firingId: Schema.String,
  market: ConditionId,
  assetId: AssetId,
  side: Side,
  /** Limit, or the worst price of a market order. */
  price: Price,
  /** Shares; on market buys the most that `amount` can buy at one tick. */
  size: Size,
  /** Collateral to spend, market buys only; then the size is what it buys. */
  amount: Schema.optionalKey(Money),
  timeInForce: TimeInForce,
  postOnly: Schema.Boolean,
  /** When a GTD order ends, ms UTC. */
  expiresAt: Schema.optionalKey(Schema.Int),
  /** Event time of the firing, ms. */
  createdAt: Schema.Int,
  /** Not sent after this event time, ms. */
  validUntil: Schema.Int
})
export type Intent = typeof Intent.Type

/**
 * Where an order stands. `pending`: written down, fate unknown yet. `refused`: our risk gate said no. `expired`: too old
 * before it could be sent, or past its expiration. `unknown`: sent, no answer that proves anything.
 */
export const OrderStatus = Schema.Literals([
  "pending",
  "live",
  "delayed",
  "matched",
  "canceled",
  "expired",
  "rejected",
  "refused",
  "unknown"
])
export type OrderStatus = typeof OrderStatus.Type

/** True when nothing more can happen to an order of this status. */
export const isFinal = (status: OrderStatus): boolean =>
  status === "matched" || status === "canceled" || status === "expired" || status === "rejected" ||
  status === "refused"

/** One execution of part of an order. */
export const Fill = Schema.Struct({
  price: Price,
  size: Size,
  /** Taker fee in pUSD; 0 for makers. */
  fee: Money,
  /** True when the order took liquidity. */
  taker: Schema.Boolean
})
export type Fill = typeof Fill.Type
