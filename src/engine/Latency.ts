/** Times from a frame in our hands to the decision on it, kept as a histogram of constant size. Pure. */
import type { EventId } from "./MarketEvent.ts"

/** Steps per doubling: 5 % resolution. */
const stepsPerDoubling = 14
const smallest = 0.001
const buckets = 420

/** A logarithmic histogram of milliseconds. */
export class Histogram {
  private readonly counts = new Float64Array(buckets)
  private total = 0

  /** Counts one observation, ms. */
  record(ms: number, times = 1): void {
    const at = ms <= smallest ? 0 : Math.ceil(Math.log2(ms / smallest) * stepsPerDoubling)
    const bucket = at < buckets ? at : buckets - 1
    this.counts[bucket] = (this.counts[bucket] as number) + times
    this.total += times
  }

  /** Forgets everything. */
  reset(): void {
    this.counts.fill(0)
    this.total = 0
  }

  /** The value that `share` (0 to 1) of the observations do not exceed, ms, to 5 %; 0 without observations. */
  quantile(share: number): number {
    if (this.total === 0) return 0
    const wanted = Math.ceil(share * this.total)
    let seen = 0
    for (let at = 0; at < buckets; at++) {
      seen += this.counts[at] as number
      if (seen >= wanted) return Number((smallest * 2 ** (at / stepsPerDoubling)).toPrecision(3))
    }
    return 0
  }

  /** Observations counted. */
  get count(): number {
    return this.total
  }
}

/** Remembers when batches arrived until the decision on their last event is made. */
export class LatencyProbe {
  readonly histogram = new Histogram()
  private readonly arrived: Array<{ readonly lastId: EventId; readonly at: number; readonly frames: number }> = []
  private first = 0

  /** A batch whose last event is `lastId` arrived at `at` (`performance.now()`), as so many events. */
  received(lastId: EventId, at: number, events: number): void {
    this.arrived.push({ lastId, at, frames: events })
    if (this.arrived.length - this.first > 65_536) this.first++
    if (this.first <= 8_192) return
    this.arrived.splice(0, this.first)
    this.first = 0
  }

  /** Everything up to `id` was decided at `now` (`performance.now()`). */
  decided(id: EventId, now: number): void {
    while (this.first < this.arrived.length) {
      const batch = this.arrived[this.first] as {
        readonly lastId: EventId
        readonly at: number
        readonly frames: number
      }
      if (batch.lastId > id) return
      this.histogram.record(now - batch.at, batch.frames)
      this.first++
    }
    this.arrived.length = 0
    this.first = 0
  }
}
