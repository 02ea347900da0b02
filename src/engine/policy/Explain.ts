/**
 * Why a policy fires or is silent: its conditions, and everything else that has a say, as of an event that has been taken. Explaining changes
 * nothing that a decision depends on. Costs what the policy's conditions cost, some hundred microseconds; never part of deciding.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import * as Span from "../../domain/Span.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import type { Decision } from "./Decision.ts"
import type { Evaluator } from "./Evaluate.ts"
import { nearestOf } from "./ExplainNearest.ts"
import { type Moment, partOf, truthOf, truthText } from "./ExplainPart.ts"
import { short, spanText, timeText } from "./ExplainWords.ts"
import type { Explanation, LimitState, Part, Verdict } from "./Explanation.ts"
import { believedUntil } from "./Holds.ts"
import { costOf } from "./Limits.ts"
import type { Rule } from "./Rule.ts"

/** What is to be explained. */
export interface Wish {
  readonly policyId: string
  /** Absent: the firing's, or of a policy that speaks of any asset the one that is nearest to firing. */
  readonly assetId?: AssetId | undefined
  /** The decision on this event, when it is a firing that is to be explained. */
  readonly decision?: Decision | undefined
}

/** Explains a policy as of the last event that was taken, which is `event`; `undefined` when there is no such policy. */
export const explain = (evaluator: Evaluator, event: MarketEvent, wish: Wish): Explanation | undefined => {
  const rule = evaluator.inspect(wish.policyId)
  if (rule === undefined) return undefined
  const given = wish.decision === undefined ? wish.assetId : wish.decision.assetId
  const momentOf = (assetId: AssetId | undefined): Moment => {
    // On a tick policies speak of the last event that entered their conditions, as when they decide.
    const told = event._tag === "Tick" ? rule.entered?.get(assetId ?? "") : undefined
    return { evaluator, rule, event, scope: { ...evaluator.scope(rule, event, assetId), told }, assetId }
  }
  const { perAsset, tree } = rule.policy
  const nearest = given === undefined && wish.decision === undefined && perAsset ? nearestOf(rule, momentOf) : undefined
  const moment = momentOf(given ?? nearest?.assetId ?? (perAsset ? undefined : namedAsset(rule, evaluator)))
  const truth = truthOf(tree, moment)
  const state = stateOf(moment)
  const hasFired = wish.decision !== undefined ||
    (rule.fired?.eventId === event.id && rule.fired.assetId === moment.assetId)
  const verdict = hasFired ? "fired" : verdictOf(truth, state)
  const conditions = partOf(tree, moment, true)
  const { assetId } = moment
  return {
    policy: rule.policy.id,
    name: short(rule.policy.name),
    revision: rule.policy.revision,
    at: timeText(event.receivedAt),
    eventId: event.id,
    ...(wish.decision === undefined ? {} : { firingId: wish.decision.firingId }),
    ...(assetId === undefined ? {} : { asset: evaluator.facts.nameOf(assetId), assetId }),
    verdict,
    truth: truthText(truth),
    conditions,
    ...state,
    changes: verdict === "fired" ? [] : changesOf(rule, conditions, state, verdict, event.receivedAt),
    ...(nearest === undefined ? {} : { assets: nearest.counts })
  }
}

/** The first asset that the conditions of a policy name. */
const namedAsset = (rule: Rule, evaluator: Evaluator): AssetId | undefined => {
  for (const { filter } of rule.policy.triggers) {
    const found = filter?.single?.(evaluator.facts)
    if (found !== undefined) return found
  }
  return undefined
}

type State = Pick<Explanation, "hold" | "rearm" | "cooldown" | "limits" | "off">

const stateOf = (moment: Moment): State => {
  const { assetId, evaluator, event, rule } = moment
  const { policy } = rule
  const now = event.receivedAt
  const key = policy.perAsset ? assetId ?? "" : ""
  const hold = rule.holds.get(key)
  const earlier = rule.restored.get(key)
  const market = assetId === undefined ? undefined : evaluator.facts.market(assetId)?.conditionId
  const last = rule.lastFired.get(evaluator.firings.cooldownKey(policy, assetId, market)) ??
    (rule.firedBefore === -Infinity ? undefined : rule.firedBefore)
  const { offWhy } = rule
  return {
    ...(policy.holdFor === 0 ? {} : {
      hold: {
        needs: policy.holdFor,
        ...(hold === undefined ? {} : { since: timeText(hold.since) }),
        left: hold === undefined ? policy.holdFor : Math.max(0, hold.since + policy.holdFor - now),
        hasFired: hold?.hasFired ?? false,
        ...(hold !== undefined && hold.isFull && !hold.hasFired ? { isHeldBack: true } : {}),
        ...(hold?.isRestored === true ? { isRestored: true } : {}),
        ...(earlier === undefined || now > believedUntil(policy, earlier)
          ? {}
          : { before: { since: timeText(earlier.since), until: timeText(believedUntil(policy, earlier)) } })
      }
    }),
    ...(policy.rearm === undefined ? {} : {
      rearm: { isArmed: !rule.unarmed.has(key), conditions: partOf(policy.rearm, moment, true) }
    }),
    ...(policy.cooldown === 0 ? {} : {
      cooldown: {
        length: policy.cooldown,
        per: policy.cooldownPer,
        ...(last === undefined ? {} : { lastFiring: timeText(last) }),
        left: last === undefined ? 0 : Math.max(0, last + policy.cooldown - now)
      }
    }),
    limits: limitsOf(moment),
    ...(rule.off
      ? {
        off: {
          by: offWhy?.by ?? "engine",
          actor: offWhy?.actor ?? "engine",
          reason: offWhy?.reason ?? "turned off",
          ...(offWhy?.at === undefined ? {} : { at: timeText(offWhy.at) })
        }
      }
      : {})
  }
}

