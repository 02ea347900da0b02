import { assert, describe, it } from "@effect/vitest"
import { OrderType, Side, type SignedOrder, type TickSize as WireTick } from "@polymarket/clob-client-v2"
import { Effect, Random, Redacted, Result } from "effect"
import { buildOrder, type OrderWish } from "../../../../src/client/polymarket/clob/BuildOrder.ts"
import * as PrivateKey from "../../../../src/client/polymarket/clob/PrivateKey.ts"
import { signOrder } from "../../../../src/client/polymarket/clob/Signing.ts"
import { funderOf } from "../../../../src/client/polymarket/clob/Wallets.ts"
import * as TickSize from "../../../../src/domain/TickSize.ts"
import { officialClient } from "./OfficialClient.ts"

const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const key = Result.getOrThrow(PrivateKey.fromHex(Redacted.make(privateKey)))
const tokenId = "71321045679252212594626385532706912750332728571942532289631379312455583992563"

const choose = <A>(of: ReadonlyArray<A>): Effect.Effect<A> =>
  Effect.map(Random.nextIntBetween(0, of.length - 1), (at) => of[at] as A)

/** Numbers as people and programs write them: round, with many decimals, tiny, huge, and some that are none. */
const drawNumber = Effect.gen(function*() {
  const magnitude = 10 ** (yield* Random.nextIntBetween(-8, 13))
  const value = (yield* Random.next) * magnitude
  switch (yield* Random.nextIntBetween(0, 5)) {
    case 0:
      return Math.round(value)
    case 1:
      return Math.round(value * 100) / 100
    case 2:
      return value
    case 3:
      return Number(value.toPrecision(1))
    case 4:
      return Math.round(value * 1e6) / 1e6
    default:
      return yield* choose([0, -1, -0.001, 1e21, Number.NaN, Number.POSITIVE_INFINITY, 1e-7])
  }
})

const drawPrice = (tick: number) =>
  Effect.gen(function*() {
    const any = yield* Random.next
    return yield* choose([
      any,
      Math.round(any / tick) * tick,
      Number(((Math.round(any / tick) + 0.5) * tick).toFixed(6)),
      Math.round(any * 1e4) / 1e4,
      1 - tick,
      tick
    ])
  })

const draw = Effect.gen(function*() {
  const tickSize = yield* choose(TickSize.all)
  const price = yield* drawPrice(tickSize / 1e6)
  const budget = (yield* Random.nextBoolean) ? {} : { userUSDCBalance: Math.abs(yield* drawNumber) }
  return {
    kind: yield* choose(["limit", "market"] as const),
    tickSize,
    negativeRisk: yield* Random.nextBoolean,
    version: yield* choose([2, 3] as const),
    signatureType: yield* choose([0, 1, 2, 3] as const),
    fees: { rate: yield* choose([0, 0.05, 0.07, 0.25]), exponent: yield* choose([0, 1, 2]) },
    side: yield* choose(["BUY", "SELL"] as const),
    price,
    number: yield* drawNumber,
    budget
  }
})
type Draw = Effect.Success<typeof draw>

const theirs = async (drawn: Draw): Promise<SignedOrder | undefined> => {
  const tickSize = TickSize.toText(drawn.tickSize) as WireTick
  const client = officialClient(privateKey, drawn.signatureType, funderOf(key.address, drawn.signatureType), {
    tokenId,
    tickSize,
    fees: drawn.fees
  })
  const options = { tickSize, negRisk: drawn.negativeRisk, version: drawn.version }
  const common = { tokenID: tokenId, side: Side[drawn.side], price: drawn.price, ...drawn.budget }
  const made = drawn.kind === "limit"
    ? client.createOrder({ ...common, size: drawn.number }, options)
    : client.createMarketOrder({ ...common, amount: drawn.number, orderType: OrderType.FAK }, options)
  return made.catch(() => undefined)
}

const ours = (drawn: Draw, salt: bigint, timestamp: number) => {
  const { budget: { userUSDCBalance: balance }, fees, kind, negativeRisk, number, price, side, tickSize, version } =
    drawn
  const common = {
    tokenId,
    side,
    price,
    salt,
    timestamp,
    market: { tickSize, negativeRisk, version },
    ...(balance === undefined ? {} : { balance, fees })
  }
  const wish: OrderWish = kind === "limit"
    ? { kind, ...common, size: number }
    : { kind, ...common, amount: number }
  const funder = funderOf(key.address, drawn.signatureType)
  const wallet = { chainId: 137, signatureType: drawn.signatureType, address: key.address, funder } as const
  return Result.getOrUndefined(buildOrder(wish, wallet))
}

describe("buildOrder", () => {
  it.effect("makes the order of the official client, and refuses what it refuses", () =>
    Effect.gen(function*() {
      let made = 0
      let refused = 0
      for (let at = 0; at < 3_000; at++) {
        const drawn = yield* draw
        const their = yield* Effect.promise(() => theirs(drawn))
        const salt = BigInt(their?.salt ?? 1)
        const our = ours(drawn, salt, their !== undefined && "timestamp" in their ? Number(their.timestamp) : 0)
        const found = our === undefined ? undefined : signOrder(our, key)
        const place = JSON.stringify(drawn)
        assert.strictEqual(found?.makerAmount.toString(), their?.makerAmount, place)
        assert.strictEqual(found?.takerAmount.toString(), their?.takerAmount, place)
        assert.strictEqual<string | undefined>(found?.signature, their?.signature, place)
        if (their === undefined) refused++
        else made++
      }
      assert.isAbove(made, 500)
      assert.isAbove(refused, 100)
    }).pipe(Random.withSeed("official client")), 60_000)
})
