/** What every EventStore must do; one store serves the whole suite, so generated ids are moved on from case to case. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Stream } from "effect"
import { EventStore } from "../../src/engine/EventStore.ts"
import type { EventId, EventTag, MarketEvent } from "../../src/engine/MarketEvent.ts"
import { events, prices } from "./arbitraryEvents.ts"

/** The suite on a layer that is built once. */
export const eventStoreSuite = <E>(
  name: string,
  layer: Layer.Layer<EventStore, E>,
  options: { readonly runs: number } = { runs: 20 }
) => {
  let used = 0
  /** The same events with ids above all earlier ones, and texts that hold an id made anew. */
  const fresh = (all: ReadonlyArray<MarketEvent>): ReadonlyArray<MarketEvent> => {
    const shift = used
    used += 200_000
    return all.map((event) => {
      const id = (event.id + shift) as EventId
      return event._tag === "Trade"
        ? {
          ...event,
          id,
          ...(event.dedupeKey === undefined ? {} : { dedupeKey: `${event.dedupeKey}:${id}` }),
          ...(event.tradeId === undefined ? {} : { tradeId: `trade:${id}` })
        }
        : { ...event, id }
    })
  }
  const byTag = (all: ReadonlyArray<MarketEvent>): ReadonlyMap<EventTag, ReadonlyArray<MarketEvent>> =>
    Map.groupBy(all, (event) => event._tag)
  const stored = Effect.gen(function*() {
    const store = yield* EventStore
    return yield* Stream.runCollect(store.replay)
  })

  describe(`EventStore (${name})`, () => {
    it.layer(layer, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect.prop(
        "ARC-1 a batch sent twice is stored once, and comes back in order as it was",
        [events(30)],
        ([generated]) =>
          Effect.gen(function*() {
            const store = yield* EventStore
            const all = fresh(generated)
            const before = yield* stored
            for (let attempt = 0; attempt < 2; attempt++) {
              for (const [tag, batch] of byTag(all)) yield* store.append(tag, batch)
            }
            assert.deepStrictEqual(yield* stored, [...before, ...all])
          }),
        { timeout: 60_000, arbitrary: { runs: options.runs } }
      )

      it.effect("a batch may overlap what is there", () =>
        Effect.gen(function*() {
          const store = yield* EventStore
          const all = fresh(prices(40)).map((event) => event)
          const before = yield* stored
          yield* store.append("PriceUpdate", all.slice(0, 25))
          yield* store.append("PriceUpdate", all.slice(10))
          yield* store.append("PriceUpdate", [])
          yield* store.checkpoint
          assert.deepStrictEqual(yield* stored, [...before, ...all])
        }), 60_000)

      it.effect("replays more than a page", () =>
        Effect.gen(function*() {
          const store = yield* EventStore
          const first = (yield* stored).length
          used += 2500 * 8192
          const all = fresh(prices(2500))
          yield* store.append("PriceUpdate", all)
          assert.deepStrictEqual((yield* stored).slice(first), all)
        }), 60_000)
    })
  })
}
