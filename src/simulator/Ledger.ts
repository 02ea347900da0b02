/**
 * What happened in the simulator, for whoever has to judge a client afterwards: one JSON line each, in order, only ever appended, written before the
 * answer goes out. It tells everything that touches a user's account; what the background does among itself is left out. The kinds of lines are
 * listed in docs/simulator.md. Same seed, same requests at the same times: same bytes.
 */
import { closeSync, openSync, writeSync } from "node:fs"

/** A line without its time. */
export interface LedgerLine {
  readonly kind: string
  readonly [field: string]: unknown
}

/** Takes lines. */
export interface Ledger {
  readonly write: (line: LedgerLine) => void
  readonly close: () => void
}

/** Forgets everything. */
export const none: Ledger = { write: () => {}, close: () => {} }

/** Keeps lines as text, for tests and for looking back; `now` and `startedAt` in ms UTC. */
export const inMemory = (lines: Array<string>, now: () => number, startedAt: number): Ledger => ({
  write: (line) => {
    lines.push(JSON.stringify({ at: now() - startedAt, ...line }))
  },
  close: () => {}
})

/** Appends to a file, which is made when it is not there; throws when it cannot be written. */
export const toFile = (file: string, now: () => number, startedAt: number): Ledger => {
  const descriptor = openSync(file, "a")
  return {
    write: (line) => {
      writeSync(descriptor, `${JSON.stringify({ at: now() - startedAt, ...line })}\n`)
    },
    close: () => closeSync(descriptor)
  }
}
