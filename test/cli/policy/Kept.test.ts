import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Kept from "../../../src/cli/policy/Kept.ts"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { AuditRecord, JournalRecord } from "../../../src/engine/Journal.ts"
import { EventId } from "../../../src/engine/MarketEvent.ts"
import type { Explanation } from "../../../src/engine/policy/Explanation.ts"

/** A firing as the journal has it, with the audit record that is made a little later. */
const fired = (
  firingId: string,
  policyId: string,
  at: number,
  asset: { readonly asset: string; readonly assetId: string }
): ReadonlyArray<JournalRecord> => {
  const eventId = EventId.make(at)
  const explanation: Explanation = {
    policy: policyId,
    name: policyId,
    revision: "r",
    at: new Date(at).toISOString(),
    eventId,
    firingId,
    ...asset,
    verdict: "fired",
    truth: "true",
    limits: [],
    changes: []
  }
  const audit: AuditRecord = {
    _tag: "Audit",
    runId: "run",
    sequence: at,
    receivedAt: at + 7,
    actor: `policy:${policyId}`,
    kind: "firing",
    correlationId: firingId,
    payload: JSON.stringify({ explanation })
  }
  const assetId = AssetId.make(asset.assetId)
  return [{ _tag: "Firing", firingId, policyId, revision: "r", eventId, assetId, receivedAt: at }, audit]
}

const yes = { asset: "will-it-rain:Yes", assetId: "11" }
const btc = { asset: "BTC", assetId: "BTC" }
const records = [
  ...fired("aa11", "x", 10_000, yes),
  ...fired("aa22", "x", 10_500, btc),
  ...fired("bb33", "y", 11_000, btc)
]

describe("Explanations kept with firings", () => {
  const last = (from: number, until: number, asset?: string) =>
    Kept.lastOf(records, { policyId: "x", asset, from, until })?.firingId

  it("finds a firing by its event time to the millisecond, also when its record was made later", () => {
    assert.strictEqual(last(9_500, 10_500), "aa22")
    assert.strictEqual(last(9_499, 10_499), "aa11")
    assert.strictEqual(last(-Infinity, Infinity), "aa22")
    assert.strictEqual(last(10_501, 20_000), undefined)
    assert.strictEqual(last(0, 9_999), undefined)
  })

  it("finds only firings of the asset that is asked for, by its token id, name or symbol", () => {
    for (const name of ["11", "will-it-rain:Yes", "will-it-rain:yes"]) assert.strictEqual(last(0, 20_000, name), "aa11")
    assert.strictEqual(last(0, 20_000, "BTC"), "aa22")
    for (const name of ["will-it-rain:No", "22", "ETH"]) assert.strictEqual(last(0, 20_000, name), undefined)
  })

  it("finds a firing by the beginning of its id, and says what is wrong with one that is of none, of several, or of another policy", () => {
    const found = (wanted: string, policyId?: string) =>
      Result.match(Kept.firingOf(records, wanted, policyId), {
        onSuccess: ({ correlationId }) => correlationId,
        onFailure: (problem) => problem
      })
    assert.deepStrictEqual([found("aa1"), found("aa22", "x"), found("b", "y")], ["aa11", "aa22", "bb33"])
    assert.match(found("aa") ?? "", /^2 firings begin with aa/)
    assert.match(found("", "x") ?? "", /found nothing/)
    assert.match(found("cc") ?? "", /^expected the id of a firing, found cc/)
    assert.match(found("bb33", "x") ?? "", /^expected a firing of x, found one of y: bb33/)
  })
})
