/** Holes in the archive: what they are, how they are told to everybody, and how lost events become one. Pure. */
import { type FeedStatus, type MarketEvent, unstamped } from "../MarketEvent.ts"

/** A hole in the archive, event times in ms; without `from` it reaches back to an unknown time. */
export interface Gap {
  readonly from?: number
  readonly to?: number
  readonly detail: string
}

/** The event that tells of a gap, not stamped yet. */
export const gapEvent = (gap: Gap): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: "archiver",
  feed: "archive",
  kind: "gap",
  ...gap
})

/** What could not be spooled since the last event that could. */
export class Lost {
  private from = 0
  private to = 0
  private count = 0

  /** Adds events that are lost. */
  add(events: ReadonlyArray<MarketEvent>): void {
    const first = events[0]?.receivedAt ?? 0
    if (this.count === 0) this.from = first
    this.to = events.at(-1)?.receivedAt ?? first
    this.count += events.length
  }

  /** The gap they leave, once; `undefined` when nothing is lost. */
  take(): Gap | undefined {
    if (this.count === 0) return undefined
    const { count, from, to } = this
    this.count = 0
    return { from, to, detail: `${count} events could not be written to the spool` }
  }
}
