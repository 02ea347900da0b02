import { assert, describe, it } from "@effect/vitest"
import { Clock, Console, Effect } from "effect"
import { join } from "node:path"
import type { FeedStatus } from "../../src/engine/MarketEvent.ts"
import { archived } from "../e2e/DataFolder.ts"
import { eventually, folder, simulate, type Simulator, start } from "../e2e/Program.ts"
import { read } from "../e2e/Summary.ts"

/** An engine on a simulator, running once it has its books; `stop` ends it and tells what it did and archived of its feed. */
const follow = Effect.fnUntraced(function*(venue: Simulator) {
  const data = join(yield* folder, "data")
  const engine = yield* start("run", "--endpoints", venue.file, "--json", "--verify-books", "--data", data)
  yield* eventually("subscriptions", venue.stats, ({ subscriptions }) => subscriptions >= 40, 30)
  const stop = Effect.gen(function*() {
    yield* engine.kill("SIGTERM")
    assert.strictEqual(yield* engine.exit(), 0, engine.stderr())
    const stored = yield* archived(data)
    const feed = stored.filter((event): event is FeedStatus => event._tag === "FeedStatus" && event.source === "clob")
    return { summary: read(engine.stdout()), feed }
  })
  return { engine, stop }
})

const now = Clock.currentTimeMillis

/** Seconds until `wait` is over. */
const timed = <A>(wait: Effect.Effect<A>) =>
  Effect.gen(function*() {
    const began = yield* now
    yield* wait
    return ((yield* now) - began) / 1_000
  })

/**
 * A trade that a frozen socket withholds leaves the hash of the book that it made unexplained; so a book may be found wrong
 * soon after the freeze, and is healed over REST. Later none may.
 */
const onlyWithheld = (feed: ReadonlyArray<FeedStatus>, frozenAt: number): void => {
  const broken = feed.filter(({ detail, kind }) => kind === "gap" && detail === "the hash differs")
  assert.isTrue(broken.every(({ receivedAt }) => receivedAt - frozenAt < 5_000), JSON.stringify(broken))
}

const kinds = (feed: ReadonlyArray<FeedStatus>, kind: FeedStatus["kind"]) => feed.filter((event) => event.kind === kind)

const assetsOf = (venue: Simulator, markets: number) =>
  Effect.promise(async () => {
    const answer = await fetch(`${venue.endpoints.gamma}/markets?limit=${markets}`)
    const list = await answer.json() as ReadonlyArray<{ readonly clobTokenIds: string | null }>
    return list.flatMap(({ clobTokenIds }): ReadonlyArray<string> => JSON.parse(clobTokenIds ?? "[]"))
  })