/** How limits stand, with what a firing now would take of them. Fills in the actions, which changes nothing. */
const limitsOf = ({ event, rule, scope }: Moment): ReadonlyArray<LimitState> => {
  if (rule.policy.limits.length === 0) return []
  const cost = costOf(rule.policy.actions.map((action) => action(scope)))
  return rule.limits.used(event.receivedAt).map(({ freesAt, limit, used }): LimitState => {
    const { most, span, what } = limit
    const wanted = cost[what]
    return {
      what,
      used: Fixed.toDecimal(used),
      most: Fixed.toDecimal(most),
      per: Span.toText(span),
      isUsedUp: used >= most,
      ...(wanted > 0n && used + wanted > most ? { wants: Fixed.toDecimal(wanted) } : {}),
      ...(freesAt === undefined ? {} : { freesAt: timeText(freesAt) })
    }
  })
}

const verdictOf = (truth: boolean | undefined, state: State): Verdict => {
  if (state.off !== undefined) return "off"
  if (truth !== true) return truth === undefined ? "unknown" : "false"
  if (state.rearm?.isArmed === false) return "unarmed"
  if (state.hold?.hasFired === true || state.hold?.isHeldBack === true) return "held"
  if (state.hold !== undefined && state.hold.left > 0) return "holding"
  if ((state.cooldown?.left ?? 0) > 0) return "cooldown"
  return state.limits.some(({ wants }) => wants !== undefined) ? "limit" : "ready"
}

/** What would have to happen for a part to be as it is wanted, all of it. */
const changesIn = (part: Part, isWanted: boolean): ReadonlyArray<string> => {
  if (part.truth === String(isWanted)) return []
  if (part.parts === undefined) return part.change === undefined ? [] : [part.change.words]
  if (part.kind === "not") return part.parts.flatMap((one) => changesIn(one, !isWanted))
  if ((part.kind === "all") === isWanted) return part.parts.flatMap((one) => changesIn(one, isWanted))
  const choices = part.parts.map((one) => changesIn(one, isWanted).join(" and ")).filter((words) => words !== "")
  return choices.length < 2 ? choices : [`either ${choices.join(", or ")}`]
}

const changesOf = (
  { policy }: Rule,
  conditions: Part,
  { cooldown, hold, limits, off, rearm }: State,
  verdict: Verdict,
  now: number
): ReadonlyArray<string> => {
  const changes: Array<string> = []
  if (off !== undefined) changes.push(`it must be turned on: policy enable ${policy.id}`)
  if (rearm?.isArmed === false) {
    const words = rearm.conditions === undefined ? [] : changesIn(rearm.conditions, true)
    changes.push(
      `before that it must be armed again: ${words.join(" and ") || "with the next event of its rearm condition"}`
    )
  }
  changes.push(...changesIn(conditions, true))
  if (hold?.hasFired === true || hold?.isHeldBack === true) {
    changes.push("its conditions must stop holding, and hold anew: it fires once per hold")
  } else if (hold !== undefined && hold.left > 0) {
    changes.push(
      hold.since === undefined
        ? `its conditions must then hold for ${spanText(hold.needs)} without a break`
        : `its conditions must hold on for another ${spanText(hold.left)}`
    )
  }
  if (cooldown !== undefined && cooldown.left > 0) {
    changes.push(`its cooldown must end, in ${spanText(cooldown.left)} (${timeText(now + cooldown.left)})`)
  }
  for (const { freesAt, isUsedUp, most, per, wants, what } of limits) {
    if (!isUsedUp && wants === undefined) continue
    const room = isUsedUp || wants === undefined ? "room again" : `room for ${wants}`
    changes.push(
      `its limit of ${most} ${what === "notional" ? "pUSD of orders" : what} per ${per} must have ${room}${
        freesAt === undefined ? "" : `, of which some is free from ${freesAt}`
      }`
    )
  }
  if (verdict === "ready") changes.push("the next news of its conditions must come: it fires then, if they still hold")
  return changes
}
