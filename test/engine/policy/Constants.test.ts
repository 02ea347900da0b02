import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { MarketStatus } from "../../../src/domain/Market.ts"
import { OrderStatus, Side } from "../../../src/domain/Order.ts"
import { VenueMode } from "../../../src/domain/VenueMode.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const load = (text: string) => Load.compileAll([{ file: "p.yaml", text }], { defaultSlippage: 10_000, validFor: 2_000 })

/** What is wrong with a policy that stands on one line, as column and message. */
const wrong = (text: string) => {
  const loaded = load(text)
  return Result.isFailure(loaded) ? loaded.failure.map(({ column, message }) => [column, message] as const) : []
}

const when = (condition: string) =>
  `policies: [{ id: a, conditions: ${condition}, actions: [{ type: notification, channel: console, template: x }] }]`

const compared = (field: string, operator: string, value: string) =>
  when(`{ field: ${field}, operator: "${operator}", value: ${value} }`)

const placed = (order: string) =>
  `policies: [{ id: a, conditions: { field: tick }, actions: [{ type: order, operation: place, order: { asset: "1", ${order} } }] }]`

/** Everything that the fields of text may be. */
const texts = {
  trade_side: Side.literals,
  status: MarketStatus.literals,
  order_status: OrderStatus.literals,
  feed: ["live", "stale", "gap", "down"],
  venue_mode: VenueMode.literals
}

describe("constants in policies", () => {
  it("POL-5 a field of text is compared with what it may be", () => {
    for (const [field, values] of Object.entries(texts)) {
      for (const operator of ["==", "!="]) {
        for (const value of values) assert.deepStrictEqual(wrong(compared(field, operator, value)), [])
        assert.deepStrictEqual(wrong(compared(field, operator, `"{{ event.side }}"`)), [])
        for (const value of ["nonsense", "3", "true", `""`, `" ${values[0]}"`]) {
          const text = compared(field, operator, value)
          const [problem, ...others] = wrong(text)
          assert.deepStrictEqual(others, [])
          assert.strictEqual(problem?.[0], text.indexOf(`value: ${value}`) + 8, text)
          for (const word of [value.replaceAll("\"", ""), ...values]) assert.include(problem?.[1], word)
        }
      }
      for (const operator of ["contains", "matches"]) {
        assert.deepStrictEqual(wrong(compared(field, operator, "nonsense")), [])
      }
      assert.deepStrictEqual(wrong(compared(field, "in", `[${values.join(", ")}]`)), [])
      const lookUp = field === "venue_mode" ? "venue_mode()" : `${field}('m:Yes')`
      assert.deepStrictEqual(wrong(when(`{ expression: "${lookUp} == 'nonsense'" }`)), [])
    }
  })

  it("the nearest is told", () => {
    for (
      const [field, value, near] of [
        ["status", "opn", "open"],
        ["trade_side", "BUY", "buy"],
        ["feed", "gapp", "gap"],
        ["venue_mode", "cancelonly", "cancel_only"],
        ["order_status", "cancelled", "canceled"]
      ] as const
    ) {
      for (const [operator, written] of [["==", value], ["!=", value], ["in", `[${value}]`]] as const) {
        const [problem] = wrong(compared(field, operator, written))
        assert.include(problem?.[1], `found "${value}"; did you mean "${near}"?`)
      }
    }
  })

  it("POL-5 of a list each value is judged at its own place, and there is one", () => {
    const text = compared("status", "in", "[open, opn, closed, shut]")
    assert.deepStrictEqual(wrong(text).map(([column]) => column - 1), [text.indexOf("opn"), text.indexOf("shut")])
    const numbers = compared("price", "in", "[1, high, true]")
    assert.deepStrictEqual(wrong(numbers).map(([column]) => column - 1), [
      numbers.indexOf("high"),
      numbers.indexOf("true")
    ])
    const empty = compared("status", "in", "[]")
    assert.deepStrictEqual(wrong(empty).map(([column]) => column - 1), [empty.indexOf("[]")])
  })

  it("POL-5 a number is compared with numbers", () => {
    for (const value of ["high", "true", `"1,5"`]) assert.lengthOf(wrong(compared("price", "==", value)), 1)
    for (const value of ["1", `"1.5"`, "-3"]) assert.deepStrictEqual(wrong(compared("price", "==", value)), [])
  })

  it("POL-5 an order that is for nothing does not load", () => {
    const column = (order: string) => wrong(placed(order)).map(([at]) => placed(order).slice(at - 1).split(/[,} ]/)[0])
    for (const value of ["0", "-1", `"0"`, `"-0.5"`, `"0.000"`]) {
      assert.deepStrictEqual(column(`side: buy, type: limit, price: 0.5, size: ${value}`), [value])
      assert.deepStrictEqual(column(`side: buy, type: market, amount: ${value}`), [value])
    }
    assert.deepStrictEqual(column("side: sell, type: market, close: 0%"), ["0%"])
    for (const quantity of ["size: 0.01", `size: "5"`, `size: "{{ 0 }}"`]) {
      assert.deepStrictEqual(column(`side: buy, type: limit, price: 0.5, ${quantity}`), [])
    }
  })

  it("POL-5 a limit is a price between 0 and 1", () => {
    const price = (value: string) => wrong(placed(`side: buy, type: limit, price: ${value}, size: 1`))
    for (const value of ["0", "1", "1.5", "-0.1", "50", `"1.0"`]) assert.lengthOf(price(value), 1, value)
    for (const value of ["0.001", "0.999", `"0.5"`, `"{{ 2 }}"`]) assert.deepStrictEqual(price(value), [], value)
  })
})
