/** `archive export`: a table into a file. */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Export } from "../../engine/Export.ts"
import * as ArchiveClient from "../ArchiveClient.ts"
import { asking, find, from, outcome, timeOf, to, usage } from "./Asking.ts"

/** A table into a file. */
export const exportCommand = Command.make(
  "export",
  {
    table: Argument.String("table").pipe(
      Argument.withDescription("prices, trades, book_snapshots, book_deltas, candles_1m, …")
    ),
    file: Argument.String("file").pipe(Argument.withDescription("File to write, ending in .csv or .parquet")),
    asset: Flag.String("asset").pipe(Flag.withDescription("Only this asset (id, slug or condition id)"), Flag.optional),
    from: from("3650d"),
    to,
    outcome,
    ...ArchiveClient.flags
  },
  Effect.fn(function*(given) {
    const ExportFile = yield* Effect.promise(() => import("./ExportFile.ts"))
    const format = given.file.endsWith(".parquet") ? "parquet" : given.file.endsWith(".csv") ? "csv" : undefined
    if (format === undefined) return yield* usage(`expected a file ending in .csv or .parquet, found ${given.file}`)
    const [begin, end] = [yield* timeOf(given.from), yield* timeOf(given.to)]
    const count = yield* asking(
      given,
      Effect.gen(function*() {
        const source = yield* Export
        const columns = source.tables.get(given.table)
        if (columns === undefined) {
          return yield* usage(`expected one of ${[...source.tables.keys()].join(", ")}, found ${given.table}`)
        }
        const assetId = Option.isNone(given.asset) ? undefined : (yield* find(given.asset.value, given.outcome)).assetId
        const wish = { table: given.table, from: begin, to: end, ...(assetId === undefined ? {} : { assetId }) }
        return yield* ExportFile.write(given.file, format, columns, source.rows(wish))
      })
    )
    yield* Console.error(`${count} rows in ${given.file}`)
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Writes a table into a CSV or Parquet file, for DuckDB, pandas or a spreadsheet. Parquet decimals are exact."
  ),
  Command.withExamples([{ command: "archive export prices prices.parquet --from 7d" }])
)
