/**
 * A consumer's bounded queue and what happens to events that do not fit. Pure state, no waiting: an offer always returns
 * at once, and every event is counted, so that offered = delivered + dropped + conflated + spilled + queued at every moment.
 */
import type { LevelChange } from "../domain/Level.ts"
import { assetOf } from "./MarketEvent.ts"
import type { EventId, MarketEvent, OrderBookDelta } from "./MarketEvent.ts"

/**
 * - `dropOldest`, `dropNewest`: lose an event of the queue, or the new one.
 * - `conflate`: the newest per kind and asset survives (deltas of a book are merged); what has no older one to replace pushes the
 *   oldest out.
 * - `log`: as `conflate` for quotes and books, without merging; leaves a mark with the ids skipped at the place they had. Everything
 *   else is kept, beyond the capacity if need be.
 * - `spill`: for a consumer that takes everything to disk as it comes and tells what it left there; beyond the capacity the disk
 *   itself is stuck, and the newest is lost.
 */
export type Overflow = "dropOldest" | "dropNewest" | "conflate" | "log" | "spill"

/** What became of the events offered to one consumer. */
export interface ConsumerCounts {
  readonly offered: number
  readonly delivered: number
  readonly dropped: number
  readonly conflated: number
  readonly spilled: number
  readonly queued: number
}

/** The place of events that were conflated away. */
class Skipped {
  readonly ids: Array<EventId> = []
}

/** Makes the event that stands at the place of skipped ones. */
export type MarkSkipped = (ids: ReadonlyArray<EventId>) => MarketEvent

/** A bounded queue with its overflow rule. */
export class Mailbox {
  readonly capacity: number
  readonly overflow: Overflow
  private items: Array<MarketEvent | Skipped | undefined> = []
  private first = 0
  private size = 0
  private places: Map<string, number> | undefined
  private offered = 0
  private delivered = 0
  private dropped = 0
  private conflated = 0
  private spilled = 0

  constructor(capacity: number, overflow: Overflow) {
    this.capacity = capacity
    this.overflow = overflow
  }

  /** Events waiting. */
  get length(): number {
    return this.size
  }

  get counts(): ConsumerCounts {
    const { conflated, delivered, dropped, offered, size, spilled } = this
    return { offered, delivered, dropped, conflated, spilled, queued: size }
  }

  /** Puts an event in, settling what does not fit. */
  offer(event: MarketEvent): void {
    this.offered++
    if (this.size < this.capacity) return this.push(event)
    switch (this.overflow) {
      case "dropNewest":
      case "spill":
        this.dropped++
        return
      case "dropOldest":
        this.dropOldest()
        return this.push(event)
      case "conflate":
        return this.conflate(event, false)
      case "log":
        return this.conflate(event, true)
    }
  }

  /** Takes everything, in order. `mark` stands for events conflated away under the `log` rule. */
  takeAll(mark: MarkSkipped): ReadonlyArray<MarketEvent> {
    const taken = this.places === undefined && this.first === 0
      ? this.items as ReadonlyArray<MarketEvent>
      : this.withMarks(mark)
    this.delivered += this.size
    this.items = []
    this.first = 0
    this.size = 0
    this.places = undefined
    return taken
  }

  private withMarks(mark: MarkSkipped): ReadonlyArray<MarketEvent> {
    const taken: Array<MarketEvent> = []
    for (const item of this.items.slice(this.first)) {
      if (item === undefined) continue
      if (item instanceof Skipped) {
        this.offered++
        this.delivered++
        taken.push(mark(item.ids))
      } else taken.push(item)
    }
    return taken
  }

  /** Counts events that were delivered to disk instead of to memory. */
  spill(count: number): void {
    this.delivered -= count
    this.spilled += count
  }

  private push(event: MarketEvent): void {
    if (this.places !== undefined) this.places.set(keyOf(event), this.items.length)
    this.items.push(event)
    this.size++
  }

  private dropOldest(): void {
    while (this.first < this.items.length) {
      const at = this.first++
      const item = this.items[at]
      if (item === undefined || item instanceof Skipped) continue
      this.items[at] = undefined
      if (this.places?.get(keyOf(item)) === at) this.places.delete(keyOf(item))
      this.size--
      this.dropped++
      break
    }
    if (this.first > this.capacity) this.compact()
  }

