/** The object that `run --json` prints, as the contract has it, and what must hold for every one. */
import { assert } from "@effect/vitest"
import { Schema } from "effect"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Counts = Schema.Record(Schema.String, Count)
const Money = Schema.String.check(Schema.isPattern(/^-?\d+(\.\d{1,6})?$/))
const Amount = Schema.String.check(Schema.isPattern(/^\d+(\.\d+)?$/))
const Levels = Schema.Array(Schema.Struct({ price: Amount, size: Amount }))

const Consumer = Schema.Struct({
  offered: Count,
  delivered: Count,
  dropped: Count,
  conflated: Count,
  spilled: Count,
  queued: Count
})

/** A run's summary. */
export const Summary = Schema.Struct({
  events: Counts,
  archive: Schema.Struct({ accepted: Count, stored: Count, spilled: Count, poison: Count }),
  consumers: Schema.Record(Schema.String, Consumer),
  books: Schema.Struct({
    checked: Count,
    mismatched: Count,
    resynced: Count,
    final: Schema.Record(
      Schema.String,
      Schema.Struct({
        timestamp: Schema.String.check(Schema.isPattern(/^\d+$/)),
        hash: Schema.String.check(Schema.isPattern(/^[0-9a-f]{40}$/)),
        bids: Levels,
        asks: Levels
      })
    )
  }),
  feeds: Schema.Record(
    Schema.String,
    Schema.Struct({ status: Schema.String, reconnects: Count, gaps: Count, stale: Count, malformed: Count })
  ),
  firings: Counts,
  orders: Counts,
  fills: Count,
  pnl: Schema.Struct({ realized: Money, unrealized: Money, fees: Money }),
  latencyMs: Schema.Struct({ p50: Schema.Finite, p99: Schema.Finite })
})
export type Summary = typeof Summary.Type

const decode = Schema.decodeUnknownSync(Summary, { onExcessProperty: "ignore" })

/** Reads all of stdout, which is one line of JSON, and holds the summary against its own sums. */
export const read = (stdout: string): Summary => {
  assert.strictEqual(stdout.trim().split("\n").length, 1, stdout.slice(0, 500))
  const summary = decode(JSON.parse(stdout))
  for (const [name, one] of Object.entries(summary.consumers)) {
    assert.strictEqual(
      one.offered,
      one.delivered + one.dropped + one.conflated + one.spilled + one.queued,
      `${name}: ${JSON.stringify(one)}`
    )
  }
  assert.isAtMost(Object.keys(summary.books.final).length, 20)
  return summary
}

/** The sum of a record of counts. */
export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
