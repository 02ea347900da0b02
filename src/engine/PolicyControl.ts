/**
 * What people do with the policies of a running engine: see how they stand, ask why, turn them on and off, see what one would do now. Looking changes
 * nothing. Turning goes through the journal first, so that it outlives the engine, and then through the log, so that a replay turns at the same event.
 */
import { Context, Effect, Layer, Schema } from "effect"
import * as Micro from "../domain/Micro.ts"
import { AuditLog } from "./AuditLog.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { EventClock } from "./EventClock.ts"
import { Journal } from "./Journal.ts"
import { unstamped } from "./MarketEvent.ts"
import type { Control, MarketEvent } from "./MarketEvent.ts"
import type { DecidedAction, DeferredAction } from "./policy/Decision.ts"
import { explain } from "./policy/Explain.ts"
import { Explanation } from "./policy/Explanation.ts"
import { nearest } from "./policy/Nearest.ts"
import type { Rule } from "./policy/Rule.ts"
import { resolveAsset } from "./policy/Scope.ts"
import { PolicyEngine } from "./PolicyEngine.ts"
import { RiskGate } from "./RiskGate.ts"

/** No policy of this id is in force. */
export class UnknownPolicy extends Schema.TaggedError<UnknownPolicy>()("UnknownPolicy", {
  policy: Schema.String,
  nearest: Schema.optionalKey(Schema.String)
}, { httpApiStatus: 404 }) {
  override get message(): string {
    return `no policy ${JSON.stringify(this.policy)} is in force${
      this.nearest === undefined ? "" : `; did you mean "${this.nearest}"?`
    }`
  }
}

/** An asset of this name is not known. */
export class UnknownAsset extends Schema.TaggedError<UnknownAsset>()(
  "UnknownAsset",
  { asset: Schema.String },
  { httpApiStatus: 404 }
) {
  override get message(): string {
    return `expected a token id, slug:Outcome of a followed market or a symbol, found ${JSON.stringify(this.asset)}`
  }
}

/** The switch could not be written down: off holds until the engine ends, on does not hold at all. */
export class NotWritten extends Schema.TaggedError<NotWritten>()("NotWritten", {
  /** What was wanted. */
  wanted: Schema.Literals(["on", "off"]),
  detail: Schema.String
}, { httpApiStatus: 503 }) {
  override get message(): string {
    return this.wanted === "on"
      ? `the policy stays off, since turning it on could not be written down: ${this.detail}`
      : `the policy is off now, but only for as long as this engine runs, since that could not be written down: ${this.detail}`
  }
}

/** A policy and how it stands. Times ISO UTC, lengths of time ms. */
export const PolicyStatus = Schema.Struct({
  policy: Schema.String,
  name: Schema.String,
  revision: Schema.String,
  isOn: Schema.Boolean,
  off: Schema.optionalKey(Schema.Struct({
    by: Schema.String,
    actor: Schema.String,
    reason: Schema.String,
    at: Schema.optionalKey(Schema.String)
  })),
  cooldown: Schema.Int,
  /** The longest that is left of any of its cooldowns. */
  cooldownLeft: Schema.Int,
  lastFiring: Schema.optionalKey(Schema.String),
  firingsToday: Schema.Int,
  ordersToday: Schema.Int,
  firings: Schema.Int
})
export type PolicyStatus = typeof PolicyStatus.Type

/** What an action would be now. */
export const RehearsedAction = Schema.Struct({
  type: Schema.String,
  details: Schema.Record(Schema.String, Schema.String),
  /** What the risk gate says of an order; absent: it passes, or it is no order. */
  refusal: Schema.optionalKey(Schema.String)
})
export type RehearsedAction = typeof RehearsedAction.Type

/** What a firing now would do. */
export const Rehearsal = Schema.Struct({ explanation: Explanation, actions: Schema.Array(RehearsedAction) })
export type Rehearsal = typeof Rehearsal.Type

