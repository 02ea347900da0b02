/**
 * Paper money on the live book: orders arrive after a latency, take what rests at the real levels, pay the market's taker fee,
 * and wait in the queue behind what was there first. The rest is filled by the trades and books that follow. A share of the
 * real book, and a share of a real trade, is given to one paper order only.
 */
import { Effect, FiberSet, Layer, Queue, Stream } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import { takerFee } from "../../domain/Fee.ts"
import * as Matching from "../../domain/Matching.ts"
import type { Money } from "../../domain/Money.ts"
import { opposite } from "../../domain/Order.ts"
import type { Fill, Intent, IntentId, OrderId, OrderStatus, Side } from "../../domain/Order.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import * as Taken from "../../domain/Taken.ts"
import { Settings } from "../../Settings.ts"
import { Dispatcher } from "../Dispatcher.ts"
import { EventClock } from "../EventClock.ts"
import { hashOf } from "../HashOf.ts"
import type { EventTag, MarketEvent, Trade } from "../MarketEvent.ts"
import { StateManager } from "../StateManager.ts"
import { Venue } from "../Venue.ts"
import type { VenueUpdate } from "../Venue.ts"
import { Workers } from "../Workers.ts"

const tags: ReadonlySet<EventTag> = new Set<EventTag>(["Trade", "OrderBookDelta", "OrderBookSnapshot", "Tick"])

interface Resting {
  readonly intent: Intent
  order: Matching.RestingOrder
  /** False until a book tells what stands before it: so after a restart. */
  isPlaced: boolean
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
    const taken = new Map<AssetId, Taken.Taken>()
    /** Orders on their way to the venue; true when a cancel has been sent after them. */
    const arriving = new Map<IntentId, boolean>()
    let told = 0

    const tell = (intentId: IntentId, status: OrderStatus, fill?: Fill, reason?: string): void => {
      told++
      Queue.offerUnsafe(news, { intentId, status, fill, reason })
    }

    const takenOf = (assetId: AssetId): Taken.Taken => {
      let found = taken.get(assetId)
      if (found === undefined) taken.set(assetId, found = Taken.make())
      return found
    }

    const levels = (assetId: AssetId, side: "buy" | "sell") => {
      const known = state.orderBook(assetId)
      if (known === undefined || !known.usable) return undefined
      return Taken.without(takenOf(assetId), side, OrderBook.levels(known.book, side))
    }

    const match = (intent: Intent) => {
      const { assetId, intentId } = intent
      if (clock.now() > intent.validUntil) return tell(intentId, "expired", undefined, "too old to be sent")
      const against = levels(assetId, opposite(intent.side))
      if (against === undefined) return tell(intentId, "rejected", undefined, "no usable book")
      const arrival = Matching.arrive(
        { ...intent, ...(intent.amount === undefined ? {} : { amount: intent.amount }) },
        against
      )
      const schedule = state.marketOf(assetId)?.fee
      const rest = arrival._tag === "Accepted" ? arrival.rest : 0
      Taken.add(takenOf(assetId), opposite(intent.side), arrival.matches)
      for (const [at, { price, size }] of arrival.matches.entries()) {
        const isLast = at === arrival.matches.length - 1
        const status = isLast && arrival._tag === "Accepted" && rest === 0 ? "matched" : "live"
        tell(intentId, status, { price, size, fee: takerFee(schedule, price, size), taker: true })
      }
      if (arrival._tag === "Killed") {
        return tell(intentId, arrival.matches.length === 0 ? "rejected" : "canceled", undefined, arrival.reason)
      }
      if (rest === 0) return
      if (arrival.matches.length === 0) tell(intentId, "live")
      rests(intent, rest as Size, true)
    }

    const cancel = (intentId: IntentId): void => {
      if (resting.delete(intentId)) tell(intentId, "canceled", undefined, "canceled on request")
      else if (arriving.has(intentId)) arriving.set(intentId, true)
    }

    const arrive = (intent: Intent): void => {
      const isCanceled = arriving.get(intent.intentId)
      arriving.delete(intent.intentId)
      match(intent)
      if (isCanceled === true) cancel(intent.intentId)
    }

