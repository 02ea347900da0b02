/** What every Journal must do; the layer is built anew for each generated case. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, type Layer, Schema } from "effect"
import { AssetId } from "../../src/domain/Asset.ts"
import { Journal, type JournalError, type JournalRecord } from "../../src/engine/Journal.ts"
import { EventId } from "../../src/engine/MarketEvent.ts"

const small = Schema.Struct({
  firing: Schema.Boolean,
  text: Schema.String.check(Schema.isMaxLength(20)),
  number: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 52 }))
})

/** Records of two kinds with any text in them. */
export const records = (maxLength: number): Arbitrary.Arbitrary<ReadonlyArray<JournalRecord>> =>
  Arbitrary.array(
    Arbitrary.map(Arbitrary.schema(small), ({ firing, number, text }): JournalRecord =>
      firing
        ? {
          _tag: "Firing",
          firingId: text,
          policyId: "p",
          revision: "r",
          eventId: EventId.make(number),
          assetId: AssetId.make("BTC"),
          receivedAt: number
        }
        : {
          _tag: "Audit",
          runId: "run",
          sequence: number,
          receivedAt: number,
          actor: "engine",
          kind: "start",
          payload: text
        }),
    { maxLength }
  )

/** The suite; `make` names a place, and layers of one place find what its earlier layers left. */
export const journalSuite = (name: string, make: () => () => Layer.Layer<Journal, JournalError>) => {
  const groups = Arbitrary.array(records(4), { maxLength: 8 })

  describe(`Journal (${name})`, () => {
    it.effect.prop("recovers what was appended, in order", [groups], ([groups]) =>
      Effect.gen(function*() {
        const layer = make()
        yield* Effect.gen(function*() {
          const journal = yield* Journal
          for (const group of groups) yield* journal.append(group)
        }).pipe(Effect.provide(layer()))
        const found = yield* Effect.map(Journal, (journal) => journal.recovered).pipe(Effect.provide(layer()))
        assert.deepStrictEqual(found, groups.flat())
      }), { arbitrary: { runs: 25 } })

    it.effect.prop("keeps the order of appends that overlap", [groups], ([groups]) =>
      Effect.gen(function*() {
        const layer = make()
        yield* Effect.gen(function*() {
          const journal = yield* Journal
          yield* Effect.forEach(groups, journal.append, { concurrency: "unbounded", discard: true })
        }).pipe(Effect.provide(layer()))
        const found = yield* Effect.map(Journal, (journal) => journal.recovered).pipe(Effect.provide(layer()))
        assert.deepStrictEqual(found, groups.flat())
      }), { arbitrary: { runs: 25 } })
  })
}
