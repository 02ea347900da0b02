import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import type { WebhookRequest } from "../../../src/engine/policy/Decision.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as SettingsModule from "../../../src/Settings.ts"

const secret = "s3cret \"quoted\""
const env = new Map([["API_TOKEN", Redacted.make(secret)], ["UNSET", undefined]])

const compile = (action: string, channels?: ReadonlyMap<string, string>) =>
  Load.compileAll([{
    file: "x.yaml",
    text: `policies:
  - id: x
    name: "a \\"b\\""
    conditions: { field: price, operator: ">", value: 0, asset: BTC }
    actions: [${action}]
`
  }], {
    defaultSlippage: undefined,
    validFor: 2_000,
    env,
    webhookHosts: [],
    ...(channels === undefined ? {} : { channels })
  })

const fire = (action: string, channels?: ReadonlyMap<string, string>) => {
  const policies = Result.getOrThrowWith(compile(action, channels), String)
  const [decision] = new Evaluator(policies, 10).take({
    _tag: "PriceUpdate",
    id: 1 as never,
    time: 1,
    receivedAt: 1,
    source: "polybolt",
    assetId: "BTC" as never,
    price: "80000.5" as never
  })
  return decision?.actions[0]
}

const webhook = (action: string): { readonly request: WebhookRequest; readonly shown: WebhookRequest } => {
  const fired = fire(action)
  assert(fired?._tag === "Webhook")
  return { request: Redacted.value(fired.request), shown: fired.shown }
}

