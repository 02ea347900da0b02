import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { csvLine, scaled, write } from "../../src/cli/archive/ExportFile.ts"
import type { ExportColumn, ExportRow } from "../../src/engine/Export.ts"

const columns: ReadonlyArray<ExportColumn> = [
  { name: "time", kind: "time" },
  { name: "id", kind: "integer" },
  { name: "price", kind: "decimal" },
  { name: "name", kind: "text" }
]
const rows: ReadonlyArray<ExportRow> = [
  [1_800_000_000_000, 9_007_199_254_740_991n, "0.123456789012", "a"],
  [1_800_000_000_001, 2n, "-123456789012.5", "say \"hi\", twice\n"],
  [1_800_000_000_002, 3n, null, null]
]
const folder = () => mkdtempSync(join(tmpdir(), "polymarket-hft-export-"))

describe("ExportFile", () => {
  it.effect("Parquet keeps every digit, whole numbers beyond doubles, and what is absent", () =>
    Effect.gen(function*() {
      const path = join(folder(), "rows.parquet")
      const many = Array.from({ length: 60_000 }, (_, index): ExportRow => [index, BigInt(index), `${index}.5`, "x"])
      const count = yield* write(path, "parquet", columns, Stream.make(rows, many))
      assert.strictEqual(count, 60_003)
      const read = yield* Effect.promise(async () =>
        parquetReadObjects({ file: await asyncBufferFromFile(path), rowStart: 0, rowEnd: 3 })
      )
      assert.deepStrictEqual(read.map(({ id, name }) => [id, name]), [
        [9_007_199_254_740_991n, "a"],
        [2n, "say \"hi\", twice\n"],
        [3n, null]
      ])
      assert.strictEqual((read[0] as { readonly time: Date }).time.getTime(), 1_800_000_000_000)
      assert.strictEqual(scaled("0.123456789012"), 123_456_789_012n)
      assert.strictEqual(scaled("-123456789012.5"), -123_456_789_012_500_000_000_000n)
      assert.strictEqual((read[2] as { readonly price: number | null }).price, null)
      const all = yield* Effect.promise(async () => parquetReadObjects({ file: await asyncBufferFromFile(path) }))
      assert.strictEqual(all.length, 60_003)
      assert.strictEqual((all[60_002] as { readonly price: number }).price, 59_999.5)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("CSV quotes what has to be quoted", () =>
    Effect.gen(function*() {
      const path = join(folder(), "rows.csv")
      yield* write(path, "csv", columns, Stream.make(rows))
      const text = readFileSync(path, "utf8")
      assert.strictEqual(text, `time,id,price,name\r\n${rows.map((row) => csvLine(columns, row)).join("")}`)
      assert.include(text, "2027-01-15T08:00:00.001Z,2,-123456789012.5,\"say \"\"hi\"\", twice\n\"\r\n")
    }).pipe(Effect.provide(NodeServices.layer)))
})
