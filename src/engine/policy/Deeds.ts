/**
 * What policies did: their firings and orders, when they were armed again, who turned them on and off, and how their holds stood. What a journal tells of that outranks what a replay
 * makes of it: a policy that is played again may be given its deeds anew. Changes what the rule of a policy remembers.
 */
import type { EventId } from "../MarketEvent.ts"
import type { Evaluator } from "./Evaluate.ts"
import type { EarlierHold } from "./HoldNotes.ts"
import { LimitAccounts } from "./Limits.ts"
import type { EarlierArming, EarlierFiring, EarlierOrder } from "./Roster.ts"
import type { Switch } from "./Switches.ts"

/** A firing, with the event on which it happened. */
export interface Firing extends EarlierFiring {
  readonly eventId: EventId
}

/** What policies did until a time; lists in the order of time. */
export interface Deeds {
  readonly firings: ReadonlyArray<Firing>
  readonly orders: ReadonlyArray<EarlierOrder>
  readonly armings: ReadonlyArray<EarlierArming>
  readonly switches: ReadonlyArray<Switch>
  /** Holds that were going on then. */
  readonly holds: ReadonlyArray<EarlierHold>
}

/** What was done before a time. */
export const before = <A extends { readonly receivedAt: number }>(
  all: ReadonlyArray<A>,
  time: number
): ReadonlyArray<A> => all.filter(({ receivedAt }) => receivedAt < time)

/**
 * Gives a policy its deeds anew: last firings, limits, whether it is armed and off, and of its holds whether they fired. `seenUntil`: event time, ms, until which
 * a hold that was full and did not fire was held back; after it nobody may have been there to see.
 */
export const giveAnew = (evaluator: Evaluator, policyId: string, deeds: Deeds, seenUntil: number): void => {
  const rule = evaluator.inspect(policyId)
  if (rule === undefined) return
  const firings = deeds.firings.filter((firing) => firing.policyId === policyId)
  rule.lastFired.clear()
  rule.unarmed.clear()
  Object.assign(rule, { firedBefore: -Infinity, limits: new LimitAccounts(rule.policy.limits), quietUntil: -Infinity })
  evaluator.restore(firings, deeds.orders, deeds.switches, [], deeds.armings)
  const last = firings.at(-1)
  rule.fired = last === undefined ? undefined : { eventId: last.eventId, assetId: last.assetId }
  for (const [key, hold] of rule.holds) {
    hold.hasFired = firings.some(({ assetId = "", receivedAt }) =>
      receivedAt >= hold.since && (key === "" || assetId === key)
    )
    hold.isFull = hold.hasFired || (hold.isFull && hold.since + rule.policy.holdFor <= seenUntil)
  }
}