describe("webhook actions", () => {
  it("SEC-3 values of the environment are sent and never shown", () => {
    const action =
      `{ type: webhook, url: "https://api.example.com/{{ env.API_TOKEN }}", headers: { Authorization: "Bearer {{ env.API_TOKEN }}" },
      body: { a: "{{ env.API_TOKEN }}", b: "{{ env.API_TOKEN | truncate: 3 }}" } }`
    const { request, shown } = webhook(action)
    assert.strictEqual(request.url, `https://api.example.com/${encodeURIComponent(secret)}`)
    assert.strictEqual(request.headers["authorization"], `Bearer ${secret}`)
    assert.deepStrictEqual(JSON.parse(request.body ?? ""), { a: secret, b: "s3c" })
    assert.notInclude(JSON.stringify(fire(action)), "s3c")
    assert.strictEqual(shown.headers["authorization"], "Bearer <redacted>")
  })

  it("a text is never cut within a letter, so that an address can be made of it", () => {
    const { request } = webhook(
      `{ type: webhook, url: "https://api.example.com/?q={{ '😀😀x' | truncate: 1 }}&b={{ policy.id }}", body: { a: "{{ '😀😀x' | truncate: 2 }}" } }`
    )
    assert.strictEqual(request.url, `https://api.example.com/?q=${encodeURIComponent("😀")}&b=x`)
    assert.strictEqual(request.body, JSON.stringify({ a: "😀😀" }))
  })

  it("SEC-3 notifications show none either", () => {
    const fired = fire("{ type: notification, channel: console, template: \"{{ env.API_TOKEN }}\" }")
    assert.strictEqual(fired?._tag === "Notification" ? fired.text : "", "<redacted>")
  })

  it("SEC-3 values in messages for Telegram stand for themselves, and what the author wrote stays markup", () => {
    const action = "{ type: notification, channel: desk, template: \"<b>{{ policy.name }}</b> {{ event.price }}\" }"
    const of = (type: string) => fire(action, new Map([["desk", type]]))
    const text = "<b>a \"b\"</b> 80000.5"
    assert.deepInclude(of("telegram"), { channel: "desk", text, markup: "<b>a &quot;b&quot;</b> 80000.5" })
    assert.notProperty(of("webhook"), "markup")
    const plain = "{ type: notification, channel: telegram, template: \"{{ event.price }}\" }"
    assert.notProperty(fire(plain), "markup")
  })

  it("POL-5 a channel that the settings do not describe does not load, and the nearest name is told", () => {
    const problem = (channel: string) => {
      const compiled = compile(
        `{ type: notification, channel: ${channel}, template: x }`,
        new Map([["desk", "telegram"]])
      )
      return Result.isFailure(compiled) ? compiled.failure.map(String).join() : ""
    }
    assert.match(problem("dsk"), /^x\.yaml:5:.*unknown channel "dsk"; did you mean "desk"\?; .*channels/)
    assert.match(problem("telegarm"), /did you mean "telegram"/)
    assert.match(problem("Desk"), /a-z/)
    for (const known of ["desk", "console", "telegram", "webhook"]) assert.strictEqual(problem(known), "")
  })

  it("JSON bodies keep kinds and escape texts", () => {
    const { request } = webhook(
      `{ type: webhook, url: "https://e.com/?n={{ policy.name }}", body: { p: "{{ event.price }}", n: "{{ policy.name }}", l: [1, true, null, "x {{ event.asset }}"], u: "{{ event.bid }}" } }`
    )
    assert.strictEqual(request.body, "{\"p\":80000.5,\"n\":\"a \\\"b\\\"\",\"l\":[1,true,null,\"x BTC\"],\"u\":null}")
    assert.strictEqual(request.url, "https://e.com/?n=a%20%22b%22")
    const text = webhook(`{ type: webhook, url: "https://e.com/", body: '{"n": "{{ policy.name }}"}' }`).request
    assert.deepStrictEqual(JSON.parse(text.body ?? ""), { n: "a \"b\"" })
    assert.strictEqual(text.headers["content-type"], "application/json")
    const plain = webhook(`{ type: webhook, method: PUT, url: "https://e.com/", body: "{{ policy.name }}!" }`).request
    assert.deepInclude(plain, { method: "PUT", body: "a \"b\"!" })
  })

  it.each([
    ["{ type: webhook, url: \"https://e.com/{{ env.OTHER }}\" }", /env\.OTHER is not in the setting policies\.env/],
    ["{ type: webhook, url: \"https://e.com/{{ env.UNSET }}\" }", /env\.UNSET is not set/],
    ["{ type: notification, channel: console, template: \"{{ env.OTHER }}\" }", /policies\.env/],
    ["{ type: webhook, url: \"https://{{ event.asset }}.com/\" }", /host written out/],
    ["{ type: webhook, url: \"https://e.com{{ event.asset }}/\" }", /host written out/],
    ["{ type: webhook, url: \"http://e.com/\" }", /https/],
    ["{ type: webhook, url: \"https://127.1/\" }", /public host/],
    ["{ type: webhook, url: \"https://e.com/\", headers: { Host: x } }", /set by the engine/],
    ["{ type: webhook, url: \"https://e.com/\", headers: { \"a b\": x } }", /name of a header/],
    ["{ type: webhook, url: \"https://e.com/\", body: { a: \"{{ event.prise }}\" } }", /event\.price/],
    ["{ type: webhook, url: \"https://e.com/\", method: GET, body: x }", /no body/],
    ["{ type: webhook, url: \"https://e.com/\", bdy: x }", /"body"/],
    ["{ type: webhook, url: \"https://e.com/\", headers: { a: \"b\\nc: d\" } }", /printable/],
    ["{ type: order, operation: cancel }", /cancel_all/]
  ])("%s does not load", (action, message) => {
    const compiled = compile(action)
    assert(Result.isFailure(compiled))
    assert.match(compiled.failure.map(String).join("\n"), message)
  })

  it.effect("SEC-3 names of secrets cannot be listed", () =>
    Effect.gen(function*() {
      const ok = yield* SettingsModule.decode({ policies: { env: ["API_TOKEN"] } })
      assert.deepStrictEqual(ok.policies.env, ["API_TOKEN"])
      for (
        const name of [
          "POLYMARKET_PRIVATE_KEY",
          "POLYMARKET_API_SECRET",
          "WALLET_MNEMONIC",
          "CMC_API_KEY",
          "DATABASE_URL"
        ]
      ) {
        const result = yield* Effect.result(SettingsModule.decode({ policies: { env: [name] } }))
        assert.strictEqual(result._tag, "Failure", name)
      }
    }))
})
