/** The rows of `policy list`: of a running engine, or of a folder with what a journal tells. Pure. */
import { oneLine } from "../../domain/OneLine.ts"
import * as Span from "../../domain/Span.ts"
import type { JournalRecord } from "../../engine/Journal.ts"
import type { CompiledPolicy } from "../../engine/policy/Compile.ts"
import { Switches } from "../../engine/policy/Switches.ts"
import type { PolicyStatus } from "../../engine/PolicyControl.ts"
import { PolicyTally } from "../../engine/PolicyTally.ts"

/** A policy and how it stands, as JSON has it; what is not there is an empty text. */
export interface Row {
  readonly policy: string
  readonly name: string
  readonly enabled: boolean
  /** "on", or "off" with who turned it off and why. */
  readonly state: string
  readonly cooldown: string
  readonly cooldownLeft: string
  /** Event time, ISO UTC. */
  readonly lastFiring: string
  /** Firings since midnight UTC. */
  readonly today: number
  readonly ordersToday: number
  readonly total: number
}

const stateOf = (off: { readonly actor: string; readonly reason: string } | undefined): string =>
  off === undefined ? "off" : `off by ${off.actor}${off.reason === "" ? "" : `: ${off.reason}`}`

const leftOf = (ms: number): string => ms > 0 ? Span.toText(Math.ceil(ms / 1_000) * 1_000) : ""

/** A policy of a running engine. */
export const rowOf = (one: PolicyStatus): Row => ({
  policy: one.policy,
  name: one.name,
  enabled: one.isOn,
  state: one.isOn ? "on" : stateOf(one.off),
  cooldown: one.cooldown === 0 ? "" : Span.toText(one.cooldown),
  cooldownLeft: leftOf(one.cooldownLeft),
  lastFiring: one.lastFiring ?? "",
  today: one.firingsToday,
  ordersToday: one.ordersToday,
  total: one.firings
})

/** The policies of a folder with what a journal knows of them at `now`, ms UTC. */
export const rowsOf = (
  policies: ReadonlyArray<CompiledPolicy>,
  records: ReadonlyArray<JournalRecord>,
  now: number
): ReadonlyArray<Row> => {
  const tally = new PolicyTally()
  const switches = new Switches()
  for (const record of records) {
    if (record._tag === "Firing") tally.fired(record.policyId, record.receivedAt)
    else if (record._tag === "Intent") tally.ordered(record.intent.policyId, record.intent.createdAt)
    else if (record._tag === "Switch") switches.add(record)
  }
  return policies.map((policy) => {
    const { firings, firingsToday, lastFiring, ordersToday } = tally.of(policy.id, now)
    const { off, offWhy } = switches.stateOf(policy)
    const left = lastFiring === undefined || policy.cooldownPer !== "policy" ? 0 : lastFiring + policy.cooldown - now
    return {
      policy: policy.id,
      name: policy.name,
      enabled: !off,
      state: off ? stateOf(offWhy) : "on",
      cooldown: policy.cooldown === 0 ? "" : Span.toText(policy.cooldown),
      cooldownLeft: leftOf(left),
      lastFiring: lastFiring === undefined ? "" : new Date(lastFiring).toISOString(),
      today: firingsToday,
      ordersToday,
      total: firings
    }
  })
}

/** What the columns that everybody looks for take beside the id and the state: the last firing and two counts, with the space between. */
const others = 24 + 5 + 5 + 5 * 2

const shortest = 12

/** Rows for people, what matters most first: reasons are cut to the width of the terminal rather than columns left out for them. */
export const shown = (rows: ReadonlyArray<Row>, width: number): ReadonlyArray<Omit<Row, "enabled">> => {
  const longestId = Math.max(0, ...rows.map(({ policy }) => policy.length))
  const room = Math.max(shortest, width - others - longestId)
  return rows.map(({ cooldown, cooldownLeft, lastFiring, name, ordersToday, policy, state, today, total }) => {
    const line = oneLine(state)
    return {
      policy,
      state: line.length <= room ? line : `${line.slice(0, room - 1)}…`,
      lastFiring,
      today,
      total,
      cooldownLeft,
      ordersToday,
      cooldown,
      name
    }
  })
}
