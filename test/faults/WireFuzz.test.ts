/**
 * What the venue may send when it is broken or somebody pretends to be it: mutated frames of the market channel, and replies. Whatever comes, the outcome is a value:
 * messages, or a count, or a typed reason; never a throw, and never a pause that anybody would notice.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { readdirSync } from "node:fs"
import * as Endpoint from "../../src/client/Endpoint.ts"
import { parseJson } from "../../src/client/ParseJson.ts"
import * as ClobAccount from "../../src/client/polymarket/clob/AccountEndpoints.ts"
import { decodeFrame } from "../../src/client/polymarket/clob/DecodeMarketFrame.ts"
import * as ClobOrder from "../../src/client/polymarket/clob/OrderEndpoints.ts"
import * as ClobPublic from "../../src/client/polymarket/clob/PublicEndpoints.ts"
import { makeScanner } from "../../src/client/polymarket/clob/ScanPriceChange.ts"
import * as Data from "../../src/client/polymarket/data/Endpoints.ts"
import * as Gamma from "../../src/client/polymarket/gamma/Endpoints.ts"
import * as SharedData from "../client/SharedData.ts"
import { randomOf, timed, wound } from "./Wounds.ts"

const seed = Number(process.env["FUZZ_SEED"] ?? 7)
const frameRuns = Number(process.env["FUZZ_FRAMES"] ?? 100_000)
const replyRuns = Number(process.env["FUZZ_REPLIES"] ?? 50_000)

const frames = (): ReadonlyArray<string> => {
  const lines = (name: string, key: string) =>
    SharedData.text(name).trim().split("\n").map((line) => String((JSON.parse(line) as Record<string, unknown>)[key]))
  const single = readdirSync(SharedData.path("payloads")).filter((name) => /^ws-market\.[a-z_]+\.json$/.test(name))
  return [
    ...lines("recordings/clob-market-btc-updown-2026-09-30.jsonl.gz", "payloadUtf8"),
    ...lines("payloads/ws-market.session-protocol-v2.jsonl", "data").filter((text) =>
      text.startsWith("[") || text.startsWith("{")
    ),
    ...single.map((name) => JSON.stringify(SharedData.json(`payloads/${name}`)))
  ]
}

type AnyCall = Endpoint.Endpoint<Endpoint.Params, unknown>

const replies = (): ReadonlyArray<readonly [AnyCall, string]> => {
  const of = (call: object, ...names: ReadonlyArray<string>) =>
    names.map((name) => [call as AnyCall, JSON.stringify(SharedData.json(`payloads/${name}.json`))] as const)
  return [
    ...of(ClobPublic.book, "clob.book.v1", "clob.book.protocol-v2-empty"),
    ...of(ClobPublic.marketInfo, "clob.clob-markets.protocol-v2"),
    ...of(ClobPublic.market, "clob.markets-by-condition.closed-accepting-false"),
    ...of(ClobAccount.order, "clob.data-order.open", "clob.data-order.live-2026-01"),
    ...of(ClobAccount.orders, "clob.data-orders.page"),
    ...of(ClobAccount.balanceAllowance, "clob.balance-allowance.collateral"),
    ...of(ClobOrder.postOrder, "clob.post-order.ok", "clob.post-order.failed", "clob.post-order.live-2026-01"),
    ...of(ClobOrder.cancelOrders, "clob.cancel.batch", "clob.cancel.ok"),
    ...of(Gamma.market, "gamma.market", "gamma.market.sports-handicap", "gamma.market.protocol-v2-docs"),
    ...of(Gamma.tags, "gamma.tags"),
    ...of(Data.trades, "data-v2.trades.page2"),
    ...of(Data.pricesHistory, "data-v2.prices-history.page1"),
    ...of(Data.resolutions, "data-v2.resolutions.v2-resolved"),
    ...of(Data.positionsV1, "data-v1.positions")
  ]
}

describe.skipIf(!SharedData.isPresent)(`wire fuzz, seed ${seed}`, () => {
  it(`FUZ-1 ${frameRuns} mutated frames of the market channel`, () => {
    const random = randomOf(seed)
    const samples = frames()
    const scanner = makeScanner()
    let messages = 0
    let refused = 0
    for (let run = 0; run < frameRuns; run++) {
      const text = wound(samples[random(samples.length)] as string, random)
      timed(() => {
        const decoded = decodeFrame(Buffer.from(text), scanner)
        messages += decoded.messages.length
        refused += decoded.malformed.length + decoded.unknownTypes
      }, text)
    }
    assert.isAbove(messages, frameRuns / 50)
    assert.isAbove(refused, frameRuns / 50)
    assert.deepStrictEqual(Object.keys(Object.prototype), [])
  })

  it(`FUZ-2 ${replyRuns} mutated replies`, () => {
    const random = randomOf(seed + 1)
    const samples = replies()
    let read = 0
    let refused = 0
    for (let run = 0; run < replyRuns; run++) {
      const [call, sample] = samples[random(samples.length)] as readonly [AnyCall, string]
      const text = wound(sample, random)
      timed(() => {
        const value = parseJson(text)
        if (value === undefined) {
          refused++
          return
        }
        const exit = Effect.runSyncExit(Endpoint.decode(call, "venue/path", value))
        if (Exit.isSuccess(exit)) read++
        else {
          const [reason] = exit.cause.reasons
          assert(reason?._tag === "Fail" && reason.error._tag === "Malformed", text.slice(0, 300))
          assert.isAtMost(reason.error.issue.length, 512)
          refused++
        }
      }, text)
    }
    assert.isAbove(read, replyRuns / 50)
    assert.isAbove(refused, replyRuns / 50)
    assert.deepStrictEqual(Object.keys(Object.prototype), [])
  })
})
