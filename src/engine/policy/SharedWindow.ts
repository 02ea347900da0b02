/**
 * The windows of all policies: conditions that look at the same field of the same source over the same stretch in the same way share one, so that ten
 * policies on it cost what one does. Plain mutable state.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type * as Fixed from "../../domain/Fixed.ts"
import type { EventId } from "../MarketEvent.ts"
import type { Facts } from "./Facts.ts"
import type { Reading } from "./KnownFacts.ts"
import { Samples } from "./Samples.ts"
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

/** The values of one field of one asset by one source, for all windows that look at them. */
class Tape {
  readonly #field: string
  readonly #source: string | undefined
  readonly #assetId: AssetId | undefined
  readonly #samples: Samples
  #windows: ReadonlyArray<Window> = []
  #needsSizes = false
  #lastEvent: EventId | undefined
  /** Whose numbers these are. */
  source = ""

  constructor({ field, source }: WindowOf, assetId: AssetId | undefined, most: () => number) {
    this.#field = field
    this.#source = source
    this.#assetId = assetId
    this.#samples = new Samples(most)
  }

  /** A window of what comes from an event on, which may have been taken already. */
  open({ aggregation, duration }: WindowOf, facts: Facts, eventId: EventId): Window {
    const window = new Window(duration, aggregation, this.#samples)
    this.#needsSizes ||= aggregation === "vwap"
    if (this.#lastEvent === eventId) {
      const newest = this.#samples.end - 1
      const weight = this.#weight(facts)
      this.#samples.weigh(weight)
      window.include(this.#samples.at(newest), this.#samples.value(newest), weight)
    }
    this.#windows = [...this.#windows, window]
    return window
  }

  /** Nobody looks at a window any more; true when nobody looks at any. */
  close(window: Window): boolean {
    window.close()
    this.#windows = this.#windows.filter((one) => one !== window)
    return this.#windows.length === 0
  }

  /** Takes what an event told, which is `told` where that has been read already; a repeat for the same event changes nothing. */
  take(facts: Facts, eventId: EventId, told: Reading | undefined): void {
    if (this.#lastEvent === eventId) return
    const reading = told ?? facts.read(this.#field, this.#assetId, this.#source)
    if (reading === undefined || typeof reading.value !== "bigint") return
    this.#lastEvent = eventId
    if (this.source !== reading.source) {
      // Another source's numbers are another history.
      for (const window of this.#windows) window.clear()
      this.source = reading.source
    }
    const weight = this.#weight(facts)
    for (const window of this.#windows) window.advance(facts.now)
    this.#samples.push(facts.now, reading.value, weight)
    for (const window of this.#windows) window.enter(facts.now, reading.value, weight)
  }

  /** The size beside the value of the moment, where a window weighs by it. */
  #weight(facts: Facts): Fixed.Fixed {
    const size = this.#needsSizes ? facts.read("trade_size", this.#assetId, this.#source)?.value : undefined
    return typeof size === "bigint" ? size : 0n
  }
}

/** The window of one asset. */
export interface Entry {
  readonly assetId: AssetId | undefined
  readonly tape: Tape
  readonly window: Window
  /** How many values had left when policies were told last. */
  told: number
  isScheduled: boolean
  /** Nobody looks at it any more; the calendar may know it still. */
  isClosed: boolean
}

/** One field over one stretch, for every asset. */
export class SharedWindow {
  readonly of: WindowOf
  readonly #entries = new Map<AssetId | "", Entry>()
  readonly #calendar: Calendar
  readonly #tapes: Tapes

  constructor(of: WindowOf, calendar: Calendar, tapes: Tapes) {
    this.of = of
    this.#calendar = calendar
    this.#tapes = tapes
  }

  /** Takes what an event told of the field of an asset; a repeat for the same event changes nothing. */
  add(facts: Facts, assetId: AssetId | undefined, eventId: EventId): void {
    this.#add(facts, assetId, eventId, undefined)
  }

  /** The same, where what was told has been read already; the window, with what is too old gone. `known` is what it was before. */
  take(facts: Facts, assetId: AssetId | undefined, eventId: EventId, told: Reading, known: Entry | undefined): Entry {
    const entry = this.#add(facts, assetId, eventId, told, known)
    entry.window.advance(facts.now)
    return entry
  }

  #add(
    facts: Facts,
    assetId: AssetId | undefined,
    eventId: EventId,
    told: Reading | undefined,
    known?: Entry
  ): Entry {
    const key = assetId ?? ""
    let entry = known === undefined || known.isClosed ? this.#entries.get(key) : known
    if (entry === undefined) {
      const tape = this.#tapes.get(this.of, assetId)
      entry = {
        assetId,
        tape,
        window: tape.open(this.of, facts, eventId),
        told: 0,
        isScheduled: false,
        isClosed: false
      }
      this.#entries.set(key, entry)
    }
    entry.tape.take(facts, eventId, told)
    this.#calendar.schedule(this, entry)
    return entry
  }

  /** Lets go of what it holds of assets that are not to be kept. */
  keep(isKept: (assetId: AssetId | undefined) => boolean): void {
    for (const [key, entry] of this.#entries) {
      if (!isKept(entry.assetId)) this.#close(key, entry)
    }
  }

  /** What the window says of an asset now, and by whose numbers; `undefined` when it says nothing. */
  read(facts: Facts, assetId: AssetId | undefined, minimumSamples: number): Reading | undefined {
    const entry = this.#entries.get(assetId ?? "")
    const value = entry === undefined ? undefined : valueOf(entry.window, facts, minimumSamples)
    return entry === undefined || value === undefined ? undefined : { value, source: entry.tape.source }
  }

  #close(key: AssetId | "", entry: Entry): void {
    this.#entries.delete(key)
    entry.isClosed = true
    if (entry.tape.close(entry.window)) this.#tapes.delete(this.of, entry.assetId)
  }

  /** How many values of an asset are in the window now; for explanations. */
  count(facts: Facts, assetId: AssetId | undefined): number {
    const entry = this.#entries.get(assetId ?? "")
    entry?.window.advance(facts.now)
    return entry?.window.length ?? 0
  }
}

/** What a window says now; `undefined` when that is nothing. */
const valueOf = (window: Window, facts: Facts, minimumSamples: number): Fixed.Fixed | undefined => {
  window.advance(facts.now)
  return window.length < minimumSamples ? undefined : window.value
}

/** Values that all tapes together may hold one by one, as long as each may hold `leastEach`: 64 MB of prices. */
const mostTogether = 2 ** 23
const leastEach = 2 ** 12

/** All tapes, each made once. */
class Tapes {
  readonly #tapes = new Map<string, Tape>()

  get(of: WindowOf, assetId: AssetId | undefined): Tape {
    const key = tapeKey(of, assetId)
    let tape = this.#tapes.get(key)
    if (tape === undefined) {
      const most = () => Math.max(leastEach, Math.floor(mostTogether / this.#tapes.size))
      this.#tapes.set(key, tape = new Tape(of, assetId, most))
    }
    return tape
  }

  delete(of: WindowOf, assetId: AssetId | undefined): void {
    this.#tapes.delete(tapeKey(of, assetId))
  }
}

const tapeKey = ({ field, source }: WindowOf, assetId: AssetId | undefined): string =>
  JSON.stringify([field, source ?? null, assetId ?? null])

const second = 1_000

/** When windows move by themselves because their oldest values leave, by whole seconds. */
export class Calendar {
  readonly #due = new Map<number, Array<readonly [SharedWindow, Entry]>>()
  #from: number | undefined

  /** Notes when an entry moves next, unless it is noted already. */
  schedule(window: SharedWindow, entry: Entry): void {
    if (entry.isScheduled) return
    const { leavesAt } = entry.window
    if (leavesAt === undefined) return
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
        if (entry.isClosed) continue
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
  readonly #tapes = new Tapes()
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
    if (window === undefined) this.#windows.set(key, window = new SharedWindow(of, this.calendar, this.#tapes))
    return window
  }
}

const keyOf = ({ aggregation, duration, field, source }: WindowOf): string =>
  JSON.stringify([field, source ?? null, duration, aggregation])
