import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import * as Http from "../../src/client/Http.ts"
import { Clob } from "../../src/client/polymarket/Clob.ts"
import { Gamma } from "../../src/client/polymarket/Gamma.ts"
import { AssetId } from "../../src/domain/Asset.ts"
import * as Markets from "../../src/engine/Markets.ts"
import * as Load from "../../src/engine/policy/Load.ts"
import { serveHttp } from "../client/HttpServer.ts"

const conditionOf = (index: number) => `0x${String(index).padStart(64, "0")}`

const wire = (index: number, more: Record<string, unknown> = {}) => ({
  conditionId: conditionOf(index),
  slug: `market-${index}`,
  question: "Q?",
  outcomes: "[\"Yes\", \"No\"]",
  clobTokenIds: `["${index}1", "${index}2"]`,
  orderPriceMinTickSize: 0.01,
  orderMinSize: 5,
  acceptingOrders: true,
  ...more
})

const missing = { status: 404, body: { error: "not found" } }

describe("Markets", () => {
  it.live("follows tokens and condition ids, and a name that cannot be described stops no other", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ path, query }) => {
        switch (path) {
          case "/markets/slug/market-1":
            return { body: wire(1) }
          case "/markets/slug/odd":
            return { body: wire(9, { version: "v9" }) }
          case "/markets-by-token/21":
            return { body: { condition_id: conditionOf(2), primary_token_id: "21", secondary_token_id: "22" } }
          case "/markets/keyset": {
            const ids = query.getAll("condition_ids")
            if (ids.includes(conditionOf(4))) return { status: 422, body: { error: "no" } }
            const isClosed = query.get("closed") === "true"
            const known = isClosed ? [] : [wire(2), wire(3)]
            return { body: { markets: known.filter(({ conditionId }) => ids.includes(conditionId)) } }
          }
          default:
            return missing
        }
      })
      const choice = yield* Markets.choose({
        names: ["odd", "nobody", "market-1", conditionOf(3), conditionOf(4), conditionOf(5)],
        tokens: ["21", "77"].map((text) => AssetId.make(text)),
        top: 0
      }).pipe(Effect.provide(Layer.mergeAll(Clob.layer(server.url), Gamma.layer(server.url))))
      assert.sameMembers(choice.markets.map(({ slug }) => slug), ["market-1", "market-2", "market-3"])
      assert.deepStrictEqual(
        choice.unknown.map(({ name, reason }) => [name, reason !== undefined]),
        [["odd", true], ["nobody", false], ["77", false], [conditionOf(4), true], [conditionOf(5), false]]
      )
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it("policies name markets in conditions, expressions, orders and templates", () => {
    const text = `policies:
  - id: x
    conditions:
      all:
        - { field: price, asset: "11", operator: ">", value: "{{ ask('in-value:Yes') }}" }
        - { field: price, market: "${conditionOf(3)}", operator: ">", value: 0 }
        - { expression: "bid('in-expression:Yes') > bid('12')" }
    actions:
      - { type: notification, channel: console, template: "{{ bid('in-template:No') }} {{ bid('13') }}" }
      - { type: order, operation: place, order: { market: in-order, outcome: "Yes", side: buy, type: limit, price: "{{ bid('in-price:Yes') }}", size: 5 } }
      - { type: order, operation: cancel, asset: "14" }
      - { type: order, operation: cancel, asset: "{{ event.asset }}" }`
    const compiled = Load.compileAll([{ file: "x.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })
    assert(Result.isSuccess(compiled))
    const [policy] = compiled.success
    assert.sameMembers([...policy?.markets ?? []], [
      "in-value",
      conditionOf(3),
      "in-expression",
      "in-template",
      "in-order",
      "in-price"
    ])
    assert.sameMembers([...policy?.tokens ?? []], ["11", "12", "13", "14"])
  })
})
