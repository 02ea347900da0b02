/** What the programs of this bench are asked, and what they answer. */

/** `count` prices from number `first` on. */
export interface Asked {
  /** Of a server; absent: the embedded database. */
  readonly url?: string
  readonly first: number
  readonly count: number
  /** Events a second; absent: as fast as can be. */
  readonly rate?: number | undefined
}

/** What was measured; `cpuMicros` is the time of the thread that archives, per event. */
export interface Measured {
  readonly perSecond: number
  readonly cpuMicros: number
}
