/**
 * Who turned which policy on or off last. A person's "off" holds until somebody turns it on; what the engine turned off, because it ran away or failed,
 * stays off as long as the policy means the same; a person's "on" ends both, and stands above `enabled: false` as long as the policy means the same.
 * Plain mutable state.
 */
import type { CompiledPolicy } from "./Compile.ts"
import { offByFile, type Rule } from "./Rule.ts"

/** A policy turned on or off. */
export interface Switch {
  readonly policyId: string
  readonly isOn: boolean
  readonly by: "person" | "engine"
  readonly actor: string
  readonly reason: string
  /** What the policy meant then. */
  readonly revision: string
  /** Event time, ms. */
  readonly receivedAt: number
}

/** The last switch of each policy. */
export class Switches {
  readonly #last = new Map<string, Switch>()

  /** Notes a switch. */
  add(one: Switch): void {
    this.#last.set(one.policyId, one)
  }

  /** Whether a policy is off, and why, going by its file and by its last switch. */
  stateOf(policy: CompiledPolicy): Pick<Rule, "off" | "offWhy"> {
    const last = this.#last.get(policy.id)
    const isSame = last?.revision === policy.revision
    if (last === undefined || (!isSame && (last.isOn || last.by === "engine"))) return offByFile(policy)
    const { actor, by, isOn, reason, receivedAt } = last
    return isOn ? { off: false, offWhy: undefined } : { off: true, offWhy: { by, actor, reason, at: receivedAt } }
  }
}
