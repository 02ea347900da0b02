/**
 * Runs the policies: takes its queue in order, evaluates every event, hands decisions to the executor. What it consumed is the
 * log: replaying it gives the same decisions.
 */
import { Context, Effect, FiberSet, Layer, Queue, Schema, Semaphore } from "effect"
import { Settings } from "../Settings.ts"
import { ActionExecutor } from "./ActionExecutor.ts"
import { AuditLog } from "./AuditLog.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { type ArmedRecord, Journal } from "./Journal.ts"
import { deedsOf } from "./JournaledDeeds.ts"
import { unstamped } from "./MarketEvent.ts"
import type { MarketEvent, PolicyReload } from "./MarketEvent.ts"
import type { CompiledPolicy } from "./policy/Compile.ts"
import type { Decision } from "./policy/Decision.ts"
import { Evaluator } from "./policy/Evaluate.ts"
import { explain } from "./policy/Explain.ts"
import { fitInto } from "./policy/ExplainCut.ts"
import type { Explanation } from "./policy/Explanation.ts"
import type { TurnedOff } from "./policy/Firings.ts"
import { changeFrom, type PolicyChange } from "./policy/Succession.ts"
import { PolicyTally } from "./PolicyTally.ts"
import { Venue } from "./Venue.ts"
import { Workers } from "./Workers.ts"

/** Firings of one sweep of the queue that are explained; more of them would hold up the events behind. */
const mostExplained = 64

/** Notes of holds of one append. */
const mostNoted = 256

/** Why a decision was made; nothing when that cannot be said, since explaining must never cost a decision. */
const explanationOf = (evaluator: Evaluator, event: MarketEvent, decision: Decision): Explanation | undefined => {
  try {
    const explanation = explain(evaluator, event, { policyId: decision.policyId, decision })
    return explanation === undefined ? undefined : fitInto(explanation)
  } catch {
    return undefined
  }
}

/** The policies in force. */
export class Policies extends Context.Service<Policies, ReadonlyArray<CompiledPolicy>>()(
  "polymarket-hft/engine/PolicyEngine/Policies"
) {}

/** A set of policies was not put in force: the one before it still is. */
export class PolicyReloadError extends Schema.TaggedError<PolicyReloadError>()("PolicyReloadError", {
  detail: Schema.String
}) {
  override get message(): string {
    return `policies not reloaded, those before stay in force: ${this.detail}`
  }
}

/** Names in an audit record; beyond them only how many there are. */
const mostNamed = 100

/** Tells which policies are in force. */
const reloadEvent = (policies: ReadonlyArray<CompiledPolicy>): PolicyReload => ({
  _tag: "PolicyReload",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: "policy",
  revisions: Object.fromEntries(policies.map(({ id, revision }) => [id, revision]))
})

