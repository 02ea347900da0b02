/** What a journal tells that policies did. Pure. */
import * as Fixed from "../domain/Fixed.ts"
import type { Intent } from "../domain/Order.ts"
import type { JournalRecord } from "./Journal.ts"
import type { Deeds } from "./policy/Deeds.ts"
import { earlierHolds } from "./policy/HoldNotes.ts"
import type { EarlierOrder } from "./policy/Roster.ts"

/** What an order counts against its policy's limits. */
const earlierOrder = ({ amount, createdAt, policyId, price, size }: Intent): EarlierOrder => ({
  policyId,
  receivedAt: createdAt,
  notional: amount === undefined
    ? Fixed.multiply(Fixed.fromMicro(price), Fixed.fromMicro(size))
    : Fixed.fromMicro(amount)
})

/** What policies did until an event time, ms, included; absent: all that is told. */
export const deedsOf = (records: ReadonlyArray<JournalRecord>, until = Infinity): Deeds => {
  const isBy = ({ receivedAt }: { readonly receivedAt: number }) => receivedAt <= until
  const switches = records.filter((record) => record._tag === "Switch").filter(isBy)
  return {
    firings: records.filter((record) => record._tag === "Firing").filter(isBy),
    orders: records.flatMap((record) => (record._tag === "Intent" ? [earlierOrder(record.intent)] : [])).filter(isBy),
    armings: records.filter((record) => record._tag === "Armed").filter(isBy),
    switches,
    holds: earlierHolds(
      records.filter((record) => record._tag === "Hold").filter(isBy),
      records.filter((record) => record._tag === "HoldStamp").filter(isBy),
      switches
    )
  }
}

/** Event time, ms, at which the engine was started last by a time; `undefined` when nothing is told of that. */
export const startedBy = (records: ReadonlyArray<JournalRecord>, time: number): number | undefined =>
  records.filter((record) => record._tag === "Audit")
    .findLast(({ actor, kind, receivedAt }) => actor === "engine" && kind === "start" && receivedAt <= time)
    ?.receivedAt