  private conflate(event: MarketEvent, log: boolean): void {
    if (this.places === undefined) this.settle(log)
    if (log && !isConflatable(event)) return this.push(event)
    this.supersede(event, log)
    if (!log && this.size > this.capacity) this.dropOldest()
    if (this.items.length > 4 * this.capacity) this.compact()
  }

  /** Conflates what waits, once, when it first reaches the capacity; from then on the newest per key is all there is. */
  private settle(log: boolean): void {
    if (log) {
      this.places = this.index()
      return
    }
    const waiting = this.items.slice(this.first) as ReadonlyArray<MarketEvent | undefined>
    this.items = []
    this.first = 0
    this.size = 0
    this.places = new Map()
    for (const event of waiting) if (event !== undefined) this.supersede(event, false)
  }

  /** Puts an event in, in the place of what it makes superfluous. */
  private supersede(event: MarketEvent, log: boolean): void {
    const key = keyOf(event)
    const at = this.places?.get(key)
    const older = at === undefined ? undefined : this.items[at] as MarketEvent
    if (event._tag === "OrderBookSnapshot") this.forget(`OrderBookDelta ${event.assetId}`, log)
    if (at === undefined || older === undefined) return this.push(event)
    const isMerged = !log && event._tag === "OrderBookDelta" && !this.isForgotten(at, event)
    this.forget(key, log)
    this.push(isMerged ? mergeDeltas(older as OrderBookDelta, event) : event)
  }

  /** True when a snapshot that waits behind `at` makes the delta there mean nothing. */
  private isForgotten(at: number, delta: OrderBookDelta): boolean {
    return (this.places?.get(`OrderBookSnapshot ${delta.assetId}`) ?? -1) > at
  }

  /** Takes the event of a key out of the queue, leaving a mark under the `log` rule. */
  private forget(key: string, log: boolean): void {
    const at = this.places?.get(key)
    if (at === undefined) return
    const item = this.items[at] as MarketEvent
    this.places?.delete(key)
    this.size--
    this.conflated++
    if (!log) {
      this.items[at] = undefined
      return
    }
    const before = this.items[at - 1]
    const mark = before instanceof Skipped ? before : new Skipped()
    mark.ids.push(item.id)
    this.items[at] = before instanceof Skipped ? undefined : mark
    if (this.items.length > 4 * this.capacity) this.compact()
  }

  private index(): Map<string, number> {
    const places = new Map<string, number>()
    for (let at = this.first; at < this.items.length; at++) {
      const item = this.items[at]
      if (item !== undefined && !(item instanceof Skipped)) places.set(keyOf(item), at)
    }
    return places
  }

  /** Closes the holes; neighbouring marks become one. */
  private compact(): void {
    const kept: Array<MarketEvent | Skipped> = []
    for (let at = this.first; at < this.items.length; at++) {
      const item = this.items[at]
      const last = kept[kept.length - 1]
      if (item instanceof Skipped && last instanceof Skipped) last.ids.push(...item.ids)
      else if (item !== undefined) kept.push(item)
    }
    this.items = kept
    this.first = 0
    if (this.places !== undefined) this.places = this.index()
  }
}

/** Quotes and books, of which a later one says what an earlier one said. */
const isConflatable = (event: MarketEvent): boolean =>
  event._tag === "PriceUpdate" || event._tag === "OrderBookDelta" || event._tag === "OrderBookSnapshot"

const keyOf = (event: MarketEvent): string =>
  event._tag === "PriceUpdate"
    ? `PriceUpdate ${event.source} ${event.assetId}`
    : `${event._tag} ${assetOf(event) ?? subjectOf(event)}`

const subjectOf = (event: MarketEvent): string => {
  switch (event._tag) {
    case "MetricUpdate":
    case "Tick":
      return event.name
    case "FeedStatus":
      return `${event.feed} ${event.kind}`
    case "MarketMetadata":
      return event.market.conditionId
    case "MarketLifecycle":
      return `${event.market} ${event.kind}`
    default:
      return String(event.id)
  }
}

/** One delta that does to a book what the older and then the newer one would have done. */
const mergeDeltas = (older: OrderBookDelta, newer: OrderBookDelta): OrderBookDelta => {
  const changes = new Map<string, LevelChange>()
  for (const change of older.changes) changes.set(`${change.side} ${change.price}`, change)
  for (const change of newer.changes) changes.set(`${change.side} ${change.price}`, change)
  return { ...newer, changes: [...changes.values()] }
}
