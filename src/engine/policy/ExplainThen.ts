/**
 * How a policy stood at a time that is over: the archived events before it are played again, with the clock's ticks between, which no archive keeps,
 * and the policy is explained as of the last of them. Conditions, windows, edges and holds are what the replay makes of the events; what the policy did
 * is what the journal tells, since a replay may fire where no engine did. Pure.
 */
import type { Control, EventId, MarketEvent } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { before, type Deeds, giveAnew } from "./Deeds.ts"
import type { Evaluator } from "./Evaluate.ts"
import { explain } from "./Explain.ts"
import { timeText } from "./ExplainWords.ts"
import type { Explanation } from "./Explanation.ts"
import { resolveAsset } from "./Scope.ts"

const second = 1_000
const longest = 7 * 86_400_000

/** When nothing is archived of as long before a time, no engine may have run then, ms. */
const silence = 30_000

/** How long before a time a policy looks back: as long as values live, its longest window and its hold; ms, 7 days at most. */
export const lookBack = ({ holdFor, triggers }: CompiledPolicy): number => {
  const lives = triggers.map(({ leaf }) => leaf?.look.maxAge ?? 0)
  const windows = triggers.map(({ leaf }) => leaf?.look.window?.of.duration ?? 0)
  return Math.min(longest, Math.max(timeToLive, ...lives) + holdFor + Math.max(0, ...windows))
}

/** What is asked. */
export interface Then {
  readonly policyId: string
  readonly asset: string | undefined
  /** ms. */
  readonly at: number
  /** Since when events are played, ms, and whether the engine was started then. */
  readonly from: number
  readonly isStart: boolean
  /** What policies did by `at`. */
  readonly deeds: Deeds
  /** The holds that were going on at `from`. */
  readonly holds: Deeds["holds"]
  /** Whether the policy was in force at `from`; absent: that is not known. */
  readonly wasInForce?: boolean | undefined
}

/** Plays events, oldest first, into an evaluator that knows nothing of them yet, and explains a policy at a time; `undefined`: there are no events. */
export const explainThen = (
  evaluator: Evaluator,
  events: Iterable<MarketEvent>,
  then: Then
): Explanation | undefined => {
  const replay = new Replay(evaluator, then)
  let archivedUntil: number | undefined
  for (const event of events) {
    if (event.receivedAt > then.at) break
    replay.passTime(event.receivedAt)
    replay.take(event)
    archivedUntil = event.receivedAt
  }
  if (archivedUntil === undefined) return undefined
  replay.passTime(then.at)
  const last = replay.finish()
  giveAnew(evaluator, then.policyId, then.deeds, archivedUntil + silence)
  const assetId = then.asset === undefined ? undefined : resolveAsset(evaluator.facts, then.asset)
  const explanation = last === undefined ? undefined : explain(evaluator, last, { policyId: then.policyId, assetId })
  if (explanation === undefined || then.at - archivedUntil <= silence) return explanation
  return { ...explanation, archivedUntil: timeText(archivedUntil) }
}

/** Events of a time that is over, on their way into an evaluator; at their times come the switches of the journal. */
class Replay {
  readonly #evaluator: Evaluator
  readonly #policyId: string
  readonly #at: number
  readonly #isStart: boolean
  readonly #switches: Array<Deeds["switches"][number]>
  #isInForce: boolean | undefined
  #ids = 0
  #nextTick: number | undefined
  #last: MarketEvent | undefined

  constructor(evaluator: Evaluator, { at, deeds, from, holds, isStart, policyId, wasInForce }: Then) {
    this.#evaluator = evaluator
    this.#policyId = policyId
    this.#at = at
    this.#isStart = isStart
    this.#switches = deeds.switches.filter((one) => one.policyId === policyId && one.receivedAt >= from)
    this.#isInForce = wasInForce
    evaluator.restore(before(deeds.firings, from), before(deeds.orders, from), before(deeds.switches, from), holds)
  }

  /** Lets the seconds pass until a time. */
  passTime(until: number): void {
    this.#nextTick ??= (Math.floor(until / second) + 1) * second
    for (; this.#nextTick <= until; this.#nextTick += second) {
      const at = this.#nextTick
      this.take({ _tag: "Tick", ...this.#headAt(at, "clock"), kind: "clock", name: "second" })
    }
  }

  /** Takes an event; what the policy decides is nobody's. */
  take(event: MarketEvent): void {
    this.#turn(event.receivedAt)
    if (event._tag === "PolicyReload") this.#reload(event.revisions[this.#policyId] !== undefined)
    this.#evaluator.take(event)
    this.#last = event
  }

  /** Takes what is left of the journal; the last event. */
  finish(): MarketEvent | undefined {
    this.#turn(this.#at)
    const holds = this.#evaluator.inspect(this.#policyId)?.holds
    if (!this.#isStart && holds !== undefined) {
      for (const [key, hold] of holds) holds.set(key, { ...hold, isRestored: false })
    }
    return this.#last
  }

  /** While the policy is off it does not listen, and it begins anew when it is turned on. */
  #turn(until: number): void {
    for (let next = this.#switches[0]; next !== undefined && next.receivedAt <= until; next = this.#switches[0]) {
      this.#switches.shift()
      const { actor, isOn, policyId, reason, receivedAt } = next
      const action: Control["action"] = isOn ? "enable" : "disable"
      this.#evaluator.take({
        _tag: "Control",
        ...this.#headAt(receivedAt, "operator"),
        action,
        actor,
        subject: policyId,
        reason
      })
    }
  }

  /** A policy that was not there begins anew. */
  #reload(isInForce: boolean): void {
    if (this.#isInForce === false && isInForce) {
      const ids = this.#evaluator.policyIds()
      const policies = ids.flatMap((id) => this.#evaluator.inspect(id)?.policy ?? [])
      this.#evaluator.reload(policies.filter(({ id }) => id !== this.#policyId))
      this.#evaluator.reload(policies)
    }
    this.#isInForce = isInForce
  }

  /** Ids below 0 are nobody else's. */
  #headAt(at: number, source: string) {
    return { id: -(++this.#ids) as EventId, time: at, receivedAt: at, source }
  }
}
