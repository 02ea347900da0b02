import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Table from "../../src/cli/Table.ts"

const Cell = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean, Schema.Null, Schema.Array(Schema.String)])
const Rows = Schema.Array(Schema.Struct({ a: Cell, b: Schema.optionalKey(Cell), long_name: Schema.optionalKey(Cell) }))

describe("Table", () => {
  it.prop(
    "SEC-11 no line is wider than the terminal or forged by a value, and every row has its line",
    [Rows],
    ([rows]) => {
      const text = Table.describe(rows, undefined, 80)
      const lines = text.split("\n")
      if (rows.length === 0) return
      const shown = lines.filter((line) => !line.startsWith("not shown"))
      assert.isAtMost(shown.length, rows.length + 1)
      for (const line of shown) assert.isAtMost(line.length, 82)
      assert(!/[^\P{Cc}\n]|\p{Cf}/u.test(text))
    }
  )

  it("shows rows, pages, single things and bare values", () => {
    assert.strictEqual(
      Table.describe([{ id: "1", n: 5 }, { id: "22", n: 10 }], undefined, 80),
      "id   n\n 1   5\n22  10"
    )
    assert.strictEqual(Table.describe({ data: [{ id: "x" }] }, undefined, 80), "id\nx")
    assert.strictEqual(Table.describe({ id: "x", other: [1, 2] }, undefined, 80), "id     x\nother  1, 2")
    assert.strictEqual(Table.describe(5, undefined, 80), "5")
    assert.strictEqual(Table.describe([], undefined, 80), "nothing found")
    assert.strictEqual(Table.describe({ next: "c", rows: [{ a: 1 }] }, [{ a: 1 }], 80), "a\n1")
  })
})
