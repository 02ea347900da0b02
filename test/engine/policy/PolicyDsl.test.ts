import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { Size } from "../../../src/domain/Size.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { Decision } from "../../../src/engine/policy/Decision.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import * as PolicyTests from "../../../src/engine/policy/PolicyTests.ts"
import * as Results from "../../../src/engine/policy/Results.ts"

const options = {
  defaultSlippage: undefined,
  validFor: 2_000,
  env: new Map([["API_TOKEN", Redacted.make("token")]])
}

const compile = (text: string) => Load.compileAll([{ file: "p.yaml", text }], options)

/** What is wrong with a text. */
const problems = (text: string) => {
  const compiled = compile(text)
  return Result.isFailure(compiled) ? compiled.failure.map(({ message }) => message) : []
}

/** Runs a test of one policy on written events; what fires, and the lines of the test. */
const play = (policies: string, events: ReadonlyArray<string>, expect: ReadonlyArray<string>, runaway = 1_000) => {
  const text = `policies:\n${policies}\ntests:\n  - name: t\n    events: [${events.join(", ")}]\n    expect: [${
    expect.join(", ")
  }]\n`
  const source = { file: "p.yaml", text }
  const compiled = () => Result.getOrThrowWith(compile(text), (found) => new Error(found.map(String).join("\n")))
  const tests = Result.getOrThrowWith(LoadTests.testsOf(source, compiled()), (found) => new Error(found.join("\n")))
  const outcomes = tests.map(({ test }) =>
    PolicyTests.run(test, compiled(), { runaway, recording: () => Result.fail("none") })
  )
  return { lines: outcomes.flatMap(({ lines }) => lines), firings: outcomes.flatMap(({ firings }) => firings) }
}

/** Asserts that written events make exactly these firings. */
const fires = (policies: string, events: ReadonlyArray<string>, expect: ReadonlyArray<string>) => {
  assert.deepStrictEqual(play(policies, events, expect).lines, [])
}

const say = (template: string) => `actions: [{ type: notification, channel: console, template: "${template}" }]`

/** A policy `x` with these keys. */
const rule = (rest: string, template = "{{ event.price }}") => `  - { id: x, ${rest}, ${say(template)} }`

/** Firings of `x` at these times. */
const at = (...times: ReadonlyArray<string>) => times.map((time) => `{ at: ${time}, policy: x }`)

const btc = (at: string, price: number, more = "") => `{ at: ${at}, asset: BTC, price: ${price}${more} }`
const yes = (at: string, bid: number, ask: number) => `{ at: ${at}, asset: "m:Yes", bid: ${bid}, ask: ${ask} }`

