import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { isLike } from "../../../src/engine/policy/Like.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import { playPrices } from "../../../src/engine/policy/PlayPrices.ts"
import { play } from "../../../src/engine/policy/PlayRecording.ts"
import * as PolicyTests from "../../../src/engine/policy/PolicyTests.ts"
import * as SharedData from "../../client/SharedData.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

/** What a file's tests come to: a list of lines each. */
const outcomes = (text: string, recording?: Result.Result<PolicyTests.Log, string>) => {
  const source = { file: "x.yaml", text }
  const compile = () => Result.getOrThrowWith(Load.compileAll([source], options), String)
  const tests = Result.getOrThrowWith(LoadTests.testsOf(source, compile()), String)
  return tests.map(({ test }) =>
    PolicyTests.run(test, compile(), { runaway: 10, recording: () => recording ?? Result.fail("none") }).lines
  )
}

const note = (template: string) => `actions: [{ type: notification, channel: console, template: "${template}" }]`

const alert = `
  - id: low
    cooldown: 1h
    conditions: { field: price, operator: crosses_below, value: 80000, asset: BTC }
    ${note("{{ event.asset }} at {{ event.price | round: 2 }}")}`

const dip = `events:
      - { at: 0s, asset: BTC, price: 81000 }
      - { at: 1m, asset: BTC, price: 79950 }
      - { at: 2m, asset: BTC, price: 79900 }`

