/**
 * What is written down of holds, so that `for` outlives a restart, and what a start makes of it. Pure.
 *
 * Notes of one hold are ordered by the events they were made on, since those of firings reach the journal by another way than the others. A run knows of
 * every hold it has noted and not noted as broken that it still held when the run wrote its last note or stamp.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { EventId } from "../MarketEvent.ts"
import type { Switch } from "./Switches.ts"

/** How a hold stood: its time is not full yet; it was full, which happens once; it has ended. In this order when noted on one event. */
export const holdStates = ["holding", "full", "broken"] as const
export type HoldState = typeof holdStates[number]

/** How a hold stood after an event. */
export interface HoldNote {
  readonly policyId: string
  /** Hash of what makes the policy fire. */
  readonly conditions: string
  /** Whose event it began with. */
  readonly assetId?: AssetId
  /** The current markets of its series; absent: it speaks of none. */
  readonly series?: string
  /** Event time at which it began, ms. */
  readonly since: number
  readonly state: HoldState
  /** Of one that is full: it did not fire. */
  readonly isHeldBack?: boolean
  readonly eventId: EventId
  /** Event time, ms. */
  readonly receivedAt: number
}

/** A note in the journal, with the run that wrote it. */
export interface WrittenNote extends HoldNote {
  readonly runId: string
}

/** A run saw until then that what it had noted went on. */
export interface HoldStamp {
  readonly runId: string
  /** Event time, ms. */
  readonly receivedAt: number
}

/** A hold that was going on when an earlier run was heard of last. */
export interface EarlierHold extends HoldNote {
  /** Event time at which it was known to go on last, ms. */
  readonly seenAt: number
}

/** What belongs to one hold after the other. */
export const keyOf = ({ assetId, policyId }: Pick<HoldNote, "policyId" | "assetId">): string =>
  `${policyId} ${assetId ?? ""}`

const isLater = (one: HoldNote, other: HoldNote): boolean =>
  one.eventId !== other.eventId
    ? one.eventId > other.eventId
    : holdStates.indexOf(one.state) >= holdStates.indexOf(other.state)

/** The holds that were going on at the end of a journal; what was turned on or off since they began has ended. */
export const earlierHolds = (
  notes: ReadonlyArray<WrittenNote>,
  stamps: ReadonlyArray<HoldStamp>,
  switches: ReadonlyArray<Switch>
): ReadonlyArray<EarlierHold> => {
  const last = new Map<string, WrittenNote>()
  const seen = new Map<string, number>()
  for (const { receivedAt, runId } of [...notes, ...stamps]) {
    seen.set(runId, Math.max(receivedAt, seen.get(runId) ?? -Infinity))
  }
  for (const note of notes) {
    const known = last.get(keyOf(note))
    if (known === undefined || isLater(note, known)) last.set(keyOf(note), note)
  }
  const switchedAt = new Map(switches.map(({ policyId, receivedAt }) => [policyId, receivedAt]))
  return [...last.values()].flatMap((note) => {
    const { policyId, runId, since, state } = note
    if (state === "broken" || since <= (switchedAt.get(policyId) ?? -Infinity)) return []
    return [{ ...note, seenAt: seen.get(runId) ?? note.receivedAt }]
  })
}
