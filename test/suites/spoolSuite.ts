/** What every Spool must do; the layer is built anew for each generated case. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, type Layer, Schema, Stream } from "effect"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import { Spool, type SpoolError, type SpoolPosition } from "../../src/engine/Spool.ts"
import { events } from "./arbitraryEvents.ts"

const readAll = Effect.fnUntraced(function*(from: SpoolPosition, to: SpoolPosition) {
  const spool = yield* Spool
  const chunks = yield* Stream.runCollect(spool.read(from, to))
  return chunks.flatMap((chunk) => chunk.events)
})

/** The suite, on layers that `make` builds afresh. */
export const spoolSuite = (name: string, make: () => Layer.Layer<Spool, SpoolError>) => {
  const chunks = Arbitrary.array(events(5), { maxLength: 8 })

  describe(`Spool (${name})`, () => {
    it.effect.prop(
      "gives back what was appended, in order, from every place on",
      [chunks],
      ([chunks]) =>
        Effect.gen(function*() {
          const spool = yield* Spool
          const ends: Array<SpoolPosition> = [yield* spool.end]
          for (const chunk of chunks) ends.push(yield* spool.append(chunk))
          const end = yield* spool.end
          assert.strictEqual(end, ends.at(-1))
          for (const [index, from] of ends.entries()) {
            assert.deepStrictEqual(yield* readAll(from, end), chunks.slice(index).flat() as Array<MarketEvent>)
          }
        }).pipe(Effect.provide(make())),
      { arbitrary: { runs: 25 } }
    )

    it.effect.prop(
      "keeps what is not released",
      [chunks, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))],
      ([chunks, upTo]) =>
        Effect.gen(function*() {
          const spool = yield* Spool
          const ends: Array<SpoolPosition> = [yield* spool.end]
          for (const chunk of chunks) ends.push(yield* spool.append(chunk))
          const index = Math.min(upTo, chunks.length)
          yield* spool.release(ends[index] as SpoolPosition)
          assert.isAtMost(yield* spool.begin, ends[index] as SpoolPosition)
          const kept = yield* readAll(ends[index] as SpoolPosition, yield* spool.end)
          assert.deepStrictEqual(kept, chunks.slice(index).flat() as Array<MarketEvent>)
        }).pipe(Effect.provide(make())),
      { arbitrary: { runs: 25 } }
    )

    it.effect("goes on after everything was released", () =>
      Effect.gen(function*() {
        const spool = yield* Spool
        const [one] = yield* Arbitrary.sampleEffect(Arbitrary.filter(events(5), (all) => all.length > 0), { count: 1 })
        const end = yield* spool.append(one ?? [])
        yield* spool.release(end)
        assert.strictEqual(yield* spool.begin, end)
        yield* spool.append(one ?? [])
        assert.deepStrictEqual(yield* readAll(end, yield* spool.end), one as Array<MarketEvent>)
      }).pipe(Effect.provide(make())))
  })
}
