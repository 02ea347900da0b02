/** The explanations that were kept with firings, found among the records of a journal. Pure. */
import { Result, Schema } from "effect"
import type { AuditRecord, JournalRecord } from "../../engine/Journal.ts"
import { Explanation } from "../../engine/policy/Explanation.ts"

const Payload = Schema.fromJsonString(Schema.Struct({ explanation: Schema.optionalKey(Explanation) }))
const decode = Schema.decodeUnknownResult(Payload)

/** The explanation that was kept with a firing; `undefined` when none was. */
export const explanationIn = (record: AuditRecord): Explanation | undefined => {
  const payload = decode(record.payload)
  return Result.isSuccess(payload) ? payload.success.explanation : undefined
}

const isFiring = (record: JournalRecord): record is AuditRecord => record._tag === "Audit" && record.kind === "firing"

const policyOf = ({ actor }: AuditRecord): string => actor.replace(/^policy:/, "")

/** Whether an explanation is about the asset of a name: a token id, `slug:Outcome` in any case, or a symbol. */
const isAbout = ({ asset, assetId }: Explanation, name: string): boolean =>
  name === assetId || name === asset || (name.includes(":") && name.toLowerCase() === asset?.toLowerCase())

/** What is wanted of the firings of a policy. */
export interface Wish {
  readonly policyId: string
  /** Absent: whatever asset it is about. */
  readonly asset: string | undefined
  /** Event times, ms, both included. */
  readonly from: number
  readonly until: number
}

/** The explanation of the last firing of a policy within a span of event time; `undefined` when there is none, or none was kept. */
export const lastOf = (records: ReadonlyArray<JournalRecord>, wish: Wish): Explanation | undefined => {
  const { asset, from, policyId, until } = wish
  const ids = new Set<string>()
  for (const record of records) {
    if (record._tag !== "Firing" || record.policyId !== policyId) continue
    if (record.receivedAt >= from && record.receivedAt <= until) ids.add(record.firingId)
  }
  for (const record of records.toReversed()) {
    if (!isFiring(record) || !ids.has(record.correlationId ?? "")) continue
    const explanation = explanationIn(record)
    if (explanation !== undefined && (asset === undefined || isAbout(explanation, asset))) return explanation
  }
  return undefined
}

/** The firing of an id, or of the beginning of one; what is wrong with the question otherwise. */
export const firingOf = (
  records: ReadonlyArray<JournalRecord>,
  wanted: string,
  policyId: string | undefined
): Result.Result<AuditRecord, string> => {
  if (wanted === "") return Result.fail("expected the id of a firing or the beginning of it, found nothing")
  const fitting = new Map<string, AuditRecord>()
  for (const record of records) {
    if (isFiring(record) && record.correlationId?.startsWith(wanted) === true) fitting.set(record.correlationId, record)
  }
  const all = [...fitting.values()]
  const own = policyId === undefined ? all : all.filter((record) => policyOf(record) === policyId)
  const [first] = own
  if (own.length > 1 && !fitting.has(wanted)) {
    return Result.fail(`${own.length} firings begin with ${wanted}: expected more letters of the id of one`)
  }
  const found = fitting.get(wanted) ?? first
  if (found !== undefined && own.includes(found)) return Result.succeed(found)
  const [other] = all
  return Result.fail(
    other === undefined
      ? `expected the id of a firing, found ${wanted}`
      : `expected a firing of ${policyId}, found one of ${policyOf(other)}: ${other.correlationId}`
  )
}
