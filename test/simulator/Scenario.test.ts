/** Scenario files: what is wrong with one is told with its place, and what ships with the documents happens as it says. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { FlowMarket } from "../../src/simulator/FlowMarket.ts"
import * as Generator from "../../src/simulator/Generator.ts"
import * as Prices from "../../src/simulator/Prices.ts"
import * as Scenario from "../../src/simulator/Scenario.ts"
import * as ScenarioPlayer from "../../src/simulator/ScenarioPlayer.ts"
import { open, post, simulator } from "./Client.ts"

const folder = fileURLToPath(new URL("../../docs/scenarios/", import.meta.url))
const startedAt = 1_790_000_000_000
const seed = 4

const load = (name: string): Scenario.Scenario => {
  const parsed = Scenario.parse(readFileSync(folder + name, "utf8"), name)
  return Result.getOrThrowWith(parsed, ({ message }) => new Error(message))
}

const middle = ({ book }: FlowMarket): number => (book.best("bids") + book.best("asks")) / 2_000_000

/** Plays a scenario in virtual time; `look` sees the venue every tenth of a second. */
const play = (
  name: string,
  seconds: number,
  look: (second: number, generator: Generator.Generator) => void,
  options: { readonly rate?: number; readonly step?: number } = {}
) => {
  const prices = Prices.make({ seed })
  const generator = Generator.make({ seed, markets: 4, rate: options.rate ?? 200, startedAt })
  const played = ScenarioPlayer.play({ scenario: load(name), generator, prices, seed, startedAt })
  const frames: Array<{ readonly at: number; readonly text: string }> = []
  const step = options.step ?? 100
  for (let at = 0; at <= seconds * 1_000; at += step) {
    frames.push(...generator.due(startedAt + at).map(({ text }) => ({ at: at / 1_000, text })))
    look(at / 1_000, generator)
  }
  assert.deepStrictEqual(played.failures, [])
  return { frames, generator, prices, happened: played.happened() }
}

