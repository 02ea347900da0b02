/**
 * What must be on disk before it has an effect: firings (for cooldowns), intents, what became of them, and the audit trail; beside them holds, for `for`.
 * Append-only, committed in groups: one sync in flight, what arrived meanwhile goes with the next.
 * Implementations: `layerMemory` here, `storage/file/JournalFile.ts`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { AssetId } from "../domain/Asset.ts"
import { Decimal } from "../domain/Decimal.ts"
import { Reason } from "../domain/Failure.ts"
import { ConditionId } from "../domain/Market.ts"
import { Fill, Intent, IntentId, OrderStatus } from "../domain/Order.ts"
import { Size } from "../domain/Size.ts"
import { EventId } from "./MarketEvent.ts"
import { holdStates } from "./policy/HoldNotes.ts"

/** Why the journal could not do what was asked. While it fails no new order may leave. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  operation: Schema.Literals(["open", "append"]),
  reason: Reason
}) {
  override get message(): string {
    return `Journal.${this.operation}: ${this.reason.message}`
  }
}

/** A policy fired; its cooldown counts from `receivedAt`. */
export const FiringRecord = Schema.TaggedStruct("Firing", {
  firingId: Schema.String,
  policyId: Schema.String,
  revision: Schema.String,
  eventId: EventId,
  assetId: Schema.optionalKey(AssetId),
  /** The asset's market, when it was known. */
  market: Schema.optionalKey(ConditionId),
  receivedAt: Schema.Int
})
export type FiringRecord = typeof FiringRecord.Type

/** An order is about to be sent. */
export const IntentRecord = Schema.TaggedStruct("Intent", { intent: Intent })
export type IntentRecord = typeof IntentRecord.Type

/** What became of an intent, cumulative; `fill` is the execution this record tells of, when it tells of one. */
export const OutcomeRecord = Schema.TaggedStruct("Outcome", {
  intentId: IntentId,
  status: OrderStatus,
  filledSize: Size,
  averagePrice: Schema.optionalKey(Decimal),
  fill: Schema.optionalKey(Fill),
  reason: Schema.optionalKey(Schema.String),
  receivedAt: Schema.Int
})
export type OutcomeRecord = typeof OutcomeRecord.Type

/** Who did what and why; `sequence` counts from 1 in each run. */
export const AuditRecord = Schema.TaggedStruct("Audit", {
  runId: Schema.String,
  sequence: Schema.Int,
  receivedAt: Schema.Int,
  /** "engine", "policy:<id>" or a person. */
  actor: Schema.String,
  /** For example "firing", "refusal", "order", "notification", "start", "stop". */
  kind: Schema.String,
  assetId: Schema.optionalKey(AssetId),
  /** Ties the records of one decision together: the firing id. */
  correlationId: Schema.optionalKey(Schema.String),
  /** JSON text. */
  payload: Schema.String
})
export type AuditRecord = typeof AuditRecord.Type

/** A policy was turned on or off, by a person or by itself. */
export const SwitchRecord = Schema.TaggedStruct("Switch", {
  policyId: Schema.String,
  isOn: Schema.Boolean,
  by: Schema.Literals(["person", "engine"]),
  actor: Schema.String,
  reason: Schema.String,
  /** What the policy meant then. */
  revision: Schema.String,
  receivedAt: Schema.Int
})
export type SwitchRecord = typeof SwitchRecord.Type

/** How a policy with `for` stood after an event: it holds, was full, or has ended. Written with the firing when it fired. */
export const HoldRecord = Schema.TaggedStruct("Hold", {
  runId: Schema.String,
  policyId: Schema.String,
  /** Hash of what makes the policy fire. */
  conditions: Schema.String,
  assetId: Schema.optionalKey(AssetId),
  /** The current markets of its series. */
  series: Schema.optionalKey(Schema.String),
  /** Event time at which it began, ms. */
  since: Schema.Int,
  state: Schema.Literals(holdStates),
  /** Of one that is full: it did not fire, since a cooldown, a limit or the want of being armed held it back. */
  isHeldBack: Schema.optionalKey(Schema.Boolean),
  eventId: EventId,
  receivedAt: Schema.Int
})
export type HoldRecord = typeof HoldRecord.Type

/** A run saw until `receivedAt` that the holds it had written down went on. */
export const HoldStampRecord = Schema.TaggedStruct("HoldStamp", { runId: Schema.String, receivedAt: Schema.Int })
export type HoldStampRecord = typeof HoldStampRecord.Type

/** A policy with `rearm` that had fired was armed again. */
export const ArmedRecord = Schema.TaggedStruct("Armed", {
  policyId: Schema.String,
  /** Of a policy that speaks of any asset. */
  assetId: Schema.optionalKey(AssetId),
  receivedAt: Schema.Int
})
export type ArmedRecord = typeof ArmedRecord.Type

/** One record of the journal. */
export const JournalRecord = Schema.Union([
  FiringRecord,
  IntentRecord,
  OutcomeRecord,
  SwitchRecord,
  HoldRecord,
  HoldStampRecord,
  ArmedRecord,
  AuditRecord
])
export type JournalRecord = typeof JournalRecord.Type

export class Journal extends Context.Service<Journal, {
  /** Appends in order; when it returns, the records survive kill -9 and power loss. */
  readonly append: (records: ReadonlyArray<JournalRecord>) => Effect.Effect<void, JournalError>
  /** What earlier runs left, in order. Read once at start. */
  readonly recovered: ReadonlyArray<JournalRecord>
}>()("polymarket-hft/engine/Journal") {
  /** Keeps records for as long as the layer lives; `earlier` stands for what an earlier run left. */
  static readonly layerMemory = (earlier: ReadonlyArray<JournalRecord> = []) =>
    Layer.sync(Journal, () => {
      const records: Array<JournalRecord> = [...earlier]
      return Journal.of({
        append: (more) => Effect.sync(() => void records.push(...more)),
        recovered: [...earlier]
      })
    })
}
