import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Clob } from "../../src/client/polymarket/Clob.ts"
import { Gamma } from "../../src/client/polymarket/Gamma.ts"
import type { AssetId } from "../../src/domain/Asset.ts"
import type { Market } from "../../src/domain/Market.ts"
import { EventClock } from "../../src/engine/EventClock.ts"
import { noBound } from "../../src/engine/EventId.ts"
import * as Following from "../../src/engine/Following.ts"
import type { Ingestor } from "../../src/engine/Ingestor.ts"

const conditionOf = (slug: string) => `0x${Buffer.from(slug).toString("hex").padStart(64, "0")}`

/** A venue that knows every slug, and every token as the first outcome of the market of its number. */
const venue = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) =>
    Effect.sync(() => {
      const { pathname } = new URL(request.url)
      const slug = pathname.split("/").pop() ?? ""
      const wire = (name: string) => ({
        conditionId: conditionOf(name),
        slug: name,
        question: "?",
        outcomes: "[\"Yes\", \"No\"]",
        clobTokenIds: JSON.stringify([`${BigInt(conditionOf(name))}`, `${BigInt(conditionOf(name)) + 1n}`]),
        orderPriceMinTickSize: 0.01,
        orderMinSize: 5,
        acceptingOrders: true
      })
      const body = wire(slug)
      return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body)))
    })
  )
)

const Set4 = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 }))).check(Schema.isMaxLength(4))

const naming = (markets: ReadonlyArray<string>): Following.Naming => ({ markets, tokens: [] as ReadonlyArray<AssetId> })

/** Who is followed, as the feeds would know. */
const stage = (options: { readonly lasting?: ReadonlyArray<Market>; readonly held?: ReadonlySet<string> } = {}) => {
  const followed = new Set<string>((options.lasting ?? []).map(({ slug }) => slug))
  const described: Array<string> = []
  const running: Array<Fiber.Fiber<void>> = []
  const following = Following.make({
    followers: {
      follow: (markets) => Effect.sync(() => markets.forEach(({ slug }) => followed.add(slug))),
      unfollow: (markets) => Effect.sync(() => markets.forEach(({ slug }) => followed.delete(slug)))
    },
    run: ({ batches }: Ingestor) =>
      Stream.runForEach(batches, ({ events }) =>
        Effect.sync(() => {
          for (const event of events) if (event._tag === "MarketMetadata") described.push(event.market.slug)
        })).pipe(
          Effect.forkDetach({ startImmediately: true }),
          Effect.map((fiber) => void running.push(fiber))
        ),
    lasting: { markets: options.lasting ?? [], series: [] },
    named: { markets: [], names: { markets: [], tokens: [], series: [] } },
    isHeld: ({ slug }) => options.held?.has(slug) ?? false,
    onUnknown: () => Effect.void
  })
  return { following, followed, described, end: Effect.suspend(() => Fiber.interruptAll(running)) }
}

const layer = Layer.mergeAll(Clob.layer("http://venue"), Gamma.layer("http://venue")).pipe(
  Layer.provide(venue),
  Layer.provideMerge(EventClock.layer({ instance: 0, after: noBound }))
)

const marketOf = (slug: string): Market => ({
  conditionId: conditionOf(slug),
  slug,
  outcomes: [{ name: "Yes", assetId: String(BigInt(conditionOf(slug))) }]
} as unknown as Market)

describe("Following", () => {
  it.effect.prop(
    "what policies name is followed, and nothing else but what is followed for itself or held",
    [Schema.Array(Set4).check(Schema.isMaxLength(8))],
    ([sets]) => {
      const held = new Set(["m1"])
      const { described, end, followed, following } = stage({ lasting: [marketOf("m0")], held })
      return Effect.gen(function*() {
        const ever = new Set<string>()
        for (const set of sets) {
          const names = set.map((one) => `m${one}`)
          for (const name of names) ever.add(name)
          yield* following.follow(names.map((name) => naming([name])))
          const wanted = new Set([...names, "m0", ...[...held].filter((name) => ever.has(name))])
          assert.deepStrictEqual([...followed].toSorted(), [...wanted].toSorted())
        }
        assert.sameMembers([...new Set(described)], [...ever].filter((name) => name !== "m0"))
        yield* end
      }).pipe(Effect.provide(layer))
    },
    { arbitrary: { runs: 50 } }
  )

  it.effect("a series is followed while a policy names it, and its market is let go of with it", () => {
    const { described, end, followed, following } = stage()
    return Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:10Z"))
      yield* following.follow([naming(["series:btc-updown-5m"])])
      yield* TestClock.adjust("2 seconds")
      const [first] = [...followed]
      assert.match(String(first), /^btc-updown-5m-\d+$/)
      for (let step = 0; step < 70; step++) yield* TestClock.adjust("5 seconds")
      const [second] = [...followed]
      assert.strictEqual(followed.size, 1)
      assert.notStrictEqual(second, first)
      yield* following.follow([naming(["m1"])])
      assert.deepStrictEqual([...followed], ["m1"])
      const before = described.length
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual([[...followed], described.length], [["m1"], before])
      yield* end
    }).pipe(Effect.provide(layer))
  })
})