    const rests = (intent: Intent, remaining: Size, isPlaced: boolean) => {
      const book = state.orderBook(intent.assetId)?.book
      const queueAhead = book === undefined ? 0 as Size : OrderBook.sizeAt(book, intent.side, intent.price)
      const order = Matching.rest(intent.side, intent.price, remaining, queueAhead)
      resting.set(intent.intentId, { intent, order, isPlaced })
    }

    const progress = (entry: Resting, { filled, order }: Matching.Progress) => {
      entry.order = order
      if (filled === 0) return
      const { intentId } = entry.intent
      const isDone = order.remaining === 0
      if (isDone) resting.delete(intentId)
      tell(intentId, isDone ? "matched" : "live", { price: order.price, size: filled, fee: noFee, taker: false })
    }

    const expire = (now: number): void => {
      for (const { intent } of resting.values()) {
        if (intent.expiresAt === undefined || now < intent.expiresAt) continue
        resting.delete(intent.intentId)
        tell(intent.intentId, "expired", undefined, "reached its expiration")
      }
    }

    /** Own orders of an asset by priority: the better price first, then the older. */
    const queueOf = (assetId: AssetId): ReadonlyArray<Resting> =>
      [...resting.values()].filter(({ intent }) => intent.assetId === assetId).sort((a, b) =>
        a.order.side === "buy" ? b.order.price - a.order.price : a.order.price - b.order.price
      )

    const onTrade = (trade: Trade): void => {
      let size: number = trade.size
      for (const entry of queueOf(trade.assetId)) {
        if (!entry.isPlaced) continue
        const after = Matching.afterTrade(entry.order, trade.side, trade.price, size as Size, trade.receivedAt)
        size -= after.filled
        progress(entry, after)
      }
    }

    const onBook = (assetId: AssetId, receivedAt: number): void => {
      const known = state.orderBook(assetId)
      if (known === undefined || !known.usable) return
      const sizeAt = (side: Side, price: Price) => OrderBook.sizeAt(known.book, side, price)
      Taken.follow(takenOf(assetId), sizeAt)
      for (const entry of queueOf(assetId)) {
        const { price, side } = entry.order
        const ahead = sizeAt(side, price)
        if (!entry.isPlaced) {
          entry.order = Matching.rest(side, price, entry.order.remaining, ahead)
          entry.isPlaced = true
        }
        const after = Matching.afterBook(entry.order, ahead, levels(assetId, opposite(side)) ?? [], receivedAt)
        Taken.add(takenOf(assetId), opposite(side), after.matches)
        progress(entry, after)
      }
    }

    const take = (event: MarketEvent): void => {
      if (event._tag === "Tick") expire(event.receivedAt)
      else if (event._tag === "Trade") {
        if (resting.size > 0) onTrade(event)
      } else if (event._tag === "OrderBookDelta" || event._tag === "OrderBookSnapshot") {
        const aside = taken.get(event.assetId)
        if (resting.size > 0 || (aside !== undefined && !Taken.isEmpty(aside))) onBook(event.assetId, event.receivedAt)
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
      mode: "open",
      name: "paper",
      wallet,
      startsEmpty: true,
      orderIdOf: (intent) => `0x${hashOf(["paper", intent.intentId])}` as OrderId,
      place: (intent) =>
        Effect.suspend(() => {
          arriving.set(intent.intentId, false)
          return Effect.delay(Effect.sync(() => arrive(intent)), settings.paper.latency)
        }),
      cancel: (intentIds) =>
        Effect.sync(() => {
          for (const intentId of intentIds) cancel(intentId)
        }),
      restore: (orders) =>
        Effect.sync(() => {
          for (const { filledSize, intent } of orders) {
            if (intent.timeInForce === "FOK" || intent.timeInForce === "FAK") {
              tell(intent.intentId, "canceled", undefined, "the engine stopped before it arrived; it never rests")
            } else rests(intent, (intent.size - filledSize) as Size, false)
          }
        }),
      updates: Stream.fromQueue(news),
      told: () => told
    })
  })
)
