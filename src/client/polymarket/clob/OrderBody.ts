/**
 * The exact text of the bodies that place orders. Key order and number forms are the official client's; what is signed by HMAC is this text,
 * so it is made once and sent as it is.
 * @see https://docs.polymarket.com/api-reference/trade/post-a-new-order
 */
import { Result } from "effect"
import type { TimeInForce } from "../../../domain/Order.ts"
import { type OrderRefused, refuse } from "./OrderRefused.ts"
import type { SignedOrder } from "./Signing.ts"

/** How an order is placed; none of it is signed. */
export interface Placement {
  /** The API key. */
  readonly owner: string
  readonly orderType: TimeInForce
  /** Refused by the venue when it would match at once; GTC and GTD only. */
  readonly postOnly: boolean
  /** Answered before the order has matched. */
  readonly deferExec: boolean
}

/** Most orders of one request. */
export const mostOrders = 15

const content = (order: SignedOrder, { deferExec, orderType, owner, postOnly }: Placement) => ({
  deferExec,
  postOnly,
  order: {
    salt: Number(order.salt),
    maker: order.maker,
    signer: order.signer,
    tokenId: order.tokenId,
    makerAmount: String(order.makerAmount),
    takerAmount: String(order.takerAmount),
    side: order.side,
    signatureType: order.signatureType,
    timestamp: String(order.timestamp),
    expiration: String(order.expiration),
    metadata: order.metadata,
    builder: order.builder,
    signature: order.signature
  },
  owner,
  orderType
})

const rests = (orderType: TimeInForce): boolean => orderType === "GTC" || orderType === "GTD"

const checked = <A>(placements: ReadonlyArray<Placement>, make: () => A): Result.Result<A, OrderRefused> =>
  placements.some(({ orderType, postOnly }) => postOnly && !rests(orderType))
    ? refuse("postOnly", "expected GTC or GTD for post only, found FOK or FAK")
    : Result.succeed(make())

/** The body of `POST /order`. */
export const orderBody = (order: SignedOrder, placement: Placement): Result.Result<string, OrderRefused> =>
  checked([placement], () => JSON.stringify(content(order, placement)))

/** The body of `POST /orders`, at most `mostOrders` orders. Never to be sent twice: single orders may have been taken. */
export const ordersBody = (
  orders: ReadonlyArray<readonly [SignedOrder, Placement]>
): Result.Result<string, OrderRefused> =>
  checked(
    orders.map(([, placement]) => placement),
    () => JSON.stringify(orders.map(([order, placement]) => content(order, placement)))
  )