describe("PolicyTests", () => {
  it("passes with the complete list of firings, and with nothing else", () => {
    const lines = outcomes(`
policies:${alert}
tests:
  - name: right
    ${dip}
    expect: [{ at: 1m, policy: low, notification: "BTC at 79950.*" }]
  - name: one too few
    ${dip}
    expect: []
  - name: one too many
    ${dip}
    expect: [{ policy: low, count: 2 }]
  - name: another time
    ${dip}
    expect: [{ at: 2m, policy: low }]
  - name: another text
    ${dip}
    expect: [{ policy: low, notification: "*ETH*" }]
`)
    assert.deepStrictEqual(lines.map(({ length }) => length > 0), [false, true, true, true, true])
    assert.deepStrictEqual(lines[3], ["expected: at 2m low", "got:      at 1m low BTC \"BTC at 79950.00\""])
  })

  it("orders are compared as numbers, whole or in part, on markets that the names make", () => {
    const lines = outcomes(`
policies:
  - id: dip
    cooldown: 1d
    conditions: { field: price, operator: "<", value: 0.45, asset: "will-it:Yes" }
    actions:
      - type: order
        operation: place
        order: { asset: "will-it:No", side: buy, type: limit, price: "{{ event.price * 0.99 }}", size: 100 }
tests:
  - name: fits
    events: [{ at: 0s, asset: "will-it:Yes", bid: 0.43, ask: 0.45 }]
    expect: [{ policy: dip, asset: "will-it:yes", order: { asset: "will-it:No", side: buy, price: "0.43", size: 100.0 } }]
  - name: finer tick
    events: [{ at: 0s, asset: "will-it:Yes", bid: 0.431, ask: 0.449 }]
    expect: [{ policy: dip, order: { price: 0.435 } }]
  - name: another price
    events: [{ at: 0s, asset: "will-it:Yes", bid: 0.43, ask: 0.45 }]
    expect: [{ policy: dip, order: { price: "0.44" } }]
`)
    assert.deepStrictEqual(lines.map(({ length }) => length === 0), [true, true, false])
  })

  it("ticks run between the events, first at equal times, and to the last time expected", () => {
    const lines = outcomes(`
policies:
  - id: every
    cooldown: 1s
    conditions: { field: tick }
    ${note("tick")}
  - id: held
    for: 30s
    conditions: { field: price, operator: ">", value: 10, asset: ETH }
    ${note("held")}
tests:
  - name: ticks
    events: [{ at: 0s }, { at: 3s }]
    expect: [{ at: 1s, policy: every }, { at: 2s, policy: every }, { at: 3s, policy: every }]
  - name: hold
    events: [{ at: 0s, asset: ETH, price: 11 }]
    expect: [{ policy: every, count: 30 }, { at: 30s, policy: held }]
`)
    assert.deepStrictEqual(lines, [[], []])
  })

  it("every kind of written event is told", () => {
    const rule = (id: string, conditions: string) =>
      `  - { id: ${id}, cooldown: 1h, conditions: ${conditions}, ${note(id)} }`
    const lines = outcomes(`
policies:
${
      [
        rule("trade", "{ field: trade_size, operator: '>', value: 5, asset: 'm:Yes' }"),
        rule("metric", "{ field: fear_greed, operator: '<', value: 20 }"),
        rule("feed", "{ field: feed, operator: '==', value: gap, asset: 'm:Yes' }"),
        rule("position", "{ field: position, operator: '>', value: 0, asset: 'm:Yes' }"),
        rule("volume", "{ field: volume_24h, operator: '>', value: 7, asset: BTC, source: cmc }"),
        rule("imbalance", "{ field: imbalance, operator: '>', value: 0.5, asset: 'm:Yes' }"),
        rule("status", "{ field: status, operator: '==', value: closed, asset: 'm:Yes' }"),
        rule("end", "{ field: time_to_end, operator: '<', value: 30, asset: 'm:Yes' }"),
        rule("cron", "{ field: 'cron:noon' }"),
        rule("order", "{ field: order_status, operator: '==', value: matched, asset: 'm:Yes' }"),
        rule("series", "{ field: ask, operator: '<', value: 0.3, asset: 'series:btc-updown-5m:Up' }"),
        rule("tick_size", "{ field: tick_size, operator: '==', value: 0.001, asset: 'm:Yes' }")
      ].join("\n")
    }
tests:
  - name: all of them
    events:
      - { at: 1s, asset: "m:Yes", trade: { side: buy, price: 0.5, size: 6 } }
      - { at: 2s, metric: fear_greed, value: 10 }
      - { at: 3s, asset: "m:Yes", feed: gap }
      - { at: 4s, asset: "m:Yes", position: { size: 5, avg_price: 0.4 } }
      - { at: 5s, asset: BTC, source: cmc, price: 80000, volume_24h: 8 }
      - { at: 6s, asset: "m:Yes", bid: 0.5, ask: 0.52, bid_size: 90, ask_size: 10 }
      - { at: 7s, asset: "m:Yes", status: closed }
      - { at: 8s, asset: "m:Yes", time_to_end: 31s }
      - { at: 10s, cron: noon }
      - { at: 11s, asset: "m:Yes", order_status: matched }
      - { at: 12s, asset: "series:btc-updown-5m:Up", bid: 0.2, ask: 0.25 }
      - { at: 13s, asset: "m:Yes", tick_size: 0.001 }
    expect:
      - { at: 1s, policy: trade }
      - { at: 2s, policy: metric }
      - { at: 3s, policy: feed }
      - { at: 4s, policy: position }
      - { at: 5s, policy: volume }
      - { at: 6s, policy: imbalance }
      - { at: 7s, policy: status }
      - { at: 10s, policy: end }
      - { at: 10s, policy: cron }
      - { at: 11s, policy: order }
      - { at: 12s, policy: series }
      - { at: 13s, policy: tick_size }
`)
    assert.deepStrictEqual(lines, [[]])
  })

  it("what makes no sense is said with its place", () => {
    const source = {
      file: "x.yaml",
      text: `policies:${alert}
tests:
  - name: wrong
    events:
      - { at: 0s, price: 1 }
      - { at: 0s, asset: BTC, trade: { side: buy, price: 1, size: 1 } }
      - { at: 0s, asset: btc, price: 1 }
    expect: [{ policy: lov }]
`
    }
    const compiled = Result.getOrThrowWith(Load.compileAll([source], options), String)
    const read = LoadTests.testsOf(source, compiled)
    assert.deepStrictEqual(
      Result.isFailure(read) ? read.failure.map(({ line }) => line) : [],
      [9, 10, 11, 12]
    )
    const both = LoadTests.testsOf({
      file: "z.test.yaml",
      text: `mine: 1\ntests:\n  - { name: a, expect: [] }\n  - { name: b, events: [], expect: [{ policy: lov }] }\n`
    }, compiled)
    assert.deepStrictEqual(Result.isFailure(both) ? both.failure.map(({ line }) => line) : [], [1, 3, 4])
    const misspelt = LoadTests.testsOf(
      { file: "y.test.yaml", text: "tests:\n  - { name: x, evnts: [], expect: [] }" },
      []
    )
    assert.isTrue(Result.isFailure(misspelt) && misspelt.failure.some(({ message }) => message.includes("\"events\"")))
  })

  it.prop(
    "* stands for any text, as with a regular expression",
    [Schema.String.check(Schema.isPattern(/^[ab*]{0,8}$/)), Schema.String.check(Schema.isPattern(/^[ab]{0,8}$/))],
    ([pattern, text]) => {
      assert.strictEqual(isLike(pattern, text), new RegExp(`^${pattern.replaceAll("*", "[^]*")}$`).test(text))
    }
  )

  it.skipIf(!SharedData.isPresent)("plays recorded prices", () => {
    const name = "recordings/chainlink-btcusd-2026-07-24.csv.gz"
    const log = playPrices(SharedData.text(name), name)
    const test = (at: string) => `
policies:
  - id: first
    cooldown: 20d
    conditions: { field: price, operator: "==", value: 65051.92, asset: BTC }
    ${note("{{ event.price }}")}
tests:
  - { name: recorded, recording: it.csv.gz, expect: [{ at: ${at}, policy: first, notification: "65051.92" }] }
`
    assert.deepStrictEqual(outcomes(test("1s"), log), [[]])
    assert.strictEqual(outcomes(test("2s"), log)[0]?.length, 2)
    assert.isTrue(Result.isFailure(playPrices("x\n1,2", "btcusd.csv")))
  })

  it.skipIf(!SharedData.isPresent)("plays a recording through the real decoder and books", () => {
    const name = "recordings/clob-market-btc-updown-2026-09-30"
    const log = play(SharedData.text(`${name}.jsonl.gz`), {
      markets: undefined,
      expected: SharedData.json(`${name}.expected.json`)
    })
    assert.isTrue(Result.isSuccess(log))
    const test = (expect: string) => `
policies:
  - id: trades
    conditions: { field: trade_size, operator: ">", value: 0 }
    ${note("{{ event.size }} at {{ event.price }}")}
tests:
  - { name: recorded, recording: it.jsonl.gz, expect: ${expect} }
`
    const [lines] = outcomes(test("[{ policy: trades, count: 2 }]"), log)
    assert.deepStrictEqual(lines, [])
    const [more] = outcomes(test("[]"), log)
    assert.strictEqual(more?.length, 2)
  })
})
