/** What the processes of the state's fault tests tell, several times a second. */

/** The engine that writes. */
export interface Written {
  readonly published: number
  /** The id of the last event. */
  readonly lastId: number
  /** Resident memory, bytes. */
  readonly rss: number
  /** The slowest but one in a hundred of the local reads since the last time, microseconds. */
  readonly readMicros: number
}

/** The process that follows. */
export interface Followed {
  /** Hot assets it knows a price of. */
  readonly known: number
  /** The id of the oldest of these prices; 0 when one is not known. */
  readonly oldestId: number
  /** Prices served as known although they were older than any could be that was not missed, since it began. */
  readonly stale: number
  readonly looks: number
}

/** Assets that change all the time, and those that are told once. */
export const hot = 200
export const quiet = 50

/** Events a second. */
export const rate = 5_000
