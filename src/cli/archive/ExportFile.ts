/** Writes exported rows into a file: CSV for everybody, Parquet with exact decimals for DuckDB, pandas and the like. */
import { Effect, FileSystem, Stream } from "effect"
import type { ExportColumn, ExportRow } from "../../engine/Export.ts"

/** Formats by the end of a file's name. */
export type Format = "csv" | "parquet"

/** Digits and decimals of a decimal column: numeric(20,8) and what rates need beyond. */
const precision = 38
const scale = 12

const quoted = (value: string | number | bigint | null, kind: ExportColumn["kind"]): string => {
  if (value === null) return ""
  const text = kind === "time" ? new Date(Number(value)).toISOString() : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text
}

/** A row as a line of CSV (RFC 4180), times as ISO texts. */
export const csvLine = (columns: ReadonlyArray<ExportColumn>, row: ExportRow): string =>
  `${row.map((value, index) => quoted(value, (columns[index] as ExportColumn).kind)).join(",")}\r\n`

/** Digits of a decimal text as a whole number of `scale` decimals; digits beyond are cut. */
export const scaled = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".")
  const digits = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0"))
  return text.startsWith("-") ? -digits : digits
}

const parquetElement = ({ kind, name }: ExportColumn) => {
  const repetition_type = "OPTIONAL" as const
  switch (kind) {
    case "time":
      return { name, type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type } as const
    case "integer":
      return { name, type: "INT64", repetition_type } as const
    case "decimal":
      return {
        name,
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: 16,
        converted_type: "DECIMAL",
        precision,
        scale,
        repetition_type
      } as const
    case "text":
      return { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type } as const
  }
}

const parquetValue = (value: ExportRow[number], kind: ExportColumn["kind"]) => {
  if (value === null) return undefined
  switch (kind) {
    case "time":
    case "integer":
      return BigInt(value)
    case "decimal":
      return scaled(String(value))
    case "text":
      return String(value)
  }
}

/** Rows of one row group. */
const rowGroup = 50_000

/** Writes all rows and says how many there were. */
export const write = <E>(
  path: string,
  format: Format,
  columns: ReadonlyArray<ExportColumn>,
  rows: Stream.Stream<ReadonlyArray<ExportRow>, E>
) => format === "csv" ? writeCsv(path, columns, rows) : writeParquet(path, columns, rows)

const writeCsv = <E>(
  path: string,
  columns: ReadonlyArray<ExportColumn>,
  rows: Stream.Stream<ReadonlyArray<ExportRow>, E>
) =>
  Effect.scoped(Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const file = yield* files.open(path, { flag: "w" })
    const encoder = new TextEncoder()
    let count = 0
    yield* file.writeAll(encoder.encode(`${columns.map(({ name }) => name).join(",")}\r\n`))
    yield* Stream.runForEach(rows, (chunk) => {
      count += chunk.length
      return file.writeAll(encoder.encode(chunk.map((row) => csvLine(columns, row)).join("")))
    })
    return count
  }))

const writeParquet = <E>(
  path: string,
  columns: ReadonlyArray<ExportColumn>,
  rows: Stream.Stream<ReadonlyArray<ExportRow>, E>
) =>
  Effect.gen(function*() {
    const { fileWriter } = yield* Effect.promise(() => import("hyparquet-writer"))
    const { ParquetWriter } = yield* Effect.promise(() => import("hyparquet-writer"))
    const writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: "root", num_children: columns.length }, ...columns.map(parquetElement)]
    })
    let waiting: Array<ExportRow> = []
    let count = 0
    const flush = Effect.promise(async () => {
      if (waiting.length === 0) return
      const group = waiting
      waiting = []
      await writer.write({
        columnData: columns.map(({ kind, name }, index) => ({
          name,
          data: group.map((row) => parquetValue(row[index] ?? null, kind))
        })),
        rowGroupSize: rowGroup
      })
    })
    yield* Stream.runForEach(rows, (chunk) => {
      count += chunk.length
      waiting.push(...chunk)
      return waiting.length >= rowGroup ? flush : Effect.void
    })
    yield* flush
    yield* Effect.promise(async () => writer.finish())
    return count
  })