describe("The feed's faults", () => {
  it.live("ING-2 a frozen socket that answers PING is noticed and replaced", () =>
    Effect.gen(function*() {
      const venue = yield* simulate()
      const { stop } = yield* follow(venue)
      yield* Effect.sleep("5 seconds")
      const frozenAt = yield* now
      const { accepted, frozen } = yield* venue.control({ action: "freeze" })
      assert.isAbove(frozen, 0)
      const healed = eventually(
        "a new socket",
        venue.stats,
        (seen) => seen.accepted > accepted && seen.frozen === 0,
        45
      )
      yield* Console.log(`a frozen socket was replaced after ${yield* timed(healed)} s`)
      yield* Effect.sleep("3 seconds")
      const { feed, summary } = yield* stop
      assert.isAbove(summary.feeds["clob"]?.reconnects ?? 0, 0)
      onlyWithheld(feed, frozenAt)
      assert.isAbove(kinds(feed, "stale").length, 0)
      assert.isAbove(kinds(feed, "gap").length, 0)
      assert.isAtLeast(kinds(feed, "resynced").length, kinds(feed, "gap").length)
    }))

  it.live("ING-2 a few assets that go silent on a lively socket are noticed", () =>
    Effect.gen(function*() {
      const venue = yield* simulate()
      const { stop } = yield* follow(venue)
      const assets = yield* assetsOf(venue, 2)
      assert.isAbove(assets.length, 1)
      yield* Effect.sleep("5 seconds")
      const frozenAt = yield* now
      const { accepted } = yield* venue.control({ action: "freeze", assets })
      const healed = eventually(
        "a new socket",
        venue.stats,
        (seen) => seen.accepted > accepted && seen.frozen === 0,
        45
      )
      yield* Console.log(`${assets.length} silent assets were noticed after ${yield* timed(healed)} s`)
      yield* Effect.sleep("3 seconds")
      const { feed } = yield* stop
      onlyWithheld(feed, frozenAt)
      const stale = new Set(kinds(feed, "stale").map(({ assetId }) => String(assetId)))
      assert.isAbove(stale.size, 0)
      assert.isTrue([...stale].every((assetId) => assets.includes(assetId)), "only what was silent is called stale")
    }))

  it.live("ING-1 a dropped socket is back, with all subscriptions, as soon as the venue lets it", () =>
    Effect.gen(function*() {
      const venue = yield* simulate()
      const { stop } = yield* follow(venue)
      const refusals = [0, 3_000, 500, 6_000, 0, 1_500]
      const waits: Array<number> = []
      for (const refuseForMs of refusals) {
        yield* Effect.sleep("3 seconds")
        const { accepted } = yield* venue.control({ action: "drop", refuseForMs })
        yield* Effect.sleep(refuseForMs)
        const back = eventually(
          "subscriptions",
          venue.stats,
          (seen) => seen.accepted > accepted && seen.subscriptions >= 40,
          8
        )
        waits.push(yield* timed(back))
      }
      yield* Console.log(`back after ${waits.join(" ")} s`)
      yield* Effect.sleep("2 seconds")
      const { drops, refused } = yield* venue.stats
      assert.strictEqual(drops, refusals.length)
      assert.isAbove(refused, 2)
      assert.isAtMost(refused, refusals.reduce((sum, ms) => sum + ms, 0) / 1_000 + refusals.length)
      const { feed, summary } = yield* stop
      assert.strictEqual(summary.feeds["clob"]?.reconnects, refusals.length)
      assert.strictEqual(summary.books.mismatched, 0)
      assert.strictEqual(kinds(feed, "disconnected").length, refusals.length)
      assert.strictEqual(kinds(feed, "connected").length, refusals.length + 1)
      const gaps = kinds(feed, "gap")
      assert.isAtLeast(gaps.length, 40 * refusals.length)
      assert.isTrue(gaps.every(({ from, to }) => from !== undefined && to !== undefined && from <= to))
      assert.strictEqual(kinds(feed, "resynced").length, gaps.length)
    }))

  it.live("ING-2 quiet markets are left alone", () =>
    Effect.gen(function*() {
      const venue = yield* simulate("--rate", "1")
      const { stop } = yield* follow(venue)
      yield* Effect.sleep("60 seconds")
      const { accepted, framesSent } = yield* venue.stats
      assert.isAbove(framesSent, 30)
      const { feed, summary } = yield* stop
      assert.strictEqual(accepted, 1)
      assert.deepInclude(summary.feeds["clob"], { reconnects: 0, gaps: 0, stale: 0 })
      assert.deepStrictEqual(feed.map(({ kind }) => kind), ["connected"])
    }))

  it.live("ING-1 a venue that was killed and comes back on its address is followed again", () =>
    Effect.gen(function*() {
      const before = yield* simulate()
      const { stop } = yield* follow(before)
      yield* Effect.sleep("3 seconds")
      yield* before.kill("SIGKILL")
      yield* before.exit()
      yield* Effect.sleep("4 seconds")
      const back = yield* now
      const venue = yield* simulate("--port", new URL(before.endpoints.clob).port)
      const healed = eventually("subscriptions", venue.stats, ({ subscriptions }) => subscriptions >= 40, 8)
      yield* Console.log(`followed again ${yield* timed(healed)} s after the venue listened`)
      yield* Effect.sleep("5 seconds")
      const { feed, summary } = yield* stop
      assert.strictEqual(summary.books.mismatched, 0)
      assert.isTrue(Object.values(summary.books.final).every(({ timestamp }) => Number(timestamp) >= back))
      assert.strictEqual(kinds(feed, "resynced").length, kinds(feed, "gap").length)
      assert.isAtLeast(kinds(feed, "gap").length, 40)
    }))
})