const runs: Readonly<Record<string, () => void>> = {
  "crash.yaml": () => {
    const seen: Array<readonly [number, number]> = []
    const { frames, generator, happened } = play("crash.yaml", 45, (second, { markets }) => {
      seen.push([second, middle(markets[0] as FlowMarket)])
    })
    assert.strictEqual(happened, 3)
    assert.isTrue(seen.filter(([second]) => second < 5).every(([, price]) => price > 0.1))
    assert.isTrue(seen.filter(([second]) => second > 20).every(([, price]) => price < 0.15))
    const [first, second] = generator.markets
    const sold = frames.filter(({ at, text }) =>
      at >= 5 && at < 17 && text.includes("last_trade_price\"") && text.includes(first?.listing.conditionId ?? "?")
    )
    assert.isAbove(sold.length, 0)
    assert.deepStrictEqual(frames.filter(({ at }) => at > 30.2 && at < 34.9), [])
    assert.isAbove(frames.filter(({ at }) => at > 35).length, 50)
    assert.strictEqual(second?.resolvedTo, 1)
    assert.isTrue(frames.some(({ text }) => text.includes("market_resolved") && text.includes("\"No\"")))
  },
  "spike.yaml": () => {
    let most = 0
    let last = 0
    const { generator, prices } = play("spike.yaml", 40, (second, { markets }) => {
      const price = middle(markets[0] as FlowMarket)
      if (second > 5 && second < 14) most = Math.max(most, price)
      last = price
    })
    assert.isAbove(most, 0.88)
    assert.isBelow(last, 0.88)
    const calm = Prices.make({ seed })
    const ratio = (second: number) =>
      prices.at("btc", startedAt + second * 1_000).value / calm.at("btc", startedAt + second * 1_000).value
    assert.approximately(ratio(4), 1, 1e-6)
    assert.approximately(ratio(10), 1.04, 1e-6)
    assert.approximately(ratio(90), 1, 1e-6)
    assert.isFalse((generator.markets[0] as FlowMarket).fair.isLed)
  },
  "ticks.yaml": () => {
    const { frames, generator } = play("ticks.yaml", 40, () => {})
    const [first, second, , fourth, listed] = generator.markets
    assert(first !== undefined && second !== undefined)
    assert.strictEqual(first.book.tickSize, 1_000)
    assert.strictEqual(second.book.tickSize, 1_000)
    assert.isAbove(middle(second), 0.95)
    assert.isDefined(listed)
    for (const market of [first, second]) {
      const told = frames.filter(({ text }) =>
        text.includes("\"tick_size_change\"") && text.includes(market.listing.conditionId)
      )
      assert.strictEqual(told.length, 2)
    }
    const ofFourth = (from: number, to: number) =>
      frames.filter(({ at, text }) => at > from && at < to && text.includes(fourth?.listing.conditionId ?? "?")).length
    assert.isAbove(ofFourth(0, 10), 0)
    assert.strictEqual(ofFourth(10.2, 29.9), 0)
    assert.isAbove(ofFourth(30.1, 40), 0)
  },
  "rollover.yaml": () => {
    const { generator, prices } = play("rollover.yaml", 720, (second, { markets }) => {
      const now = startedAt + second * 1_000
      const rounds = markets.filter(({ listing }) => listing.round !== undefined)
      // There is always a market of now that trades, and one before it begins for the last minute.
      const present = rounds.filter(({ listing }) => listing.startsAt <= now && now < listing.endsAt)
      assert.strictEqual(present.length, 1)
      assert.isUndefined(present[0]?.resolvedTo)
      const ends = present[0]?.listing.endsAt ?? 0
      assert.strictEqual(rounds.some(({ listing }) => listing.startsAt === ends), now >= ends - 60_000)
      for (const { listing, resolvedTo } of rounds) {
        assert.strictEqual(resolvedTo !== undefined, now >= listing.endsAt + 10_000)
      }
    }, { rate: 40, step: 500 })
    const rounds = generator.markets.filter(({ listing }) => listing.round !== undefined)
    assert.deepStrictEqual(
      rounds.map(({ listing }) => listing.slug),
      [1_789_999_800, 1_790_000_100, 1_790_000_400, 1_790_000_700].map((at) => `btc-updown-5m-${at}`)
    )
    for (const { listing, resolvedTo } of rounds) {
      if (resolvedTo === undefined) continue
      const mean = (at: number) => prices.mean("btc", 60, at).exact
      assert.strictEqual(resolvedTo, mean(listing.endsAt) >= mean(listing.startsAt) ? 0 : 1)
    }
    // The fall three minutes after the start is within the second round.
    assert.strictEqual(rounds[1]?.resolvedTo, 1)
    assert.isAbove(rounds[1]?.traded ?? 0, 0)
  },
  "resolution.yaml": () => {
    const { frames, generator } = play("resolution.yaml", 25, () => {})
    assert.deepStrictEqual(generator.markets.map(({ resolvedTo }) => resolvedTo), [0, 1, undefined, undefined])
    const after = frames.filter(({ at, text }) =>
      at > 20.1 && generator.markets.slice(0, 2).some(({ listing }) => text.includes(listing.conditionId))
    )
    assert.deepStrictEqual(after, [])
  }
}

/** What asks for a whole simulator. */
const withFaults = "bad-connection.yaml"

