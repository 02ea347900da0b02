import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import * as Fixed from "../../../src/domain/Fixed.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

const load = (text: string) => Load.compileAll([{ file: "p.yaml", text }], options)

/** Where the complaints point, as line:column. */
const places = (text: string) => {
  const loaded = load(text)
  return Result.isFailure(loaded) ? loaded.failure.map(({ column, line }) => `${line}:${column}`) : []
}

const policy = (conditions: string, action = `{ type: notification, channel: console, template: "x" }`) =>
  `policies:\n  - id: a\n    conditions: ${conditions}\n    actions:\n      - ${action}\n`

const place = (order: string) =>
  policy("{ field: price, operator: \">\", value: 0 }", `{ type: order, operation: place, order: ${order} }`)

describe("Load", () => {
  it("the shipped policies load", () => {
    const sources = readdirSync("policies").filter((file) => file.endsWith(".yaml")).map((file) => ({
      file,
      text: readFileSync(`policies/${file}`, "utf8")
    }))
    const loaded = Load.compileAll(sources, options)
    assert(Result.isSuccess(loaded))
    assert(loaded.success.length >= 3)
  })

  it("POL-5 says everything that is wrong, each at its place", () => {
    assert.deepStrictEqual(places(policy(`{ field: prise, operator: ">", value: 1 }`)), ["3:26"])
    assert.deepStrictEqual(places(policy(`{ field: price, operator: above, value: 1 }`)), ["3:43"])
    assert.deepStrictEqual(places(policy(`{ field: price, operator: ">", value: high }`)), ["3:55"])
    assert.deepStrictEqual(places(policy(`{ field: price, value: 1 }`)), ["3:17"])
    assert.deepStrictEqual(
      places(policy(`{ all: [{ field: bid, operator: ">", value: 1, limit: 2 }, { any: [] }] }`)),
      ["3:64", "3:83"]
    )
    assert.deepStrictEqual(
      places(
        policy(
          `{ field: price, operator: ">", value: 1, asset: 71321045679252212594626385532706912750332728571942532289631379312455583992563 }`
        )
      ),
      ["3:65"]
    )
    const both = policy(`{ expression: "bid > 1" }`, `{ type: notification, channel: consol, template: "{{ nope }}" }`)
    assert.deepStrictEqual(places(both).length, 3)
    assert.deepStrictEqual(places(policy(`{ expression: "event.bid" }`)).length, 1)
    assert.deepStrictEqual(places(`policies:\n  - id: a\n  - id: b\n`).length, 4)
  })

  it("orders that the venue or sense would refuse do not load", () => {
    const good = `asset: "{{ event.asset }}", side: buy, type: limit, price: 0.5, size: 10`
    assert.deepStrictEqual(places(place(`{ ${good} }`)), [])
    for (
      const order of [
        `asset: "1", side: buy, type: limit, size: 10`,
        `asset: "1", side: buy, type: limit, price: 0.5`,
        `${good}, amount: 5`,
        `side: buy, type: limit, price: 0.5, size: 10`,
        `${good}, time_in_force: GTD`,
        `${good}, time_in_force: GTD, expires: 30s`,
        `${good}, time_in_force: FOK, post_only: true`,
        `asset: "1", side: buy, type: market, price: 0.5, size: 10, time_in_force: GTC`,
        `asset: "1", side: buy, type: limit, price: "{{ event.market }}", size: 10`,
        `asset: "1", side: buy, type: limit, price: 0.5, close: all`
      ]
    ) {
      assert(places(place(`{ ${order} }`)).length > 0, order)
    }
  })

  it("SEC-6 bombs, tags, aliases and duplicate keys are errors", () => {
    const bomb = `a: &a ["x","x"]\nb: &b [*a,*a]\npolicies: [*b]`
    for (
      const text of [
        bomb,
        "policies: !!js/function x",
        "policies: []\npolicies: []",
        "policies: [",
        "- 1",
        "",
        "policies: 3"
      ]
    ) {
      assert(Result.isFailure(load(text)), text)
    }
  })

  it("SEC-6 what costs much more than it says is refused before anything is built of it", () => {
    const first = (text: string) => {
      const loaded = load(text)
      return Result.isFailure(loaded) ? String(loaded.failure[0]) : "loaded"
    }
    assert.match(first(`policies: [${",".repeat(200_000)}]`), /^p\.yaml:1:1: expected at most 64000 words and symbols/)
    assert.match(first(`policies: ${"[".repeat(200)}`), /^p\.yaml:1:74: expected at most 64 levels$/)
    assert.match(first("a: &a 1\nb: *a\n"), /^p\.yaml:2:4: expected no reference/)
    assert.match(first("? [a, b]\n: 1\n"), /^p\.yaml:1:3: expected text as a key$/)
    assert.match(first("policies: []\npolicies: []"), /^p\.yaml:2:1: expected a key of its own/)
    assert.match(first("policies: []\n---\npolicies: []"), /^p\.yaml:2:1: expected one document/)
    assert.match(first("%YAML 1.1\n---\npolicies: []"), /^p\.yaml:1:1: expected YAML 1\.2, found 1\.1$/)
    assert.isBelow(first(policy(`{ field: ${"a".repeat(100_000)}b, operator: ">", value: b }`)).length, 500)
  })

  it("POL-5 finds the line also where a text is so broken that it is no YAML", () => {
    const text = `policies:\n  - id: b\n    cooldown: ""s\n          asset: "x"\n          side: sell\n`
    assert.deepStrictEqual(places(text), ["3:15", "3:17", "5:1"])
  })

  it("POL-5 tells the first 200 problems of a file, and that there are more", () => {
    const loaded = load(`policies: [${"1, ".repeat(300)}]`)
    assert(Result.isFailure(loaded))
    assert.strictEqual(loaded.failure.length, 201)
    assert.strictEqual(loaded.failure[0]?.column, 12)
    assert.match(String(loaded.failure[200]), /: and more problems$/)
  })

  it("SEC-6 anchors and references are refused once there are many; in a text they are text", () => {
    for (const [mark, many] of [["*", "- *a\n"], ["&", "- &a 1\n"]] as const) {
      const loaded = load(many.repeat(1_000))
      assert(Result.isFailure(loaded))
      assert.strictEqual(loaded.failure.length, 1)
      assert.match(String(loaded.failure[0]), /:201:3: /)
      const saying = Array.from({ length: 300 }, (_, at) =>
        `  - id: p${at}
    conditions: { field: price, operator: ">", value: 1 }
    actions:
      - type: notification
        channel: console
        template: |
          ${mark} a
`)
      assert.isTrue(Result.isSuccess(load(`policies:\n${saying.join("")}`)))
    }
  })

  it("POL-5 a cron job is one of those that the settings have, where they are known", () => {
    const text = policy(`{ any: [{ field: "cron:morning" }, { not: { field: "cron:mornin" } }] }`)
    const told = (crons: ReadonlyArray<string>) => {
      const loaded = Load.compileAll([{ file: "p.yaml", text }], { ...options, crons })
      return Result.isFailure(loaded) ? loaded.failure.map(String) : []
    }
    assert.isTrue(Result.isSuccess(load(text)))
    assert.lengthOf(told([]), 2)
    assert.deepStrictEqual(told(["mornin", "morning"]), [])
    assert.lengthOf(told(["morning"]), 1)
    assert.match(String(told(["morning"])), /^p\.yaml:3:68: .*"mornin"; did you mean "morning"/)
  })

  it("two policies of one id are refused at the second", () => {
    const one = policy(`{ field: price, operator: ">", value: 1 }`)
    const loaded = Load.compileAll([{ file: "a.yaml", text: one }, { file: "b.yaml", text: one }], options)
    assert(Result.isFailure(loaded))
    assert.deepStrictEqual(loaded.failure.map(({ file, line }) => [file, line]), [["b.yaml", 2]])
  })

  it("POL-5 what one policy lacks hides nothing that is wrong with another", () => {
    const rule = (id: string, field: string, more = "") =>
      `  - { id: ${id}, conditions: { field: ${field}, operator: ">", value: 1 }, actions: [{ type: notification, channel: console, template: x }]${more} }\n`
    const text = `policies:\n  - id: a\n${rule("b", "prise")}${rule("c", "bid", ", cooldwn: 1s")}${
      rule("d", "bid", `, rearm: { expression: "nope > 1" }`)
    }${rule("good", "bid")}tests:\n  - { name: t, events: [] }\n`
    assert.deepStrictEqual([...new Set(places(text).map((place) => place.split(":")[0]))], ["2", "3", "4", "5", "8"])
  })

  it("POL-5 what is wrong with one part of a condition hides nothing that is wrong with another", () => {
    const told = (conditions: string) => places(policy(conditions)).map((place) => Number(place.split(":")[1]) - 17)
    const at = (conditions: string, ...words: ReadonlyArray<string>) =>
      assert.sameMembers([...told(conditions)], words.map((word) => conditions.lastIndexOf(word)), conditions)
    at(`{ field: prise, operator: ">", value: 1, asset: btc }`, "prise", "btc")
    at(`{ field: bid, operator: ">", value: high, asset: btc }`, "high", "btc")
    at(
      `{ all: [{ field: bid, operator: ">", value: 1, asset: [btc] }, { field: ask, operator: "<", value: 2, asset: [ btc] }] }`,
      "btc",
      "btc] }, {"
    )
    at(
      `{ any: [{ expression: "bid('btc') > 1" }, { field: bid, operator: ">", value: "{{ ask('eth') }}" }] }`,
      `"bid`,
      `"{{`
    )
  })

  it("POL-5 an id that is there twice is told whatever else is wrong", () => {
    const one = (id: string) =>
      policy(`{ field: price, operator: ">", value: 1 }`, "{ type: notification }").replace("id: a", `id: ${id}`)
    const twice = (first: string, second: string) => {
      const loaded = Load.compileAll([{ file: "a.yaml", text: first }, { file: "b.yaml", text: second }], options)
      return Result.isFailure(loaded) ? loaded.failure.filter(({ message }) => message.includes("a.yaml")) : []
    }
    const good = policy(`{ field: price, operator: ">", value: 1 }`)
    for (const [first, second] of [[good, one("a")], [one("a"), good], [one("a"), one("a")]] as const) {
      assert.deepStrictEqual(twice(first, second).map(({ file, line }) => [file, line]), [["b.yaml", 2]])
    }
    assert.deepStrictEqual(twice(good, one("b")), [])
    const many = `policies: [${"1, ".repeat(300)}{ id: a }]`
    assert.lengthOf(twice(many, good), 1)
    assert.lengthOf(twice(good, many), 1)
  })

  it("a revision is the meaning: formatting and order of keys do not change it, values do", () => {
    const revision = (text: string) => Result.getOrThrow(load(text))[0]?.revision
    const first = revision(policy(`{ field: price, operator: ">", value: 1 }`))
    assert.strictEqual(
      revision(`# note\n${policy(`\n      value: 1\n      operator: ">"\n      field: price`)}`),
      first
    )
    assert.notStrictEqual(revision(policy(`{ field: price, operator: ">", value: 2 }`)), first)
    for (const value of [`"1"`, "1.0", `"1.00"`]) {
      assert.strictEqual(revision(policy(`{ field: price, operator: ">", value: ${value} }`)), first)
    }
    const spelled = ["name: a", "enabled: true", "priority: 0", "cooldown_per: policy", "on_stale: hold", "for: 0s"]
    const written = policy(`{ field: price, operator: ">", value: 1 }`)
    assert.strictEqual(revision(written.replace("id: a", ["id: a", ...spelled].join("\n    "))), first)
    const sends = (body: string) =>
      revision(
        policy(
          "{ field: price, operator: \">\", value: 1 }",
          `{ type: webhook, url: "https://example.com", body: ${body} }`
        )
      )
    assert.notStrictEqual(sends("{ price: 1 }"), sends(`{ price: "1.0" }`))
    assert.strictEqual(sends("{ price: 1, size: 2 }"), sends("{ size: 2, price: 1 }"))
  })

  it("assets that expressions and actions name are checked where they stand", () => {
    assert.deepStrictEqual(places(policy(`{ expression: "ask('btc') < 1" }`)), ["3:31"])
    assert.deepStrictEqual(places(policy(`{ field: bid, operator: ">", value: "{{ ask('btc') }}", asset: BTC }`)), [
      "3:53"
    ])
    const say = (template: string) => `{ type: notification, channel: console, template: "${template}" }`
    assert.deepStrictEqual(places(policy(`{ field: bid, operator: ">", value: 1 }`, say("{{ bid('btc') }}"))), ["5:9"])
    assert.deepStrictEqual(places(place(`{ asset: btc, side: buy, type: limit, price: 0.5, size: 10 }`)), ["5:9"])
  })

  it("numbers are read exactly, without quotes too", () => {
    for (const value of ["0.0000001", "9007199254740993", "0.1234567890123456789", "-12345678901234567.5"]) {
      const leaf = (written: string) => {
        const tree = Result.getOrThrow(load(policy(`{ field: price, operator: ">", value: ${written} }`)))[0]?.tree
        return tree?._tag === "Leaf" ? tree.leaf.operand : undefined
      }
      assert.deepStrictEqual(leaf(value), { _tag: "Constant", value: Fixed.fromText(value) as bigint })
      assert.deepStrictEqual(leaf(`"${value}"`), leaf(value))
    }
  })

  it.prop(
    "FUZ-4 a file with a character changed loads or is refused, and never throws",
    [Schema.Int, Schema.String],
    ([at, text]) => {
      const whole = readFileSync("policies/take-profit.yaml", "utf8")
      const place = Math.abs(at) % whole.length
      load(whole.slice(0, place) + text.slice(0, 3) + whole.slice(place + 1))
    }
  )
})
