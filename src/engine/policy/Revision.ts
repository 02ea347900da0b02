/** What tells one meaning of a policy from another: hashes that formatting, comments, the order of keys and quotes around numbers do not change. */
import * as Fixed from "../../domain/Fixed.ts"
import { hashOf } from "../HashOf.ts"
import type { Action, Policy } from "./Policy.ts"

/** The hash of a policy's whole meaning, and that of what makes it fire. */
export const hashesOf = (policy: Policy): { readonly revision: string; readonly conditions: string } => ({
  revision: hashOf([canonical({ ...defaults, name: policy.id, ...policy, actions: policy.actions.map(actionOf) })]),
  conditions: hashOf([canonical([policy.conditions, policy.for ?? 0, policy.rearm ?? null, policy.on_stale ?? "hold"])])
})

/** What a policy means that does not say. */
const defaults: Partial<Policy> = {
  enabled: true,
  priority: 0,
  cooldown: 0,
  cooldown_per: "policy",
  for: 0,
  on_stale: "hold"
}

/** Keys whose numbers may be written as text. */
const decimals: ReadonlySet<string> = new Set(["value", "price", "size", "amount"])

/** What a webhook sends means what is written: a number is no text there. */
const actionOf = (action: Action): unknown =>
  action.type === "webhook" ? { type: "webhook", sends: JSON.stringify(inOrder(action)) } : action

/** A meaning as text: keys in order, formatting and comments gone. */
const canonical = (value: unknown): string =>
  JSON.stringify(inOrder(value), (key, inner: unknown) => {
    if (!decimals.has(key)) return inner
    return Array.isArray(inner) ? inner.map(decimalOf) : decimalOf(inner)
  })

const inOrder = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]))
}

const decimalOf = (value: unknown): unknown => {
  const read = typeof value === "number" || typeof value === "string" ? Fixed.fromText(String(value)) : undefined
  return read === undefined ? value : Fixed.toDecimal(read)
}