/** How a switch went. */
export const Turned = Schema.Struct({ policy: Schema.String, isOn: Schema.Boolean, hasChanged: Schema.Boolean })
export type Turned = typeof Turned.Type

export class PolicyControl extends Context.Service<PolicyControl, {
  /** Every policy in force, by id. */
  readonly list: Effect.Effect<ReadonlyArray<PolicyStatus>>
  /** Why a policy is silent, or just fired; `asset` is a token id, `slug:Outcome` or a symbol. */
  readonly why: (policyId: string, asset?: string) => Effect.Effect<Explanation, UnknownPolicy | UnknownAsset>
  /** Turns a policy on or off; a repeat changes nothing. */
  readonly turn: (wish: {
    readonly policyId: string
    readonly isOn: boolean
    readonly actor: string
    readonly reason: string
  }) => Effect.Effect<Turned, UnknownPolicy | NotWritten>
  /** What the actions of a policy would be now, whether or not it would fire. Does nothing of it. */
  readonly rehearse: (policyId: string, asset?: string) => Effect.Effect<Rehearsal, UnknownPolicy | UnknownAsset>
}>()("polymarket-hft/engine/PolicyControl") {
  static readonly layer = Layer.effect(
    PolicyControl,
    Effect.gen(function*() {
      const engine = yield* PolicyEngine
      const clock = yield* EventClock
      const dispatcher = yield* Dispatcher
      const journal = yield* Journal
      const audit = yield* AuditLog
      const risk = yield* RiskGate

      const find = (policyId: string): Effect.Effect<Rule, UnknownPolicy> =>
        Effect.suspend(() => {
          const { evaluator } = engine.look()
          const rule = evaluator.inspect(policyId)
          if (rule !== undefined) return Effect.succeed(rule)
          const asked = policyId.slice(0, 100)
          const guess = nearest(asked, evaluator.policyIds())
          return Effect.fail(
            new UnknownPolicy({ policy: asked, ...(guess === undefined ? {} : { nearest: guess }) })
          )
        })

      const why = Effect.fnUntraced(function*(policyId: string, asset?: string) {
        yield* find(policyId)
        const { evaluator, lastEvent } = engine.look()
        const assetId = asset === undefined ? undefined : resolveAsset(evaluator.facts, asset)
        if (asset !== undefined && assetId === undefined) return yield* new UnknownAsset({ asset: asset.slice(0, 200) })
        const explanation = explain(evaluator, lastEvent ?? secondAt(clock.now()), { policyId, assetId })
        return explanation ?? (yield* new UnknownPolicy({ policy: policyId }))
      })

      const rehearse = Effect.fnUntraced(function*(policyId: string, asset?: string) {
        const explanation = yield* why(policyId, asset)
        const rule = yield* find(policyId)
        const { evaluator, lastEvent } = engine.look()
        const { assetId } = explanation
        const scope = evaluator.scope(
          rule,
          lastEvent ?? secondAt(clock.now()),
          assetId === undefined ? undefined : resolveAsset(evaluator.facts, assetId)
        )
        const actions = rule.policy.actions.map((action) => shownOf(action(scope), risk.judge))
        return { explanation, actions }
      })

      const list = Effect.sync(() => {
        const { evaluator, tally } = engine.look()
        const now = clock.now()
        return evaluator.policyIds().toSorted().flatMap((policyId) => {
          const rule = evaluator.inspect(policyId)
          return rule === undefined ? [] : [statusOf(rule, tally.of(policyId, now), now)]
        })
      })

      const turn = Effect.fnUntraced(function*(wish: {
        readonly policyId: string
        readonly isOn: boolean
        readonly actor: string
        readonly reason: string
      }) {
        const { actor, isOn, policyId, reason } = wish
        const { off, offWhy, policy } = yield* find(policyId)
        const isSo = isOn ? !off : off && offWhy?.by === "person"
        if (isSo) return { policy: policyId, isOn, hasChanged: false }
        const record = audit.record({ actor, kind: isOn ? "enable" : "disable", payload: { policyId, reason } })
        const receivedAt = clock.now()
        const { revision } = policy
        const written = yield* Effect.exit(journal.append([
          { _tag: "Switch", policyId, isOn, by: "person", actor, reason, revision, receivedAt },
          record
        ]))
        // What cannot be written down is not turned on; but off is off, for as long as this engine runs.
        if (written._tag === "Success") audit.copy([record])
        if (written._tag === "Success" || !isOn) {
          const event: Control = {
            _tag: "Control",
            id: unstamped,
            time: 0,
            receivedAt: 0,
            source: "operator",
            action: isOn ? "enable" : "disable",
            actor,
            subject: policyId,
            reason
          }
          dispatcher.publish({ events: [event], arrivedAt: performance.now() })
          yield* engine.drain
        }
        if (written._tag === "Success") return { policy: policyId, isOn, hasChanged: true }
        return yield* new NotWritten({ wanted: isOn ? "on" : "off", detail: String(written.cause).slice(0, 500) })
      })

      return PolicyControl.of({ list, why, turn, rehearse })
    })
  )
}