describe("scenarios", () => {
  it("every one that ships is run here", () => {
    assert.deepStrictEqual([...Object.keys(runs), withFaults].toSorted(), readdirSync(folder).toSorted())
  })
  it("the one in the documents is one", () => {
    const [, text = ""] =
      /^```yaml scenario\n([\s\S]*?)^```$/m.exec(readFileSync(`${folder}../simulator.md`, "utf8")) ?? []
    assert.isTrue(Result.isSuccess(Scenario.parse(text, "simulator.md")) && text !== "")
  })
  for (const [name, run] of Object.entries(runs)) it(`${name} happens as it says`, run, 30_000)

  it("the same scenario and seed tell the same, whenever somebody looks", () => {
    const texts = (step: number) => play("crash.yaml", 20, () => {}, { step }).frames.map(({ text }) => text)
    assert.deepStrictEqual(texts(100), texts(16))
  })

  it("what is wrong is told with file, line and column, all at once", () => {
    const text = [
      "name: Wrong",
      "events:",
      "  - at: soon",
      "    crash: { market: 1, to: 0.5 }",
      "  - at: 1s",
      "    crash: { market: 1, to: 1.5 }",
      "  - at: 2s",
      "    list: {}",
      "    pause: { for: 1s }",
      "  - { at: 3s, crush: { market: 1 } }"
    ].join("\n")
    const problems = Result.match(Scenario.parse(text, "wrong.yaml"), {
      onSuccess: () => [],
      onFailure: (error) => error.problems
    })
    const places = problems.map((problem) => /^wrong\.yaml:(\d+):\d+: ./.exec(problem)?.[1])
    for (const line of ["3", "6", "10"]) assert.include(places, line, problems.join("\n"))
    const fault = Scenario.parse("name: x\nfaults:\n  - { at: 1s, fault: silnce, on: market }", "fault.yaml")
    assert.isTrue(Result.isFailure(fault) && /^fault\.yaml:3:5: .*silence/.test(fault.failure.message))
    const two = Scenario.parse("name: x\nevents:\n  - at: 2s\n    list: {}\n    pause: { for: 1s }", "two.yaml")
    assert.isTrue(Result.isFailure(two) && two.failure.message.startsWith("two.yaml:3:"))
    assert.isTrue(Result.isFailure(Scenario.parse("name: [", "y.yaml")))
    assert.isTrue(Result.isFailure(Scenario.parse("a: &a [1]\nname: *a", "y.yaml")))
  })

  it("what cannot happen is told, and the rest happens", () => {
    const scenario = Result.getOrThrow(
      Scenario.parse(
        "name: x\nevents:\n  - { at: 1s, crash: { market: 99, to: 0.5 } }\n  - { at: 1s, tick: { market: 1, to: 0.01 } }\n" +
          "  - { at: 1s, resolve: { market: 1, outcome: Maybe } }\n  - { at: 2s, list: {} }",
        "x.yaml"
      )
    )
    const generator = Generator.make({ seed, markets: 2, startedAt })
    const played = ScenarioPlayer.play({ scenario, generator, prices: Prices.make({ seed }), seed, startedAt })
    generator.run(startedAt + 3_000)
    assert.strictEqual(played.failures.length, 3)
    assert.strictEqual(played.happened(), 1)
    assert.strictEqual(generator.markets.length, 3)
  })

  it.live(`${withFaults} happens as it says`, () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ scenario: folder + withFaults, markets: 2 })
      const listed = yield* Effect.promise(() =>
        fetch(`${endpoints.gamma}/markets?limit=2`).then((response) =>
          response.json() as Promise<ReadonlyArray<{ readonly clobTokenIds: string }>>
        )
      )
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: listed.flatMap(({ clobTokenIds }) => JSON.parse(clobTokenIds)), type: "market" })
      yield* socket.until((frame) => frame.includes("price_change"))
      yield* socket.closed
      const stats = yield* Effect.promise(() => fetch(`${endpoints.control}/stats`).then((response) => response.text()))
      assert.include(stats, "silent")
      const times = socket.frames.flatMap((frame) => {
        const [, time] = /"timestamp":"(\d{13})"/.exec(frame) ?? []
        return time === undefined ? [] : [Number(time)]
      })
      const longest = Math.max(...times.map((time, index) => time - (times[index - 1] ?? time)))
      assert.isAbove(longest, 2_000)
    }).pipe(Effect.scoped), 30_000)

  it.live("a simulator with a scenario does it, and counts it", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ scenario: `${folder}ticks.yaml`, markets: 4 })
      const socket = yield* open(endpoints.marketSocket)
      socket.send({ assets_ids: [], type: "market", custom_feature_enabled: true })
      const stats = Effect.promise(() =>
        fetch(`${endpoints.control}/stats`).then((response) =>
          response.json() as Promise<{ readonly happenings: number; readonly failedHappenings: number }>
        )
      )
      const { happenings } = yield* stats.pipe(Effect.repeat({ until: ({ happenings }) => happenings > 0 }))
      assert.strictEqual(happenings, 1)
      assert.strictEqual((yield* stats).failedHappenings, 0)
      assert.strictEqual((yield* post(endpoints.control, { action: "list" })).status, 200)
      yield* socket.until((frame) => frame.includes("new_market"))
    }).pipe(Effect.scoped), 20_000)
})
