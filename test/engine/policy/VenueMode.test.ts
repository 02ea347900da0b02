import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { modeOf } from "../../../src/client/polymarket/clob/VenueMode.ts"
import { VenueMode } from "../../../src/domain/VenueMode.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import * as PolicyTests from "../../../src/engine/policy/PolicyTests.ts"
import type { Request } from "../../../src/simulator/Http.ts"
import { Modes } from "../../../src/simulator/Modes.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

const compile = (conditions: string, tests = "") => {
  const source = {
    file: "x.yaml",
    text: `policies:
  - id: mode
    limits: { firings: 1000 per 1d }
    conditions: ${conditions}
    actions: [{ type: notification, channel: console, template: "{{ venue_mode() }}" }]
${tests}`
  }
  return { source, policies: Load.compileAll([source], options) }
}

/** The lines by which written tests differ from what was expected of them. */
const differences = (conditions: string, events: string, expect: string) => {
  const { policies, source } = compile(conditions, `tests:\n  - { name: t, events: ${events}, expect: ${expect} }`)
  const tests = Result.getOrThrowWith(LoadTests.testsOf(source, Result.getOrThrowWith(policies, String)), String)
  return tests.flatMap(({ test }) =>
    PolicyTests.run(test, Result.getOrThrow(compile(conditions).policies), {
      runaway: 10,
      recording: () => Result.fail("none")
    }).lines
  )
}

describe("venue_mode", () => {
  it("POL-2 is unknown until it is told, holds until something else is told however long, and changes on the event", () => {
    const told =
      `[{ at: 1s, asset: BTC, price: 1 }, { at: 2s, venue_mode: open }, { at: 3s, venue_mode: cancel_only }, { at: 4s, venue_mode: cancel_only },
      { at: 3h, asset: BTC, price: 1 }, { at: 4h, venue_mode: open }, { at: 5h, asset: BTC, price: 1 }]`
    const changes = "{ field: venue_mode, operator: changes }"
    assert.deepStrictEqual(
      differences(
        changes,
        told,
        "[{ at: 3s, policy: mode, notification: cancel_only }, { at: 4h, policy: mode, notification: open }]"
      ),
      []
    )
    const closed =
      `{ all: [{ field: price, operator: ">", value: 0, asset: BTC }, { field: venue_mode, operator: "!=", value: open }] }`
    assert.deepStrictEqual(
      differences(closed, told, "[{ at: 3s, policy: mode }, { at: 4s, policy: mode }, { at: 3h, policy: mode }]"),
      []
    )
    assert.notStrictEqual(differences(closed, told, "[{ at: 3s, policy: mode }]").length, 0)
  })

  it("POL-2 is read in lists and expressions, and belongs to no asset", () => {
    for (
      const conditions of [
        "{ field: venue_mode, operator: in, value: [cancel_only, disabled] }",
        `{ expression: "venue_mode() == 'cancel_only' or venue_mode() == 'disabled'" }`
      ]
    ) {
      const events = VenueMode.literals.map((mode, at) => `{ at: ${at}s, venue_mode: ${mode} }`).join()
      assert.deepStrictEqual(
        differences(conditions, `[${events}]`, "[{ at: 3s, policy: mode }, { at: 4s, policy: mode }]"),
        [],
        conditions
      )
    }
  })

  it("POL-5 a mode that is none, or of an asset, is refused by its place", () => {
    const problems = (conditions: string) => {
      const { policies } = compile(conditions)
      return Result.isFailure(policies) ? policies.failure.map(String).join() : ""
    }
    assert.match(problems(`{ field: venue_mod, operator: "==", value: open }`), /did you mean "venue_mode"/)
    assert.match(problems(`{ field: venue_mode, operator: ">", value: 3 }`), /compares numbers; venue_mode is text/)
    assert.match(problems(`{ expression: "venue_mode('BTC') == 'open'" }`), /^x\.yaml:4:/)
    const shut = compile("{ field: tick }", "tests: [{ name: t, events: [{ at: 0s, venue_mode: shut }], expect: [] }]")
    assert.match(
      Result.isFailure(shut.policies) ? shut.policies.failure.map(String).join() : "",
      /^x\.yaml:6:.*"cancel_only"/
    )
  })

  it("ORD-4 ORD-6 what the simulator answers to an order tells its mode", () => {
    const modes = new Modes(() => 0)
    const order = { method: "POST", path: "/order", body: "{}" } as Request
    const told = () => {
      const reply = modes.answer(order)
      if (reply === undefined) return modeOf(200, "")
      const { code, error = "" } = JSON.parse(String(reply.body)) as { readonly code?: string; readonly error?: string }
      return modeOf(reply.status, error, code)
    }
    const found = [told()]
    for (const mode of ["post-only", "cancel-only", "disabled", "normal"] as const) {
      modes.set(mode)
      found.push(told())
    }
    modes.restart({ forMs: 1, postOnlyMs: 1, retryAfter: false })
    found.push(told())
    assert.deepStrictEqual(found, ["open", "post_only", "cancel_only", "disabled", "open", "restarting"])
    for (const status of [404, 429, 500, 503]) assert.isUndefined(modeOf(status, "Service Unavailable"))
  })
})
