/**
 * Paper money on the live book: orders arrive after a latency, take what rests at the real levels, pay the market's taker fee,
 * and wait in the queue behind what was there first. The rest is filled by the trades and books that follow.
 */
import { Effect, FiberSet, Layer, Queue, Stream } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import { takerFee } from "../../domain/Fee.ts"
import * as Matching from "../../domain/Matching.ts"
import type { Money } from "../../domain/Money.ts"
import { opposite } from "../../domain/Order.ts"
import type { Fill, Intent, IntentId, OrderId, OrderStatus } from "../../domain/Order.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { Size } from "../../domain/Size.ts"
import { Settings } from "../../Settings.ts"
import { Dispatcher } from "../Dispatcher.ts"
import { EventClock } from "../EventClock.ts"
import type { EventTag, MarketEvent } from "../MarketEvent.ts"
import { hashOf } from "../policy/Evaluate.ts"
import { StateManager } from "../StateManager.ts"
import { Venue } from "../Venue.ts"
import type { VenueUpdate } from "../Venue.ts"
import { Workers } from "../Workers.ts"

const tags: ReadonlySet<EventTag> = new Set<EventTag>(["Trade", "OrderBookDelta", "OrderBookSnapshot", "Tick"])

interface Resting {
  readonly intent: Intent
  order: Matching.RestingOrder
}

const noFee = 0 as Money

/** The paper account's wallet. */
export const wallet = "paper"

export const layer = Layer.effect(
  Venue,
  Effect.gen(function*() {
    const settings = yield* Settings
    const state = yield* StateManager
    const dispatcher = yield* Dispatcher
    const clock = yield* EventClock
    const workers = yield* Workers
    const news = yield* Queue.unbounded<VenueUpdate>()
    const resting = new Map<IntentId, Resting>()
    let told = 0

    const tell = (intentId: IntentId, status: OrderStatus, fill?: Fill, reason?: string): void => {
      told++
      Queue.offerUnsafe(news, { intentId, status, fill, reason })
    }

    const levels = (assetId: AssetId, side: "buy" | "sell") => {
      const known = state.orderBook(assetId)
      return known === undefined || !known.usable ? undefined : OrderBook.levels(known.book, side)
    }

    const arrive = (intent: Intent) => {
      const { assetId, intentId } = intent
      if (clock.now() > intent.validUntil) return tell(intentId, "expired", undefined, "too old to be sent")
      const against = levels(assetId, opposite(intent.side))
      if (against === undefined) return tell(intentId, "rejected", undefined, "no usable book")
      const arrival = Matching.arrive(
        { ...intent, ...(intent.amount === undefined ? {} : { amount: intent.amount }) },
        against
      )
      const schedule = state.marketOf(assetId)?.fee
      let left = intent.size as number
      const rest = arrival._tag === "Accepted" ? arrival.rest : 0
      for (const [at, { price, size }] of arrival.matches.entries()) {
        left -= size
        const isLast = at === arrival.matches.length - 1
        const status = isLast && arrival._tag === "Accepted" && rest === 0 ? "matched" : "live"
        tell(intentId, status, { price, size, fee: takerFee(schedule, price, size), taker: true })
      }
      if (arrival._tag === "Killed") {
        return tell(intentId, arrival.matches.length === 0 ? "rejected" : "canceled", undefined, arrival.reason)
      }
      if (rest === 0) return
      if (arrival.matches.length === 0) tell(intentId, "live")
      rests(intent, rest as Size)
    }

    const rests = (intent: Intent, remaining: Size) => {
      const book = state.orderBook(intent.assetId)?.book
      const queueAhead = book === undefined ? 0 as Size : OrderBook.sizeAt(book, intent.side, intent.price)
      resting.set(intent.intentId, {
        intent,
        order: { side: intent.side, price: intent.price, remaining, queueAhead, takenFromOpposite: 0 as Size }
      })
    }

    const progress = (entry: Resting, { filled, order }: Matching.Progress) => {
      entry.order = order
      if (filled === 0) return
      const { intentId } = entry.intent
      const isDone = order.remaining === 0
      if (isDone) resting.delete(intentId)
      tell(intentId, isDone ? "matched" : "live", { price: order.price, size: filled, fee: noFee, taker: false })
    }

    const take = (event: MarketEvent) => {
      if (event._tag === "Tick") {
        for (const { intent } of resting.values()) {
          if (intent.expiresAt === undefined || event.receivedAt < intent.expiresAt) continue
          resting.delete(intent.intentId)
          tell(intent.intentId, "expired", undefined, "reached its expiration")
        }
        return
      }
      if (resting.size === 0 || !("assetId" in event)) return
      for (const entry of resting.values()) {
        if (entry.intent.assetId !== event.assetId) continue
        if (event._tag === "Trade") {
          progress(entry, Matching.afterTrade(entry.order, event.side, event.price, event.size))
          continue
        }
        const against = levels(entry.intent.assetId, opposite(entry.order.side))
        const book = state.orderBook(entry.intent.assetId)?.book
        if (against === undefined || book === undefined) continue
        const ahead = OrderBook.sizeAt(book, entry.order.side, entry.order.price)
        progress(entry, Matching.afterBook(entry.order, ahead, against))
      }
    }

    const subscription = yield* dispatcher.subscribe({
      name: "paper",
      capacity: settings.queues.paper,
      overflow: "log",
      tags
    })
    yield* FiberSet.run(
      workers,
      subscription.forEach((events) => {
        for (const event of events) take(event)
      }),
      { startImmediately: true }
    )

    return Venue.of({
      name: "paper",
      wallet,
      orderIdOf: (intent) => `0x${hashOf(["paper", intent.intentId])}` as OrderId,
      place: (intent) => Effect.delay(Effect.sync(() => arrive(intent)), settings.paper.latency),
      cancel: (intentIds) =>
        Effect.sync(() => {
          for (const intentId of intentIds) {
            if (resting.delete(intentId)) tell(intentId, "canceled", undefined, "canceled on request")
          }
        }),
      restore: (orders) =>
        Effect.sync(() => {
          for (const { filledSize, intent } of orders) rests(intent, (intent.size - filledSize) as Size)
        }),
      updates: Stream.fromQueue(news),
      told: () => told
    })
  })
)
