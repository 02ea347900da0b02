/** Answers for people: rows as a table, single things as a list of names and values. Pure. */
import { oneLine } from "../domain/OneLine.ts"

type Row = Readonly<Record<string, unknown>>

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value)

/** A value in one line. */
const cell = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  if (Array.isArray(value)) {
    return value.every((one) => typeof one !== "object") ? oneLine(value.join(", ")) : `${value.length} rows`
  }
  return oneLine(typeof value === "object" ? JSON.stringify(value) : String(value))
}

const shorten = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)

const widest = 40

const numeric = /^-?\d+(?:\.\d+)?$/

/** A table of rows, cut to the width of the terminal: columns that do not fit are left out and named below. */
export const table = (rows: ReadonlyArray<unknown>, width: number): string => {
  if (rows.length === 0) return "nothing found"
  if (!rows.every(isRow)) return rows.map(cell).join("\n")
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    rows.some((row) => cell(row[name]) !== "")
  )
  const columns = names.map((name) => {
    const cells = rows.map((row) => shorten(cell(row[name]), widest))
    return {
      name,
      cells,
      width: Math.max(name.length, ...cells.map((text) => text.length)),
      isNumber: cells.every((text) => text === "" || numeric.test(text))
    }
  })
  const fitting: typeof columns = []
  let used = 0
  for (const column of columns) {
    if (fitting.length > 0 && used + column.width + 2 > width) continue
    fitting.push(column)
    used += column.width + 2
  }
  const line = (texts: ReadonlyArray<string>) =>
    texts.map((text, at) => {
      const column = fitting[at] as typeof columns[number]
      return column.isNumber ? text.padStart(column.width) : text.padEnd(column.width)
    }).join("  ").trimEnd()
  const left = columns.filter((column) => !fitting.includes(column)).map(({ name }) => name)
  return [
    line(fitting.map(({ name }) => name)),
    ...rows.map((_row, at) => line(fitting.map(({ cells }) => cells[at] ?? ""))),
    ...(left.length > 0 ? [`not shown: ${left.join(", ")} (--json has everything)`] : [])
  ].join("\n")
}

/** One thing: its fields, a line each. */
const fields = (row: Row): string => {
  const entries = Object.entries(row).filter(([, value]) => cell(value) !== "")
  const longest = Math.max(0, ...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(longest)}  ${cell(value)}`).join("\n")
}

/** An answer for people; `rows` are the rows of a page, when the answer is one. */
export const describe = (answer: unknown, rows: ReadonlyArray<unknown> | undefined, width: number): string => {
  if (rows !== undefined) return table(rows, width)
  if (Array.isArray(answer)) return table(answer, width)
  if (!isRow(answer)) return cell(answer)
  const [only, ...others] = Object.entries(answer)
  if (only !== undefined && others.length === 0 && Array.isArray(only[1])) return table(only[1], width)
  return fields(answer)
}
