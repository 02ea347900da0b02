/** The evaluator over events that are there already. */
import { Result } from "effect"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { serve } from "../Process.ts"
import { type Asked, measured } from "./Asked.ts"
import { eventsOf, policyFileOf, rulesOf, stepsOf } from "./Rules.ts"

/** Policies a file may hold at most, by its size. */
const perFile = 250

serve(async ({ events, isMix, rules }: Asked) => {
  const all = rulesOf(rules, isMix)
  const sources = Array.from({ length: Math.ceil(rules / perFile) }, (_, index) => ({
    file: `bench-${index}.yaml`,
    text: policyFileOf(all.slice(index * perFile, (index + 1) * perFile))
  }))
  const policies = Result.getOrThrow(Load.compileAll(sources, { defaultSlippage: undefined, validFor: 2_000 }))
  const evaluator = new Evaluator(policies, 1_000_000)
  const log = eventsOf(stepsOf(events))
  return measured(log.length, (index) => evaluator.take(log[index] as never).length)
})
