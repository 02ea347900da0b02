/** What the engine process of the archive's fault tests is asked to do, and what it tells. */
import type { ArchiveCounts } from "../../../src/engine/Archiver.ts"

/** How it runs. */
export interface Asked {
  /** Lock, spool and put-aside rows, and the embedded archive unless `archive` or `url` says otherwise. */
  readonly folder: string
  /** Where the embedded archive, and where the spool is, when not in the folder. */
  readonly archive?: string
  readonly spool?: string
  /** A PostgreSQL server instead of the embedded archive. */
  readonly url?: string
  /** Place of the first generated event. */
  readonly first: number
  /** Events a second. */
  readonly rate: number
  /** Limits of the archiver, when they are not its own. */
  readonly memory?: number
  readonly checkpointEvery?: number
  /** Bytes of a segment of the spool, when it is not the usual. */
  readonly segmentBytes?: number
  /** False: ids are told without the prints of the events. */
  readonly digests?: boolean
}

/** How it stands, told several times a second. */
export interface Stats extends ArchiveCounts {
  /** ms since it was ready. */
  readonly at: number
  readonly published: number
  /** Resident memory, and the heap in use, bytes. */
  readonly rss: number
  readonly heap: number
  /** Of the thread, microseconds since it was ready. */
  readonly cpu: number
  /** Statements that stored a batch since the last time: how many, their most rows, and how long after their first event they were done, ms. */
  readonly batches: ReadonlyArray<{ readonly rows: number; readonly after: number }>
}
