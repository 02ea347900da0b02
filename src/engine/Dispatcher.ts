/**
 * One hub, a bounded queue per consumer. Ingestors publish batches, one hub slot each; every consumer has a forwarder that
 * filters and offers without ever waiting. A consumer takes all there is when it is ready, or, when it never waits itself, is
 * called within the publish. One that never reads costs the others nothing, and what it lost is counted.
 */
import { Context, Deferred, Effect, Layer, PubSub, Queue } from "effect"
import type { Scope } from "effect"
import { EventClock } from "./EventClock.ts"
import type { Batch } from "./Ingestor.ts"
import { LatencyProbe } from "./Latency.ts"
import { unstamped } from "./MarketEvent.ts"
import type { EventId, EventTag, FeedStatus, MarketEvent } from "./MarketEvent.ts"
import { Mailbox } from "./Overflow.ts"
import type { ConsumerCounts, Overflow } from "./Overflow.ts"

/** How a consumer subscribes. */
export interface SubscribeOptions {
  /** As it appears in summaries. */
  readonly name: string
  /** Events that may wait. */
  readonly capacity: number
  readonly overflow: Overflow
  /** Kinds it wants; absent means all. */
  readonly tags?: ReadonlySet<EventTag>
  /** Leaves out prices of sources beside the one that speaks for a symbol. */
  readonly speakersOnly?: boolean
}

/** A consumer's end. */
export interface Subscription {
  /** Waits until there is something to take. One taker at a time. */
  readonly wait: Effect.Effect<void>
  /** Everything that waits, in order; waits itself for the first event. One taker at a time. */
  readonly takeAll: Effect.Effect<ReadonlyArray<MarketEvent>>
  /** Hands over what waits and, within the publish, what comes. For a consumer that waits for nothing else; ends if it throws. */
  readonly forEach: (handle: (events: ReadonlyArray<MarketEvent>) => void) => Effect.Effect<never>
  /** Everything that waits now, which may be nothing. */
  readonly poll: () => ReadonlyArray<MarketEvent>
  /** Counts delivered events that were left on disk for later. */
  readonly markSpilled: (count: number) => void
}

/** Hub slots kept for a forwarder that has not run yet; forwarders run inside the publish, so few are ever used. */
const hubSlots = 8192

export class Dispatcher extends Context.Service<Dispatcher, {
  /** Stamps what has no id, counts it and hands it to every consumer; returns at once. */
  readonly publish: (batch: Batch) => void
  /** Subscribes until the scope closes. Subscribe before anything is published. */
  readonly subscribe: (options: SubscribeOptions) => Effect.Effect<Subscription, never, Scope.Scope>
  /** What became of every consumer's events. */
  readonly counts: () => Record<string, ConsumerCounts>
  /** Events published so far, by kind. */
  readonly events: () => Record<string, number>
  /** Waits for ever, or dies when events no longer reach a consumer. */
  readonly watch: Effect.Effect<never>
  /** From arrival to decision. */
  readonly latency: LatencyProbe
}>()("polymarket-hft/engine/Dispatcher") {
  static readonly layer = Layer.effect(
    Dispatcher,
    Effect.gen(function*() {
      const clock = yield* EventClock
      const hub = yield* Effect.acquireRelease(PubSub.sliding<Batch>(hubSlots), PubSub.shutdown)
      const mailboxes = new Map<string, Mailbox>()
      const filters = new Map<string, SubscribeOptions>()
      const published: Partial<Record<EventTag, number>> = {}
      const latency = new LatencyProbe()
      const failed = yield* Deferred.make<never>()

      const publish = (batch: Batch) => {
        const { events } = batch
        const last = events[events.length - 1]
        if (last === undefined) return
        clock.stamp(events)
        for (const { _tag } of events) published[_tag] = (published[_tag] ?? 0) + 1
        latency.received(last.id, batch.arrivedAt, events.length)
        PubSub.publishUnsafe(hub, batch)
      }

      const conflated = (feed: string) => (eventIds: ReadonlyArray<EventId>): MarketEvent => {
        const mark: FeedStatus = {
          _tag: "FeedStatus",
          id: unstamped,
          time: 0,
          receivedAt: 0,
          source: "dispatcher",
          feed,
          kind: "conflated",
          eventIds
        }
        clock.stamp([mark])
        for (const [name, mailbox] of mailboxes) {
          if (name !== feed && wants(filters.get(name) ?? {}, mark)) mailbox.offer(mark)
        }
        return mark
      }

      const subscribe = Effect.fnUntraced(function*(options: SubscribeOptions) {
        const { name } = options
        const mailbox = new Mailbox(options.capacity, options.overflow)
        mailboxes.set(name, mailbox)
        filters.set(name, options)
        const mark = conflated(name)
        const wakes = yield* Queue.make<void>({ capacity: 1, strategy: "dropping" })
        let notify = () => {
          Queue.offerUnsafe(wakes, undefined)
          Queue.flushUnsafe(wakes)
        }
        const subscription = yield* PubSub.subscribe(hub)
        yield* Effect.gen(function*() {
          while (true) {
            for (const { events } of yield* PubSub.takeAll(subscription)) {
              for (const event of events) if (wants(options, event)) mailbox.offer(event)
            }
            if (mailbox.length > 0) notify()
          }
        }).pipe(
          Effect.tapCause((cause) => Deferred.failCause(failed, cause)),
          Effect.forkScoped({ startImmediately: true })
        )
        const poll = () => mailbox.takeAll(mark)
        const wait = Effect.gen(function*() {
          while (mailbox.length === 0) yield* Queue.take(wakes)
        })
        const forEach: Subscription["forEach"] = (handle) =>
          Effect.callback((resume) => {
            notify = () => {
              try {
                handle(poll())
              } catch (defect) {
                notify = ignore
                resume(Effect.die(defect))
              }
            }
            if (mailbox.length > 0) notify()
          })
        const markSpilled = (count: number) => mailbox.spill(count)
        return { wait, takeAll: Effect.map(wait, poll), forEach, poll, markSpilled }
      })

      return Dispatcher.of({
        publish,
        subscribe,
        counts: () => Object.fromEntries([...mailboxes].map(([name, mailbox]) => [name, mailbox.counts])),
        events: () => ({ ...published }),
        watch: Deferred.await(failed),
        latency
      })
    })
  )
}

const ignore = (): void => {}

const wants = (
  { speakersOnly, tags }: Pick<SubscribeOptions, "tags" | "speakersOnly">,
  event: MarketEvent
): boolean =>
  (tags === undefined || tags.has(event._tag)) &&
  !(speakersOnly === true && event._tag === "PriceUpdate" && event.beside === true)
