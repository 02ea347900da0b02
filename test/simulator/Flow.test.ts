/** The agents of the generated flow: at times of their own, in the exchange, with money that is conserved. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as Accounts from "../../src/simulator/Accounts.ts"
import { type DeskOrder, untouched } from "../../src/simulator/exchange/DeskOrder.ts"
import { walletOf } from "../../src/simulator/flow/Hand.ts"
import { VenueClock } from "../../src/simulator/flow/VenueClock.ts"
import * as Generator from "../../src/simulator/Generator.ts"
import * as Ledger from "../../src/simulator/Ledger.ts"
import { OrderDesk } from "../../src/simulator/OrderDesk.ts"
import * as Prices from "../../src/simulator/Prices.ts"
import * as Scenario from "../../src/simulator/Scenario.ts"
import * as ScenarioPlayer from "../../src/simulator/ScenarioPlayer.ts"
import { feeAccount, Wallets } from "../../src/simulator/Wallets.ts"

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))
/** Pauses between looks, ms, as a busy machine makes them. */
const Looks = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120 })))

const startedAt = 1_790_000_000_000
const unit = 1_000_000
const [account] = Accounts.make(1)
const wallet = account?.funder ?? ""

/** Something for every seed. */
const scenario = Result.getOrThrow(
  Scenario.parse(
    [
      "name: All sorts",
      "events:",
      "  - { at: 500ms, spike: { market: 1, to: 0.9, over: 1s, for: 1s } }",
      "  - { at: 1s, crash: { market: 2, to: 0.1 } }",
      "  - { at: 2s, list: {} }",
      "  - { at: 3s, pause: { for: 500ms } }",
      "  - { at: 5s, resolve: { market: 4, outcome: 1 } }"
    ].join("\n"),
    "test"
  )
)

interface Story {
  readonly frames: ReadonlyArray<string>
  readonly ledger: ReadonlyArray<string>
  readonly desk: OrderDesk
  readonly generator: Generator.Generator
}

/** Runs a flow for some seconds, looked at with the given pauses; a user trades meanwhile, once in 300 ms. */
const tell = (seed: number, seconds: number, looks: ReadonlyArray<number>): Story => {
  let now = startedAt
  const ledger: Array<string> = []
  const frames: Array<string> = []
  const clock = new VenueClock(() => now)
  const desk = new OrderDesk({
    seed,
    now: clock.now,
    wallets: new Wallets(Accounts.make(1)),
    ledger: Ledger.inMemory(ledger, clock.now, startedAt)
  })
  const generator = Generator.make({ seed, markets: 6, rate: 300, startedAt, exchange: { desk, clock } })
  desk.before = () => generator.run(now)
  ScenarioPlayer.play({ scenario, generator, prices: Prices.make({ seed }), seed, startedAt })
  const end = startedAt + seconds * 1_000
  let trades = startedAt + 300
  let settles = startedAt + 250
  for (let look = 0; now < end; look++) {
    const next = Math.min(end, now + (looks[look % looks.length] ?? 4))
    while (Math.min(trades, settles) <= next) {
      if (settles <= trades) {
        now = settles
        desk.settle()
        settles += 250
      } else {
        now = trades
        // The same orders: made of the book as it stands then.
        generator.run(now)
        desk.place(userOrder(generator, (trades - startedAt) / 300))
        trades += 300
      }
    }
    now = next
    frames.push(...generator.due(now).map(({ text }) => text))
  }
  return { frames, ledger, desk, generator }
}

const userOrder = (generator: Generator.Generator, number: number): DeskOrder => {
  const market = generator.markets[number % 6] as Generator.Generator["markets"][number]
  const outcome = number % 2 === 0 ? 0 : 1
  const best = number % 3 === 0 ? market.book.best("asks") : market.book.best("bids")
  const price = outcome === 0 ? best : unit - best
  return {
    id: `user/${number}`,
    apiKey: "key",
    maker: wallet,
    market: market.listing.conditionId,
    assetId: market.listing.assetIds[outcome] as string,
    outcome,
    outcomeName: market.listing.outcomes[outcome] as string,
    side: "BUY",
    price,
    size: 10 * unit,
    type: "GTC",
    postOnly: false,
    expiration: 0,
    createdAt: 0,
    ...untouched()
  }
}

