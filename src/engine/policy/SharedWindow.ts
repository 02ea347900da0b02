/**
 * The windows of all policies: conditions that look at the same field of the same source over the same stretch in the same way share one, so that ten
 * policies on it cost what one does. Plain mutable state.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { EventId } from "../MarketEvent.ts"
import type { Facts, Reading } from "./Facts.ts"
import { type Aggregation, Window } from "./Window.ts"

/** What a window is of. */
export interface WindowOf {
  readonly field: string
  /** Absent: the primary source of each asset. */
  readonly source: string | undefined
  /** ms. */
  readonly duration: number
  readonly aggregation: Aggregation
}

interface Entry {
  readonly assetId: AssetId | undefined
  readonly window: Window
  source: string
  lastEvent: EventId | undefined
  /** How many values had left when policies were told last. */
  told: number
  isScheduled: boolean
}

/** One field over one stretch, for every asset. */
export class SharedWindow {
  readonly of: WindowOf
  readonly #entries = new Map<AssetId | "", Entry>()
  readonly #calendar: Calendar

  constructor(of: WindowOf, calendar: Calendar) {
    this.of = of
    this.#calendar = calendar
  }

  /** Takes what an event told of the field of an asset; a repeat for the same event changes nothing. */
  add(facts: Facts, assetId: AssetId | undefined, eventId: EventId): void {
    const reading = facts.read(this.of.field, assetId, this.of.source)
    if (reading === undefined || typeof reading.value !== "bigint") return
    const key = assetId ?? ""
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const window = new Window(this.of.duration, this.of.aggregation)
      entry = { assetId, window, source: reading.source, lastEvent: undefined, told: 0, isScheduled: false }
      this.#entries.set(key, entry)
    }
    if (entry.lastEvent === eventId) return
    entry.lastEvent = eventId
    if (entry.source !== reading.source) {
      // Another source's numbers are another history.
      entry.window.clear()
      entry.source = reading.source
    }
    const size = this.of.aggregation === "vwap" ? facts.read("trade_size", assetId, this.of.source)?.value : undefined
    entry.window.add(facts.now, reading.value, typeof size === "bigint" ? size : 0n)
    this.#calendar.schedule(this, entry)
  }

  /** Lets go of what it holds of assets that are not to be kept. */
  keep(isKept: (assetId: AssetId | undefined) => boolean): void {
    for (const [key, entry] of this.#entries) {
      if (isKept(entry.assetId)) continue
      this.#entries.delete(key)
      entry.window.clear()
      // The calendar may know it still: it has nothing to tell any more.
      entry.told = entry.window.left
    }
  }

  /** What the window says of an asset now; `undefined` when it says nothing. */
  read(facts: Facts, assetId: AssetId | undefined, minimumSamples: number): Reading | undefined {
    const entry = this.#entries.get(assetId ?? "")
    if (entry === undefined) return undefined
    entry.window.advance(facts.now)
    if (entry.window.length < minimumSamples) return undefined
    const { value } = entry.window
    return value === undefined ? undefined : { value, source: entry.source }
  }

  /** How many values of an asset are in the window now; for explanations. */
  count(facts: Facts, assetId: AssetId | undefined): number {
    const entry = this.#entries.get(assetId ?? "")
    entry?.window.advance(facts.now)
    return entry?.window.length ?? 0
  }
}

const second = 1_000

/** When windows move by themselves because their oldest values leave, by whole seconds. */
export class Calendar {
  readonly #due = new Map<number, Array<readonly [SharedWindow, Entry]>>()
  #from: number | undefined

  /** Notes when an entry moves next, unless it is noted already. */
  schedule(window: SharedWindow, entry: Entry): void {
    const { leavesAt } = entry.window
    if (entry.isScheduled || leavesAt === undefined) return
    entry.isScheduled = true
    const at = Math.max(Math.floor(leavesAt / second), this.#from ?? -Infinity)
    const due = this.#due.get(at)
    if (due === undefined) this.#due.set(at, [[window, entry]])
    else due.push([window, entry])
  }

  /** The windows that moved by a time, each with the asset it moved for. */
  moved(now: number): ReadonlyArray<readonly [SharedWindow, AssetId | undefined]> {
    const until = Math.floor(now / second)
    const moved: Array<readonly [SharedWindow, AssetId | undefined]> = []
    const ready = this.#from !== undefined && until - this.#from < this.#due.size
      ? Array.from({ length: Math.max(0, until - this.#from + 1) }, (_, index) => (this.#from as number) + index)
      : [...this.#due.keys()].filter((at) => at <= until)
    // What leaves later within this second is looked at again.
    this.#from = until
    for (const at of ready) {
      const due = this.#due.get(at)
      if (due === undefined) continue
      this.#due.delete(at)
      for (const [window, entry] of due) {
        entry.isScheduled = false
        entry.window.advance(now)
        if (entry.window.left !== entry.told) moved.push([window, entry.assetId])
        entry.told = entry.window.left
        this.schedule(window, entry)
      }
    }
    return moved
  }
}

/** All windows, each made once. */
export class SharedWindows {
  readonly calendar = new Calendar()
  readonly #windows = new Map<string, SharedWindow>()

  /** Lets go of a window; the next of the same kind begins empty. */
  drop(window: SharedWindow): void {
    if (this.#windows.get(keyOf(window.of)) === window) this.#windows.delete(keyOf(window.of))
    window.keep(() => false)
  }

  /** The one window of these. */
  get(of: WindowOf): SharedWindow {
    const key = keyOf(of)
    let window = this.#windows.get(key)
    if (window === undefined) this.#windows.set(key, window = new SharedWindow(of, this.calendar))
    return window
  }
}

const keyOf = ({ aggregation, duration, field, source }: WindowOf): string =>
  JSON.stringify([field, source ?? null, duration, aggregation])