describe("the language, sentence by sentence", () => {
  it("POL-2 a crossing begins on the other side or equal and ends strictly beyond", () => {
    const above = rule(`conditions: { field: price, operator: crosses_above, value: 100, asset: BTC }`)
    fires(above, [btc("0s", 99), btc("1s", 100), btc("2s", 101), btc("3s", 102)], at("2s"))
    fires(above, [btc("0s", 100), btc("1s", 101)], at("1s"))
    fires(above, [btc("0s", 101), btc("1s", 100), btc("2s", 101)], at("2s"))
    fires(above, [btc("0s", 99), btc("1s", 100)], [])
    const below = rule(`conditions: { field: price, operator: crosses_below, value: 100, asset: BTC }`)
    fires(below, [btc("0s", 100), btc("1s", 99), btc("2s", 100), btc("3s", 99)], at("1s", "3s"))
  })

  it("POL-2 an alert fires once per dip, whichever channel it is for", () => {
    for (const channel of ["telegram", "console", "webhook"]) {
      const alert = [
        `  - { id: x, name: "BTC below $80K", cooldown: 1h, conditions: { field: price, operator: crosses_below, value: 80000, asset: BTC },`,
        `actions: [{ type: notification, channel: ${channel}, template: "{{ policy.name }}: {{ event.asset }} at {{ event.price | round: 2 }} ({{ now | date }})" }] }`
      ].join(" ")
      const text = "BTC below $80K: BTC at 79950.00*"
      fires(alert, [btc("0s", 81000), btc("1m", 79950), btc("2m", 79900)], [
        `{ at: 1m, policy: x, notification: "${text}" }`
      ])
    }
    const nowhere = rule("conditions: { field: tick }").replace("console", "telegrm")
    assert.lengthOf(problems(`policies:\n${nowhere}\n`), 1)
  })

  it("POL-2 the first value after a start, a gap or a change of source only arms", () => {
    for (const more of ["", ", priority: 1, for: 0s"]) {
      const below = rule(`conditions: { field: price, operator: crosses_below, value: 100, asset: BTC }${more}`)
      fires(below, [btc("0s", 99), btc("1s", 98)], [])
      fires(
        below,
        [btc("0s", 101), "{ at: 1s, asset: BTC, feed: gap }", btc("2s", 99), btc("3s", 101), btc("4s", 98)],
        at("4s")
      )
      // RTDS speaks for Bitcoin once PolyBolt does not: from 101 to 99 nothing fell, somebody else speaks.
      fires(below, [
        btc("0s", 101),
        btc("1s", 99, ", source: rtds-binance"),
        "{ at: 2s, asset: BTC, feed: gap }",
        btc("3s", 98, ", source: rtds-binance"),
        btc("4s", 101, ", source: rtds-binance"),
        btc("5s", 97, ", source: rtds-binance")
      ], at("5s"))
    }
  })

  it("POL-2 a crossing is seen when it is the right side that moves", () => {
    const ratio = rule(
      `conditions: { field: price, operator: crosses_above, value: "{{ price('ETH') * 20 }}", asset: BTC }`,
      "{{ price('BTC') }}"
    )
    const eth = (at: string, price: number) => `{ at: ${at}, asset: ETH, price: ${price} }`
    fires(ratio, [btc("0s", 80000), eth("1s", 4100), eth("2s", 3900), eth("3s", 3800)], [
      "{ at: 2s, policy: x, notification: \"80000\" }"
    ])
    fires(ratio, [btc("0s", 80000), eth("1s", 3900), eth("2s", 3800)], [])
    // Both sides move on one event: there is no moment between.
    const itself = rule(
      `conditions: { field: bid, operator: crosses_above, value: "{{ ask('m:Yes') - 0.05 }}", asset: "m:Yes" }`
    )
    fires(itself, [yes("0s", 0.50, 0.60), yes("1s", 0.40, 0.50), yes("2s", 0.46, 0.50)], at("2s"))
  })

  it("POL-2 a roll-over begins windows, edges and holds anew", () => {
    const up = (at: string, bid: number, ask: number) =>
      `{ at: ${at}, asset: "series:btc-updown-5m:Up", bid: ${bid}, ask: ${ask} }`
    const edge = rule(
      `conditions: { field: bid, operator: crosses_above, value: 0.5, asset: "series:btc-updown-5m:Up" }`
    )
    fires(
      edge,
      [up("299s", 0.4, 0.41), up("301s", 0.6, 0.61), up("302s", 0.4, 0.41), up("303s", 0.6, 0.61)],
      at("303s")
    )
    const window = rule(
      `conditions: { field: bid, operator: ">=", value: 3, asset: "series:btc-updown-5m:Up", window: { duration: 1m, aggregation: count } }`
    )
    fires(window, [up("297s", 0.4, 0.41), up("298s", 0.4, 0.41), up("301s", 0.6, 0.61)], [])
    const hold = rule(
      `for: 10s, conditions: { field: bid, operator: ">", value: 0.5, asset: "series:btc-updown-5m:Up" }`
    )
    fires(hold, [up("295s", 0.6, 0.61), up("301s", 0.6, 0.61)], at("311s"))
  })

  it("POL-2 unknown is a break of `for`: a gap, a value that is too old, an empty side", () => {
    const hold = (rest: string) => rule(`for: 20m, conditions: ${rest}`)
    const one = hold(`{ field: price, operator: ">", value: 100, asset: BTC }`)
    fires(one, [btc("0m", 101), btc("10m", 102)], at("20m"))
    // After a quarter of an hour the value of minute 0 is unknown; minute 16 begins anew.
    fires(one, [btc("0m", 101), btc("16m", 102), btc("30m", 103)], at("36m"))
    const within = hold(`{ all: [{ field: price, operator: ">", value: 100, asset: BTC }], max_age: 1m }`)
    fires(within, [btc("0m", 101), btc("2m", 101), btc("20m", 101), btc("21m", 101)], [])
    const mid = rule(`for: 10s, conditions: { field: price, operator: ">", value: 0.1, asset: "m:Yes" }`)
    fires(mid, [yes("0s", 0.5, 0.6), "{ at: 5s, asset: \"m:Yes\", bid: 0.5 }", yes("6s", 0.5, 0.6)], at("16s"))
  })

  it("POL-2 in a firing that a tick causes, event.* is the last event that entered the condition", () => {
    const text = "{{ event.price }} {{ event.size }} {{ event.side }} {{ event.source }} {{ event.time }}"
    const trade = (at: string, price: number, side = "buy") =>
      `{ at: ${at}, asset: "m:Yes", trade: { side: ${side}, price: ${price}, size: 7 } }`
    fires(
      rule(`for: 5s, conditions: { field: last, operator: ">", value: 0.5, asset: "m:Yes" }`, text),
      [yes("0s", 0.1, 0.2), trade("1s", 0.6), trade("2s", 0.7, "sell"), yes("3s", 0.3, 0.4)],
      ["{ at: 6s, policy: x, notification: \"0.7 7 sell clob 2000\", asset: \"m:Yes\" }"]
    )
    fires(
      rule(
        `conditions: { all: [{ field: "cron:noon" }, { field: price, operator: ">", value: 1, asset: BTC }] }`,
        `{{ event.asset }} ${text}`
      ),
      [btc("0s", 5, ", source: rtds-binance"), "{ at: 3s, cron: noon }"],
      ["{ at: 3s, policy: x, notification: \"BTC 5 ? ? rtds-binance 0\" }"]
    )
  })

  it("POL-2 a tick fires only what time itself made true; an unchanged level is not read by it", () => {
    fires(
      rule(`conditions: { field: price, operator: ">", value: 100, asset: BTC }`),
      [btc("0s", 101), "{ at: 20s }"],
      at("0s")
    )
    fires(rule(`conditions: { all: [{ field: tick }, { field: price, operator: ">", value: 100, asset: BTC }] }`), [
      btc("0s", 101),
      "{ at: 2s }"
    ], at("1s", "2s"))
    fires(
      rule(`conditions: { field: time_to_end, operator: "<", value: 10, asset: "m:Yes" }`),
      ["{ at: 0s, asset: \"m:Yes\", time_to_end: 15s }", "{ at: 12s }"],
      at("6s")
    )
  })

  it("POL-4 one tick that completes many assets makes many firings, each with an id of its own", () => {
    const both = rule(`for: 5s, conditions: { field: bid, operator: ">", value: 0.5 }`, "{{ event.outcome }}")
    const events = [yes("0s", 0.6, 0.7), "{ at: 0s, asset: \"m:No\", bid: 0.6, ask: 0.7 }"]
    const { firings, lines } = play(both, events, [
      "{ at: 5s, policy: x, asset: \"m:Yes\", notification: \"Yes\" }",
      "{ at: 5s, policy: x, asset: \"m:No\", notification: \"No\" }"
    ])
    assert.deepStrictEqual(lines, [])
    assert.strictEqual(new Set(firings.map(({ firingId }) => firingId)).size, 2)
    assert.strictEqual(new Set(firings.map(({ eventId }) => eventId)).size, 1)
  })

  it("POL-4 firings of one event go by priority, then by id", () => {
    const one = (id: string, priority: number) =>
      `  - { id: ${id}, priority: ${priority}, conditions: { field: price, operator: ">", value: 1, asset: BTC }, ${
        say("x")
      } }`
    const ids = play([one("c", 1), one("b", 5), one("a", 1), one("d", -1)].join("\n"), [btc("0s", 2)], []).firings.map((
      { policyId }: Decision
    ) => policyId)
    assert.deepStrictEqual(ids, ["b", "a", "c", "d"])
  })

  it("POL-2 of a token the price is the middle, unknown when a side is empty, and last is the last trade", () => {
    const text = "{{ price('m:Yes') }} {{ last('m:Yes') }}"
    const any = rule(
      `conditions: { any: [{ field: bid, operator: ">", value: 0, asset: "m:Yes" }, { field: last, operator: ">", value: 0, asset: "m:Yes" }] }`,
      text
    )
    fires(any, [
      yes("0s", 0.5, 0.6),
      "{ at: 1s, asset: \"m:Yes\", trade: { side: buy, price: 0.6, size: 1 } }",
      "{ at: 2s, asset: \"m:Yes\", bid: 0.5 }"
    ], [
      "{ at: 0s, policy: x, notification: \"0.55 ?\" }",
      "{ at: 1s, policy: x, notification: \"0.55 0.6\" }",
      "{ at: 2s, policy: x, notification: \"? 0.6\" }"
    ])
  })

  it("POL-2 assets in a list and globs over slugs match one by one; conditions without asset speak of the same one", () => {
    const bid = (asset: string, at: string, bid: number) =>
      `{ at: ${at}, asset: "${asset}", bid: ${bid}, ask: ${bid + 0.1} }`
    fires(
      rule(
        `conditions: { field: bid, operator: crosses_above, value: 0.5, asset: ["rain-1:Yes", "snow:No"] }`,
        "{{ event.market }}"
      ),
      [
        bid("rain-1:Yes", "0s", 0.5),
        bid("snow:No", "1s", 0.4),
        bid("snow:Yes", "1s", 0.4),
        bid("rain-1:Yes", "2s", 0.6),
        bid("snow:Yes", "3s", 0.6),
        bid("snow:No", "4s", 0.6)
      ],
      ["{ at: 2s, policy: x, notification: rain-1 }", "{ at: 4s, policy: x, notification: snow }"]
    )
    fires(
      rule(`conditions: { field: bid, operator: ">", value: 0.5, asset: "rain-*:Yes" }`, "{{ event.market }}"),
      [
        bid("rain-1:Yes", "0s", 0.6),
        bid("rain-2:No", "1s", 0.6),
        bid("snow:Yes", "2s", 0.6),
        bid("rain-22:Yes", "3s", 0.6)
      ],
      ["{ at: 0s, policy: x }", "{ at: 3s, policy: x }"]
    )
    fires(
      rule(
        `conditions: { all: [{ field: bid, operator: ">", value: 0.5 }, { field: ask, operator: "<", value: 0.55 }] }`
      ),
      [
        "{ at: 0s, asset: \"a:Yes\", bid: 0.6, ask: 0.7 }",
        "{ at: 1s, asset: \"b:Yes\", bid: 0.4, ask: 0.5 }",
        "{ at: 2s, asset: \"a:Yes\", bid: 0.51, ask: 0.52 }"
      ],
      ["{ at: 2s, policy: x, asset: \"a:Yes\" }"]
    )
  })

  it("POL-2 an expression, and the right side of a comparison, look at values as their policy says", () => {
    const sum = "{ expression: \"ask('m:Yes') + ask('m:No') < 1\" }"
    const no = (at: string) => `{ at: ${at}, asset: "m:No", bid: 0.3, ask: 0.4 }`
    fires(rule(`conditions: { all: [${sum}] }`), [yes("0s", 0.4, 0.5), no("3m")], at("3m"))
    fires(rule(`conditions: { all: [${sum}], max_age: 2m }`), [yes("0s", 0.4, 0.5), no("3m")], [])
    fires(rule(`conditions: ${sum}`), [yes("0s", 0.4, 0.5), no("20m")], [])
    fires(rule(`on_stale: ignore, conditions: ${sum}`), [yes("0s", 0.4, 0.5), no("20m")], at("20m"))
    fires(rule(`on_stale: fire, conditions: ${sum}`), [yes("0s", 0.6, 0.7), no("20m")], at("901s", "20m"))
    const right = (rest: string) =>
      rule(
        `${rest} conditions: { all: [{ field: ask, operator: "<", value: "{{ ask('m:Yes') }}", asset: "m:No" }] MAX }`
      )
    fires(right("").replace("MAX", ""), [yes("0s", 0.4, 0.5), no("3m")], at("3m"))
    fires(right("").replace("MAX", ", max_age: 2m"), [yes("0s", 0.4, 0.5), no("3m")], [])
    fires(right("on_stale: ignore,").replace("MAX", ""), [yes("0s", 0.4, 0.5), no("20m")], at("20m"))
    fires(right("on_stale: fire,").replace("MAX", ""), [yes("0s", 0.1, 0.2), no("20m")], at("20m"))
  })

  it("POL-3 a policy that fires more than ten times a minute with nothing to hold it is turned off", () => {
    const events = Array.from({ length: 30 }, (_, second) => btc(`${second}s`, 101))
    const level = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
    assert.lengthOf(play(rule(level), events, [], 10).firings, 10)
    assert.lengthOf(play(rule(`cooldown: 1ms, ${level}`), events, [], 10).firings, 30)
    const slow = Array.from({ length: 30 }, (_, at) => btc(`${at * 6}s`, 101))
    assert.lengthOf(play(rule(level), slow, [], 10).firings, 30)
  })

  it("POL-3 the cooldown counts from the firing's event time, and a limit that is reached silences until it has passed", () => {
    const level = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
    fires(rule(`cooldown: 10s, ${level}`), [btc("1s", 101), btc("10999ms", 101), btc("11s", 101)], at("1s", "11s"))
    fires(
      rule(`limits: { firings: 1 per 10s }, ${level}`),
      [btc("1s", 101), btc("10s", 101), btc("11s", 101)],
      at("1s", "11s")
    )
  })

  it("POL-5 a token id without quotes is an error that says so, wherever it stands", () => {
    const long = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
    for (const id of [long, "101"]) {
      for (
        const text of [
          rule(`conditions: { field: price, operator: ">", value: 1, asset: ${id} }`),
          rule(`conditions: { field: price, operator: ">", value: 1, asset: ["1", ${id}] }`),
          `  - { id: x, conditions: { field: tick }, actions: [{ type: order, operation: place, order: { asset: ${id}, side: buy, type: limit, price: 0.5, size: 5 } }] }`,
          `${
            rule("conditions: { field: tick }")
          }\ntests: [{ name: t, events: [{ at: 0s, asset: ${id}, price: 1 }], expect: [] }]`
        ]
      ) {
        const found = problems(`policies:\n${text}\n`)
        assert.lengthOf(found, 1)
        assert.match(found[0] ?? "", /quotes/)
      }
    }
  })

  it("POL-5 a metric may have any name but that of a slip of the pen", () => {
    const metric = (name: string) =>
      problems(`policies:\n${rule(`conditions: { field: ${name}, operator: ">", value: 1 }`)}\n`)
    for (const name of ["fear_greed", "eth_dominance", "my_own_index", "balance"]) {
      assert.deepStrictEqual(metric(name), [])
    }
    assert.match(metric("fear_gred")[0] ?? "", /"fear_greed"/)
    assert.match(
      problems(`policies:\n${rule("conditions: { expression: \"fear_gred() < 5\" }")}\n`)[0] ?? "",
      /"fear_greed"/
    )
  })

  const buy = (more = "") =>
    `{ type: order, operation: place, order: { asset: "m:Yes", side: buy, type: limit, price: 0.50, size: 10${more} }, on_failure: continue }`
  const tell = (template: string) => `{ type: notification, channel: console, template: "${template}" }`
  const follow = (...actions: ReadonlyArray<string>) =>
    `  - { id: x, cooldown: 1d, conditions: { field: ask, operator: ">", value: 0, asset: "m:Yes" }, actions: [${
      actions.join(", ")
    }] }`

  it("POL-4 order.* and previous.* are what the actions before came to", () => {
    const all =
      "{{ order.status }} {{ order.filled }} of {{ order.size }} at {{ order.average }} for {{ order.price }} {{ order.side }} {{ order.reason }}"
    const says = (text: string) => [`{ at: 0s, policy: x, notification: "${text}" }`]
    fires(follow(buy(), tell(all)), [yes("0s", 0.40, 0.45)], says("matched 10 of 10 at 0.45 for 0.5 buy ?"))
    fires(follow(buy(), tell(all)), [yes("0s", 0.40, 0.60)], says("live 0 of 10 at ? for 0.5 buy ?"))
    fires(
      follow(buy(", time_in_force: FAK"), tell(all)),
      [yes("0s", 0.40, 0.60)],
      says("rejected 0 of 10 at ? for 0.5 buy nothing*")
    )
    fires(
      follow(
        buy(", time_in_force: FOK"),
        tell("{{ previous.type }} {{ previous.ok }} {{ previous.status }}: {{ previous.error }}")
      ),
      [yes("0s", 0.40, 0.60)],
      says("order false failed: nothing*")
    )
    const call = `{ type: webhook, url: "https://api.example.com/x" }`
    fires(
      follow(
        buy(),
        call,
        tell("{{ previous.type }} {{ previous.http_status }} {{ if(order.filled > 5, 'filled', 'open') }}")
      ),
      [yes("0s", 0.40, 0.45)],
      says("webhook 200 filled")
    )
    fires(
      follow(
        buy(),
        `{ type: order, operation: place, order: { asset: "m:Yes", side: sell, type: limit, price: "{{ order.average + 0.05 }}", size: "{{ order.filled }}" } }`
      ),
      [yes("0s", 0.40, 0.45)],
      [`{ at: 0s, policy: x, order: { side: sell, price: 0.50, size: 10 } }`]
    )
    // Nothing was filled: there is nothing to sell, and what comes after a failure is not done.
    const { firings } = play(
      follow(
        buy(),
        `{ type: order, operation: place, order: { asset: "m:Yes", side: sell, type: limit, price: 0.9, size: "{{ order.filled }}" } }`,
        tell("done")
      ),
      [yes("0s", 0.40, 0.60)],
      []
    )
    assert.deepStrictEqual(firings[0]?.actions.map(({ _tag }) => _tag), ["PlaceOrder", "Impossible"])
  })

  it("POL-4 what an action that looks back reads beside the result is of the firing", () => {
    const compiled = Result.getOrThrow(compile(`policies:\n${
      follow(
        buy(),
        tell("{{ order.status }} {{ event.ask }} {{ ask('m:Yes') }} {{ now }}"),
        `{ type: order, operation: place, order: { asset: "m:Yes", side: buy, type: market, price: "{{ ask('m:Yes') }}", amount: "{{ order.filled }}" } }`
      )
    }`))
    const evaluator = new Evaluator(compiled, 10)
    const take = (event: object) => evaluator.take(event as MarketEvent)
    const token = "1001" as AssetId
    take({
      _tag: "MarketMetadata",
      id: 1,
      time: 0,
      receivedAt: 0,
      source: "gamma",
      market: {
        conditionId: `0x${"1".repeat(64)}`,
        slug: "m",
        question: "m",
        outcomes: [{ name: "Yes", assetId: token }],
        tickSize: 10_000,
        minimumSize: 5_000_000,
        negativeRisk: false,
        version: "v1",
        status: "open"
      }
    })
    const quote = (id: number, ask: string) =>
      take({ _tag: "PriceUpdate", id, time: id, receivedAt: id, source: "clob", assetId: token, bid: "0.1", ask })
    const [decision] = quote(2, "0.4")
    quote(3, "0.7")
    const results = Results.after(Results.noResults, {
      type: "order",
      error: undefined,
      httpStatus: undefined,
      order: { ...Results.refusedOrder(""), status: "matched", filled: 8_000_000 as Size }
    })
    const filled = decision?.actions.map((action) => (action._tag === "Deferred" ? action.fill(results) : action))
    assert(filled?.[1]?._tag === "Notification" && filled[2]?._tag === "PlaceOrder")
    assert.strictEqual(filled[1].text, "matched 0.4 0.4 2")
    const { amount, price, size, validUntil } = filled[2].request
    assert.deepStrictEqual([amount, price, size, validUntil], [8_000_000, 400_000, 20_000_000, 2_002])
  })

  it("POL-5 a result that nothing before can give, or that would choose an asset, is an error that says so", () => {
    const found = (...actions: ReadonlyArray<string>) => problems(`policies:\n${follow(...actions)}\n`)
    assert.match(found(tell("{{ order.status }}"))[0] ?? "", /order\.status/)
    assert.match(found(tell("x"), tell("{{ order.status }}"))[0] ?? "", /none is/)
    assert.match(found(`{ type: order, operation: cancel_all }`, tell("{{ order.id }}"))[0] ?? "", /none is/)
    assert.match(found(tell("{{ previous.ok }}"))[0] ?? "", /first/)
    assert.match(found(buy(), tell("{{ order.statu }}"))[0] ?? "", /"order\.status"/)
    assert.match(found(buy(), tell("{{ order.filled + order.status }}"))[0] ?? "", /number/)
    assert.match(
      found(buy(), `{ type: order, operation: cancel, asset: "{{ order.asset }}" }`)[0] ?? "",
      /write it out/
    )
    assert.deepStrictEqual(found(buy(), `{ type: order, operation: cancel, order_id: "{{ order.id }}" }`), [])
    const limited = follow(
      buy(),
      `{ type: order, operation: place, order: { asset: "m:Yes", side: sell, type: limit, price: 0.9, size: "{{ order.filled }}" } }`
    ).replace("cooldown", "limits: { notional: 5 per 1d }, cooldown")
    assert.match(problems(`policies:\n${limited}\n`)[0] ?? "", /limits\.notional/)
    assert.lengthOf(problems(`policies:\n${rule("conditions: { expression: \"order.filled > 1\" }")}\n`), 1)
  })

  it("POL-3 stale data decide about no order", () => {
    const cancel = `actions: [{ type: order, operation: cancel_all }]`
    for (const stale of ["ignore", "fire"]) {
      assert.lengthOf(problems(`policies: [{ id: x, on_stale: ${stale}, conditions: { field: tick }, ${cancel} }]`), 1)
    }
    assert.lengthOf(problems(`policies: [{ id: x, on_stale: hold, conditions: { field: tick }, ${cancel} }]`), 0)
  })
})