describe("flow", () => {
  it.effect.prop(
    "the same seed, the same scenario and the same orders make the same frames and the same ledger, whenever somebody looks",
    [Seed, Looks],
    ([seed, looks]) =>
      Effect.sync(() => {
        const even = tell(seed, 6, [4])
        const uneven = tell(seed, 6, looks)
        assert.isAbove(even.frames.length, 1_000)
        assert.isAbove(even.ledger.length, 20)
        assert.deepStrictEqual(uneven.ledger, even.ledger)
        assert.deepStrictEqual(uneven.frames, even.frames)
        assert.notDeepEqual(tell(seed + 1, 6, [4]).ledger, even.ledger)
      }),
    { arbitrary: { runs: 6 }, timeout: 60_000 }
  )

  it.effect.prop(
    "money is conserved to the base unit, and every agent trades with a wallet of its own",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const { desk, generator } = tell(seed, 20, [50])
        const { wallets } = desk
        assert.strictEqual(wallets.total, wallets.deposits)
        for (const { listing } of generator.markets) {
          for (const assetId of listing.assetIds) {
            assert.strictEqual(wallets.supply(assetId), wallets.pairs(listing.conditionId))
          }
        }
        for (const kind of ["maker", "noise", "informed"] as const) {
          assert.isAbove(wallets.collateral(walletOf(seed, kind)), 0, kind)
        }
        assert.isAbove(wallets.collateral(feeAccount), 0)
        assert.isAbove(desk.trades.length, 0)
        const [first] = generator.markets
        if (first !== undefined) generator.resolve(first, 0, startedAt + 20_000)
        assert.strictEqual(wallets.total, wallets.deposits)
      }),
    { arbitrary: { runs: 5 }, timeout: 60_000 }
  )

  it.effect.prop("the book that is told is the exchange's", [Seed], ([seed]) =>
    Effect.sync(() => {
      const { desk, generator } = tell(seed, 5, [20])
      for (const { book, listing } of generator.markets) {
        for (const side of ["bids", "asks"] as const) {
          const told = book.levels(side).map(({ price, size }) => ({ price, size }))
          assert.deepStrictEqual(told, desk.book(listing.conditionId)?.levels(side) ?? [])
        }
      }
    }), { arbitrary: { runs: 5 }, timeout: 60_000 })

  it.effect("books and trades resemble recorded ones", () =>
    Effect.sync(() => {
      const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
      const spreads: Array<number> = []
      const depths: Array<number> = []
      const sizes: Array<number> = []
      const traded: Array<number> = []
      for (const seed of [1, 2, 3]) {
        const { frames, generator } = tell(seed, 30, [50])
        for (const { book } of generator.markets) {
          if (book.tickSize !== 10_000) continue
          spreads.push((book.best("asks") - book.best("bids")) / book.tickSize)
          for (const side of ["bids", "asks"] as const) {
            depths.push(book.levels(side).length)
            sizes.push(...book.levels(side).map(({ size }) => size / unit))
          }
        }
        for (const text of frames) {
          if (text.includes("last_trade_price\"")) {
            traded.push(Number((JSON.parse(text) as { readonly size: string }).size))
          }
        }
      }
      // Recorded: spread 1 tick; 48 levels; sizes of 10 to 3,500 with a middle near 180; trades of 20 and 50.
      assert.isAtMost(median(spreads), 2)
      assert.isTrue(median(depths) >= 20 && median(depths) <= 50, String(median(depths)))
      assert.isTrue(median(sizes) >= 90 && median(sizes) <= 360, String(median(sizes)))
      assert.isTrue(median(traded) >= 10 && median(traded) <= 100, String(median(traded)))
    }), 60_000)
})
