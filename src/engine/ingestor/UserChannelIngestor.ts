/** The source "user": own orders at the venue, as its user channel tells them. A repeat carries the same dedupe key. */
import { Effect, Schema, Stream } from "effect"
import type { Scope } from "effect"
import type { Credentials } from "../../client/polymarket/clob/Hmac.ts"
import type { UserOrderMessage } from "../../client/polymarket/clob/OrderSchema.ts"
import * as UserChannel from "../../client/polymarket/UserChannel.ts"
import { AssetId } from "../../domain/Asset.ts"
import { conditionIdFromText } from "../../domain/Market.ts"
import { OrderId, type OrderStatus } from "../../domain/Order.ts"
import * as Price from "../../domain/Price.ts"
import * as Size from "../../domain/Size.ts"
import type { Batch, Ingestor } from "../Ingestor.ts"
import { type FeedStatus, type MarketEvent, type OrderUpdate, unstamped } from "../MarketEvent.ts"
import * as SeenKeys from "./SeenKeys.ts"

/** As it appears in events and summaries. */
export const source = "user"

const isOrderId = Schema.is(OrderId)
const isAssetId = Schema.is(AssetId)

/** What the channel's words mean. A status with a reason in free text begins with the status. */
const statusOf = ({ size_matched, status, type, original_size }: UserOrderMessage): OrderStatus => {
  const word = (status ?? "").replace(/^ORDER_STATUS_/, "")
  if (word.startsWith("CANCELED") || type === "CANCELLATION") return "canceled"
  if (word.startsWith("MATCHED") || (size_matched !== undefined && size_matched === original_size)) return "matched"
  if (word.startsWith("INVALID")) return "canceled"
  if (word.startsWith("DELAYED")) return "delayed"
  return "live"
}

/** An own order as an event; `undefined` when the message does not name an order as this engine knows orders. */
export const orderOf = (message: UserOrderMessage): OrderUpdate | undefined => {
  const market = conditionIdFromText(message.market)
  const price = Price.fromText(message.price)
  const size = Size.fromText(message.original_size)
  const filled = message.size_matched ? Size.fromText(message.size_matched) : 0 as Size.Size
  if (market === undefined || price === undefined || size === undefined || filled === undefined) return undefined
  if (!isOrderId(message.id) || !isAssetId(message.asset_id)) return undefined
  const status = statusOf(message)
  const time = Number(message.timestamp)
  const reason = /^CANCELED_(?!MARKET)(.+)$/.exec(message.status ?? "")?.[1]
  return {
    _tag: "OrderUpdate",
    id: unstamped,
    // Seconds in the documents' example, milliseconds on the wire.
    time: Number.isSafeInteger(time) ? (time < 100_000_000_000 ? time * 1_000 : time) : 0,
    receivedAt: 0,
    source,
    orderId: message.id,
    market,
    assetId: message.asset_id,
    side: message.side === "BUY" ? "buy" : "sell",
    price,
    size,
    status,
    filledSize: filled,
    ...(reason === undefined ? {} : { reason }),
    dedupeKey: `order ${message.id} ${status} ${message.size_matched ?? ""}`
  }
}

const feedStatus = (kind: "connected" | "disconnected", detail: string): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source,
  feed: source,
  kind,
  detail
})

/** Makes the source. */
export const make = (options: {
  readonly url: string
  readonly credentials: Credentials
}): Effect.Effect<Ingestor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const channel = yield* UserChannel.make(options)
    const seen = SeenKeys.make()
    const eventsOf = (message: UserChannel.UserMessage, now: number): ReadonlyArray<MarketEvent> => {
      if (!("original_size" in message)) return []
      const order = orderOf(message)
      return order?.dedupeKey === undefined || SeenKeys.isSeen(seen, order.dedupeKey, now) ? [] : [order]
    }
    return {
      name: source,
      batches: channel.items.pipe(
        Stream.map((item): Batch => {
          if (item.kind === "opened") {
            return { events: [feedStatus("connected", "connected")], arrivedAt: performance.now() }
          }
          if (item.kind === "closed") {
            return { events: [feedStatus("disconnected", item.reason)], arrivedAt: performance.now() }
          }
          return { events: eventsOf(item.message, item.arrivedAt), arrivedAt: item.arrivedAt }
        }),
        Stream.filter((batch) => batch.events.length > 0)
      )
    }
  })
