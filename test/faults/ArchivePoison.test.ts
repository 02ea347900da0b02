import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Decimal } from "../../src/domain/Decimal.ts"
import { storeBatch } from "../../src/engine/archiver/StoreBatch.ts"
import { EventStore } from "../../src/engine/EventStore.ts"
import type { EventId, EventTag, MarketEvent, PolicyReload, PriceUpdate } from "../../src/engine/MarketEvent.ts"
import * as Archive from "../../src/storage/Archive.ts"
import * as PoisonFile from "../../src/storage/file/PoisonFile.ts"
import { temporaryFolder } from "../storage/file/temporaryFolder.ts"
import { programs, serverWith } from "../storage/postgres/server.ts"
import { prices } from "../suites/arbitraryEvents.ts"
import { seeded } from "./archive/Seeded.ts"

const size = 100
const batches = 50

const nested = (depth: number): unknown => JSON.parse("{\"a\":".repeat(depth) + "1" + "}".repeat(depth))

const reloads = (count: number, first: number): ReadonlyArray<PolicyReload> =>
  prices(count, first).map(({ id, receivedAt, source, time }) => ({
    _tag: "PolicyReload",
    id,
    receivedAt,
    source,
    time,
    revisions: { policy: "r" }
  }))

interface Poisoned {
  readonly tag: EventTag
  readonly spoil: (event: MarketEvent) => MarketEvent
}

/** Rows that a database will never take, none of which a feed should let through. */
const poisons: ReadonlyArray<Poisoned> = [
  { tag: "PriceUpdate", spoil: (event) => ({ ...event, source: "a\0b" }) },
  { tag: "PriceUpdate", spoil: (event) => ({ ...event as PriceUpdate, price: "1e400" as Decimal }) },
  { tag: "PriceUpdate", spoil: (event) => ({ ...event as PriceUpdate, bid: `1${"0".repeat(400)}` as Decimal }) },
  { tag: "PolicyReload", spoil: (event) => ({ ...event as PolicyReload, revisions: { policy: "a\0b" } }) },
  { tag: "PolicyReload", spoil: (event) => ({ ...event as PolicyReload, revisions: { policy: "\ud83d" } }) },
  { tag: "PolicyReload", spoil: (event) => ({ ...event as PolicyReload, revisions: { policy: "\udc00x" } }) }
]

/** What only a server with little stack will not take. */
const deep: ReadonlyArray<Poisoned> = [{
  tag: "PolicyReload",
  spoil: (event) => ({ ...event as PolicyReload, revisions: nested(3_000) as Readonly<Record<string, string>> })
}]

const poisonSuite = <E>(name: string, poisons: ReadonlyArray<Poisoned>, archive: Layer.Layer<EventStore, E>) =>
  it.live(`ARC-7 ${name}: a poison row costs one row, and eight statements at most`, () =>
    Effect.gen(function*() {
      const folder = temporaryFolder()
      const random = seeded(7)
      let statements = 0
      const store = yield* EventStore
      const counting = Layer.succeed(
        EventStore,
        EventStore.of({
          ...store,
          append: (tag, events) =>
            Effect.suspend(() => {
              statements++
              return store.append(tag, events)
            })
        })
      )
      const good: Array<MarketEvent> = []
      const bad: Array<MarketEvent> = []
      let most = 0
      yield* Effect.gen(function*() {
        for (let batch = 0; batch < batches; batch++) {
          const poison = poisons[batch % poisons.length] as Poisoned
          const events = poison.tag === "PriceUpdate"
            ? [...prices(size, batch * size)]
            : [...reloads(size, batch * size)]
          const place = random(size)
          events[place] = poison.spoil(events[place] as MarketEvent)
          const aside = yield* storeBatch(poison.tag, events, () => Effect.void)
          most = Math.max(most, statements)
          statements = 0
          assert.deepStrictEqual(aside.map(({ id }) => id), [(events[place] as MarketEvent).id], `batch ${batch}`)
          bad.push(events[place] as MarketEvent)
          good.push(...events.filter((_, index) => index !== place))
        }
      }).pipe(Effect.provide([counting, PoisonFile.layer(folder)]))
      const stored = yield* Stream.runCollect(store.replay)
      assert.deepStrictEqual(stored, good)
      const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").trim().split("\n"))
      const kept = lines.map((line) =>
        JSON.parse(line) as { readonly reason: string; readonly event: { readonly id: EventId } }
      )
      // Each as it came, byte for byte.
      assert.deepStrictEqual(kept.map(({ event }) => JSON.stringify(event)), bad.map((event) => JSON.stringify(event)))
      for (const { reason } of kept) assert.isAbove(reason.length, 0)
      assert.isAtMost(most, 8)
      // What cannot even be written down is refused like the rest.
      const [event] = reloads(1, 1_000_000)
      const endless = { ...event as PolicyReload, revisions: nested(100_000) as Readonly<Record<string, string>> }
      assert.strictEqual((yield* Effect.flip(store.append("PolicyReload", [endless]))).reason._tag, "Rejected")
    }).pipe(Effect.provide(archive)), 120_000)

describe("Archive with poison in one row of a hundred", () => {
  poisonSuite("embedded", poisons, Archive.layerPgliteMemory)

  // Nowhere else may it be missing.
  describe.skipIf(programs === undefined && process.env["CI"] !== "true")("on a server", () => {
    poisonSuite(
      "server",
      [...poisons, ...deep],
      Layer.unwrap(
        Effect.map(
          serverWith({ settings: ["max_stack_depth=100kB"] }),
          ({ path, username }) => Archive.layerServer({ path, username })
        )
      )
    )
  })
})