export class PolicyEngine extends Context.Service<PolicyEngine, {
  /** Firings of this run by policy; a policy that never fired is left out. */
  readonly firings: () => Record<string, number>
  /** What it decides with, to be looked at and not changed; `lastEvent` is the last it took. */
  readonly look: () => {
    readonly evaluator: Evaluator
    readonly tally: PolicyTally
    readonly lastEvent: MarketEvent | undefined
  }
  /** Tells everybody which policies are in force, once all consumers listen. */
  readonly announce: Effect.Effect<void>
  /**
   * Puts another set of policies in force, all of it or nothing: between two events, which it is told as one of its own. A policy that means what it
   * meant goes on undisturbed; one whose conditions are unchanged keeps what they remember; for all others cooldowns and limits still count. It is
   * written down first. A set that is in force already changes nothing.
   */
  readonly reload: (policies: ReadonlyArray<CompiledPolicy>) => Effect.Effect<PolicyChange, PolicyReloadError>
  /** Waits until everything published has been decided on. */
  readonly drain: Effect.Effect<void>
}>()("polymarket-hft/engine/PolicyEngine") {
  static readonly layer = Layer.effect(
    PolicyEngine,
    Effect.gen(function*() {
      const settings = yield* Settings
      const policies = yield* Policies
      const dispatcher = yield* Dispatcher
      const executor = yield* ActionExecutor
      const venue = yield* Venue
      const journal = yield* Journal
      const audit = yield* AuditLog
      const workers = yield* Workers
      const evaluator = new Evaluator(policies, settings.limits.runaway, {
        wallet: venue.wallet,
        startsEmpty: venue.startsEmpty ?? false,
        primaries: settings.prices.primary
      })
      const deeds = deedsOf(journal.recovered)
      evaluator.restore(deeds.firings, deeds.orders, deeds.switches, deeds.holds, deeds.armings)
      const tally = new PolicyTally()
      for (const record of journal.recovered) {
        if (record._tag === "Firing") tally.fired(record.policyId, record.receivedAt)
        else if (record._tag === "Intent") tally.ordered(record.intent.policyId, record.intent.createdAt)
      }
      let lastEvent: MarketEvent | undefined
      const firings = new Map<string, number>()
      const subscription = yield* dispatcher.subscribe({
        name: "policy",
        capacity: settings.queues.policy,
        overflow: "log"
      })

      const turnedOff = yield* Queue.unbounded<TurnedOff>()
      const oneAtATime = yield* Semaphore.make(1)
      /** Sets that take over with an event that is on its way. */
      const coming = new Map<MarketEvent, ReadonlyArray<CompiledPolicy>>()
      const holdNews = yield* Queue.sliding<void>(1)
      const armings: Array<ArmedRecord> = []

      const decide = (events: ReadonlyArray<MarketEvent>) => {
        let room = mostExplained
        for (const event of events) {
          if (event._tag === "PolicyReload") {
            const set = coming.get(event)
            coming.delete(event)
            if (set !== undefined) evaluator.reload(set)
          }
          if (event._tag === "OrderUpdate" && event.status === "pending" && event.policyId !== undefined) {
            tally.ordered(event.policyId, event.receivedAt)
          }
          for (const decision of evaluator.take(event)) {
            firings.set(decision.policyId, (firings.get(decision.policyId) ?? 0) + 1)
            tally.fired(decision.policyId, decision.receivedAt)
            executor.submit(
              room-- > 0 ? { ...decision, explanation: explanationOf(evaluator, event, decision) } : decision
            )
          }
        }
        const last = events[events.length - 1]
        lastEvent = last ?? lastEvent
        if (last !== undefined) dispatcher.latency.decided(last.id, performance.now())
        Queue.offerAllUnsafe(turnedOff, evaluator.takeTurnedOff())
        const nowArmed = evaluator.takeArmed()
        for (const one of nowArmed) armings.push({ ...one, _tag: "Armed" })
        if (evaluator.holds.hasNews || nowArmed.length > 0) Queue.offerUnsafe(holdNews, undefined)
      }

      let isWriting = true
      /** Writes down how holds stand, and what was armed again. What cannot be written is not tried again: a journal that has failed takes nothing more. */
      const writeHolds = Effect.gen(function*() {
        while (evaluator.holds.hasNews || armings.length > 0) {
          const { notes, seenAt } = evaluator.holds.take(mostNoted)
          const { runId } = audit
          yield* journal.append([
            ...armings.splice(0, mostNoted),
            ...notes.map((note) => ({ ...note, _tag: "Hold" as const, runId })),
            ...(seenAt === undefined ? [] : [{ _tag: "HoldStamp" as const, runId, receivedAt: seenAt }])
          ])
          isWriting = true
        }
      }).pipe(
        Effect.catch((error) => {
          const isNews = isWriting
          isWriting = false
          return isNews ? Effect.logError(error.message) : Effect.void
        })
      )

      yield* FiberSet.run(workers, subscription.forEach(decide), { startImmediately: true })
      yield* FiberSet.run(
        workers,
        Effect.gen(function*() {
          while (true) {
            const { off, policyId, reason } = yield* Queue.take(turnedOff)
            yield* Effect.logWarning(reason).pipe(Effect.annotateLogs({ service: "policy", policy: policyId }))
            const record = audit.record({ actor: "engine", kind: "turned-off", payload: { policyId, reason } })
            yield* journal.append([...(off === undefined ? [] : [{ ...off, _tag: "Switch" as const }]), record]).pipe(
              Effect.andThen(Effect.sync(() => audit.copy([record]))),
              Effect.catch((error) => Effect.logError(error.message))
            )
            yield* executor.notice({
              kind: "risk",
              policyId,
              text: reason,
              key: `${policyId}-off-${record.receivedAt}`,
              time: record.receivedAt
            })
          }
        })
      )

      const reload = Effect.fnUntraced(function*(set: ReadonlyArray<CompiledPolicy>) {
        const ids = new Set(set.map(({ id }) => id))
        if (ids.size < set.length) {
          const twice = set.find(({ id }, at) => set.findIndex((other) => other.id === id) < at)
          return yield* new PolicyReloadError({
            detail: `expected policies with an id of their own, found ${JSON.stringify(twice?.id)} twice`
          })
        }
        const change = changeFrom(evaluator.revisions(), set)
        const { added, changed, removed } = change
        if (added.length + changed.length + removed.length === 0) return change
        const named = (all: ReadonlyArray<string>) => all.length <= mostNamed ? all : { number: all.length }
        yield* audit.write({
          actor: "engine",
          kind: "reload",
          payload: { policies: set.length, added: named(added), changed: named(changed), removed: named(removed) }
        }).pipe(
          Effect.mapError((error) => new PolicyReloadError({ detail: error.message }))
        )
        const event = reloadEvent(set)
        coming.set(event, set)
        dispatcher.publish({ events: [event], arrivedAt: performance.now() })
        decide(subscription.poll())
        return change
      })
      yield* FiberSet.run(workers, Effect.forever(Effect.andThen(Queue.take(holdNews), writeHolds)))

      return PolicyEngine.of({
        firings: () => Object.fromEntries(firings),
        look: () => ({ evaluator, tally, lastEvent }),
        announce: Effect.sync(() => {
          dispatcher.publish({ events: [reloadEvent(policies)], arrivedAt: performance.now() })
        }),
        reload: (set) => oneAtATime.withPermit(reload(set)),
        drain: Effect.sync(() => decide(subscription.poll()))
      })
    })
  )
}
