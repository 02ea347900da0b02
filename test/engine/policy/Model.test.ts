import { assert, describe, it } from "@effect/vitest"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import { Model } from "./Model.ts"
import { compiledOf, eventsOf, policyOf, Seed } from "./ModelPolicies.ts"

/** `MODEL_RUNS=500000` is for nights: a test for every 20,000. */
const runs = Number(process.env["MODEL_RUNS"] ?? 20_000)
const most = 20_000

describe("Evaluator and model", () => {
  for (let from = 0; from < runs; from += most) {
    const count = Math.min(most, runs - from)
    it.prop(
      `POL-2 agree on ${count} policies and logs${from === 0 ? "" : `, after ${from} others`}`,
      [Seed],
      ([seed]) => {
        const policy = policyOf(seed)
        const evaluator = new Evaluator(compiledOf(policy), 1_000_000)
        const model = new Model(policy)
        for (const event of eventsOf(seed)) {
          const fired = evaluator.take(event).map(({ assetId }) => model.isPerAsset ? assetId ?? "" : "")
          const wanted = model.take(event)
          // Of a tick that completes several assets it is nowhere written which comes first, and a cooldown or limit takes the first.
          const isAnyOrder = policy.firings !== undefined || (policy.cooldown > 0 && policy.cooldownPer === "policy")
          assert.deepStrictEqual(
            isAnyOrder ? fired.length : fired.toSorted(),
            isAnyOrder ? wanted.length : wanted.toSorted(),
            `${event._tag} at ${event.receivedAt} of ${JSON.stringify(policy)}`
          )
        }
      },
      { arbitrary: { runs: count }, timeout: 3_600_000 }
    )
  }
})
