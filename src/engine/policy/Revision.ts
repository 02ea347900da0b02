/** What tells one meaning of a policy from another: hashes that formatting, comments and the order of keys do not change. */
import { hashOf } from "../HashOf.ts"
import type { Policy } from "./Policy.ts"

/** The hash of a policy's whole meaning, and that of what makes it fire. */
export const hashesOf = (policy: Policy): { readonly revision: string; readonly conditions: string } => ({
  revision: hashOf([canonical(policy)]),
  conditions: hashOf([canonical([policy.conditions, policy.for ?? 0, policy.rearm ?? null, policy.on_stale ?? "hold"])])
})

/** A meaning as text: keys in order, formatting and comments gone. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner)