/** A second of the clock, for what is asked before anything was told. */
const secondAt = (now: number): MarketEvent => ({
  _tag: "Tick",
  id: unstamped,
  time: now,
  receivedAt: now,
  source: "clock",
  kind: "clock",
  name: "second"
})

const statusOf = (
  rule: Rule,
  counts: {
    readonly lastFiring: number | undefined
    readonly firingsToday: number
    readonly ordersToday: number
    readonly firings: number
  },
  now: number
): PolicyStatus => {
  const { offWhy, policy } = rule
  const last = [...rule.lastFired.values()].reduce((a, b) => Math.max(a, b), rule.firedBefore)
  const { lastFiring, ...numbers } = counts
  return {
    policy: policy.id,
    name: policy.name,
    revision: policy.revision,
    isOn: !rule.off,
    ...(rule.off && offWhy !== undefined
      ? {
        off: {
          by: offWhy.by,
          actor: offWhy.actor,
          reason: offWhy.reason,
          ...(offWhy.at === undefined ? {} : { at: new Date(offWhy.at).toISOString() })
        }
      }
      : {}),
    cooldown: policy.cooldown,
    cooldownLeft: last === -Infinity ? 0 : Math.max(0, last + policy.cooldown - now),
    ...(lastFiring === undefined ? {} : { lastFiring: new Date(lastFiring).toISOString() }),
    ...numbers
  }
}

const textsOf = (values: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
      value === undefined ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]]
    )
  )

/** An action as it may be shown: no secrets. */
const shownOf = (action: DecidedAction | DeferredAction, judge: RiskGate["Service"]["judge"]): RehearsedAction => {
  switch (action._tag) {
    case "Notification":
      return { type: "notification", details: { channel: action.channel, text: action.text } }
    case "PlaceOrder": {
      const { amount, price, size, ...request } = action.request
      const refusal = judge(action.request)
      return {
        type: "order",
        details: textsOf({
          ...request,
          price: Micro.format(price),
          size: Micro.format(size),
          amount: amount === undefined ? undefined : Micro.format(amount)
        }),
        ...(refusal === undefined ? {} : { refusal: `${refusal.check}: ${refusal.reason}` })
      }
    }
    case "CancelOrders": {
      const { _tag, continues: _continues, ...which } = action
      return { type: "cancel", details: textsOf(which) }
    }
    case "Webhook":
      return { type: "webhook", details: textsOf(action.shown) }
    case "Deferred":
      return { type: action.of, details: { note: "filled in once the actions before it are done" } }
    case "Impossible":
      return { type: "impossible", details: { reason: action.reason } }
  }
}
