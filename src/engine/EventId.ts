/** How event ids are made and read: time-ordered safe integers, unique within an engine instance. Pure. */
import type { EventId } from "./MarketEvent.ts"

/** 2020-01-01T00:00:00Z, ms: ids count from here. */
export const epoch = 1_577_836_800_000

const perMillisecond = 256
const instances = 32

/** The smallest id of a millisecond for an instance (0 to 31). */
export const firstOf = (ms: number, instance: number): EventId =>
  ((ms - epoch) * (instances * perMillisecond) + instance * perMillisecond) as EventId

/** The millisecond (ms UTC) an id was made in, or the next free one when that one's 256 ids were used up. */
export const millisecondOf = (id: EventId): number => Math.floor(id / (instances * perMillisecond)) + epoch

/** The id that follows `previous` at `now` (ms UTC): of `now`, or of the first later millisecond with one left. */
export const next = (previous: EventId, now: number, instance: number): EventId => {
  const first = firstOf(now, instance)
  if (first > previous) return first
  return previous % perMillisecond < perMillisecond - 1
    ? (previous + 1) as EventId
    : firstOf(millisecondOf(previous) + 1, instance)
}

/** Where an earlier run's log ended. */
export interface EventIdBound {
  readonly id: EventId
  /** Event time, ms UTC. */
  readonly receivedAt: number
}

/** The bound of a log that never was. */
export const noBound: EventIdBound = { id: 0 as EventId, receivedAt: 0 }

/** The bound of a log whose last event had this id. */
export const boundAfter = (id: EventId | undefined): EventIdBound =>
  id === undefined ? noBound : { id, receivedAt: millisecondOf(id) }
