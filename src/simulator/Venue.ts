/**
 * What the surfaces of the simulator serve: some markets, the current book of each token, and whatever flows.
 * Implementations: `GeneratedVenue.ts` (seeded flow) and `RecordedVenue.ts` (a recording played again).
 */
import type { BookSummary } from "./BookSummary.ts"
import type { Frame } from "./Frame.ts"

/** A market as the REST surfaces tell it. */
export interface VenueMarket {
  /** The whole Gamma object; lists and numbers as Gamma writes them. */
  readonly gamma: Readonly<Record<string, unknown>>
  /** The compact object of `/clob-markets`. */
  readonly clob: Readonly<Record<string, unknown>>
  readonly conditionId: string
  readonly assetIds: ReadonlyArray<string>
  readonly closed: boolean
}

/** Where books and markets come from; all calls answer at once, as of now. */
export interface Venue {
  /** Every market with its present numbers. */
  readonly markets: () => ReadonlyArray<VenueMarket>
  /** One market; condition id of 64 hex digits. */
  readonly market: (conditionId: string) => VenueMarket | undefined
  /** The token's book at this moment; `undefined` when there is none. */
  readonly book: (assetId: string) => BookSummary | undefined
  /**
   * Called when a socket subscribes to tokens; says whether a dump of the current books is due. A recording that only
   * now starts sends its own first frames instead.
   */
  readonly subscribed: (assetIds: ReadonlyArray<string>) => boolean
  /** Lists one more market, if this venue can; `now` in ms UTC. */
  readonly list: (now: number) => Published | undefined
  /** Resolves a market to one of its outcomes, if this venue can. */
  readonly resolve: (conditionId: string, outcome: number, now: number) => Published | undefined
  /** Counters for the control endpoint. */
  readonly stats: () => Readonly<Record<string, string | number | boolean>>
}

/** Something a control call made happen, with the frames that tell it. */
export interface Published {
  readonly conditionId: string
  readonly frames: ReadonlyArray<Frame>
}
