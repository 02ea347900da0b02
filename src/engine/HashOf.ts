/** Names made of what something is. */
import { createHash } from "node:crypto"

/** SHA-256 over parts that cannot run into each other. */
export const hashOf = (parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")
