/**
 * What a source of events is: a Stream of batches, each of what arrived together (in one turn of the event loop, in one answer
 * to a poller), in the order it arrived. A source heals itself and never fails; its trouble is told as `FeedStatus` events.
 */
import type { Stream } from "effect"
import type { MarketEvent } from "./MarketEvent.ts"

/** Events that arrived together, not stamped yet; none when what arrived told nothing new. */
export interface Batch {
  readonly events: ReadonlyArray<MarketEvent>
  /** `performance.now()` when the first byte of it was in our hands, ms: where latency is counted from. */
  readonly arrivedAt: number
}

/** A source of events. */
export interface Ingestor {
  /** As it appears in summaries and logs, for example "clob". */
  readonly name: string
  readonly batches: Stream.Stream<Batch>
}
