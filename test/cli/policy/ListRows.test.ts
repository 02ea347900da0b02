import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { rowsOf, shown } from "../../../src/cli/policy/ListRows.ts"
import * as Table from "../../../src/cli/Table.ts"
import type { JournalRecord, SwitchRecord } from "../../../src/engine/Journal.ts"
import { EventId } from "../../../src/engine/MarketEvent.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const rest = `conditions: { field: price, operator: "<", value: 1, asset: BTC }, ` +
  `actions: [{ type: notification, channel: console, template: "x" }]`

const policies = Result.getOrThrow(Load.compileAll([{
  file: "list.yaml",
  text: `policies: [{ id: low, cooldown: 1h, ${rest} }, { id: parked, enabled: false, ${rest} }]`
}], { defaultSlippage: undefined, validFor: 2_000 }))

const revisions = new Map(policies.map(({ id, revision }) => [id, revision]))
const now = Date.UTC(2026, 10, 25, 12)
const hour = 3_600_000

const fired = (policyId: string, receivedAt: number): JournalRecord => ({
  _tag: "Firing",
  firingId: `${policyId}${receivedAt}`,
  policyId,
  revision: "r",
  eventId: EventId.make(receivedAt),
  receivedAt
})

const turned = (policyId: string, isOn: boolean, more: Partial<SwitchRecord> = {}): JournalRecord => ({
  _tag: "Switch",
  policyId,
  isOn,
  by: "person",
  actor: "jane",
  reason: "",
  revision: revisions.get(policyId) ?? "",
  receivedAt: now - hour,
  ...more
})

describe("The rows of policy list", () => {
  const states = (...records: ReadonlyArray<JournalRecord>) =>
    rowsOf(policies, records, now).map(({ enabled, state }) => [enabled, state])

  it("go by the last switch of the journal, as a running engine does", () => {
    assert.deepStrictEqual(states(), [[true, "on"], [false, "off by its file: enabled: false"]])
    assert.deepStrictEqual(states(turned("low", false, { reason: "too loud" }), turned("parked", true)), [
      [false, "off by jane: too loud"],
      [true, "on"]
    ])
    assert.deepStrictEqual(states(turned("low", false), turned("low", true))[0], [true, "on"])
    const ranAway = { by: "engine", actor: "engine", reason: "ran away" } as const
    assert.deepStrictEqual(states(turned("low", false, ranAway))[0], [false, "off by engine: ran away"])
    assert.deepStrictEqual(states(turned("low", false, { ...ranAway, revision: "another" }))[0], [true, "on"])
  })

  it("count firings by day, and what is left of the cooldown", () => {
    const [row] = rowsOf(policies, [fired("low", now - 13 * hour), fired("low", now - hour / 2)], now)
    assert.deepInclude(row, { today: 1, total: 2, cooldownLeft: "30m", lastFiring: "2026-11-25T11:30:00.000Z" })
  })

  it("leave no column out for a long reason, and no line break in", () => {
    const reason = `too many fills\n${"x".repeat(480)}`
    const rows = rowsOf(policies, [fired("low", now), turned("low", false, { reason })], now)
    for (const width of [80, 120]) {
      const [head = "", line = ""] = Table.table(shown(rows, width), width).split("\n")
      for (const name of ["policy", "state", "lastFiring", "today", "total"]) assert.include(head, name)
      assert.include(line, "off by jane: t")
      assert.include(line, "2026-11-25T12:00:00.000Z")
    }
  })
})
