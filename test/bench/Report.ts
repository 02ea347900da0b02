/** What a bench tells: rows of medians and their ratios, as an object or as a table. */

/** One thing measured. `ours`: the engine; `floor`: the least the task costs; `peer`: another program; `part`: a part of ours. */
export interface Row {
  readonly name: string
  readonly role: "ours" | "floor" | "peer" | "part"
  readonly perSecond?: number
  /** User and system time per operation. */
  readonly cpuMicros?: number
  readonly p50Micros?: number
  readonly p99Micros?: number
  /** What is kept in memory beyond the start. */
  readonly megabytes?: number
}

/** Everything one bench tells. Ratios are ours ÷ floor or peer, by what is compared. */
export interface Report {
  readonly name: string
  readonly rows: ReadonlyArray<Row>
  readonly ratios: Readonly<Record<string, number>>
}

/** The middle one of an odd number of values, of an even number the mean of the two. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** To three significant digits: benches are not more exact than that. */
export const rounded = (value: number): number => Number(value.toPrecision(3))

const columns = ["perSecond", "cpuMicros", "p50Micros", "p99Micros", "megabytes"] as const

/** The report as lines for people. */
export const table = ({ name, ratios, rows }: Report): string => {
  const told = columns.filter((column) => rows.some((row) => row[column] !== undefined))
  const cells = [
    [name, "role", ...told],
    ...rows.map((row) => [row.name, row.role, ...told.map((column) => row[column]?.toLocaleString("en-US") ?? "-")])
  ]
  const widths = (cells[0] as Array<string>).map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)))
  const lines = cells.map((line) =>
    line.map((cell, at) => at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)).join("  ")
  )
  const compared = Object.entries(ratios).map(([what, ratio]) => `${what} ${ratio}`).join(", ")
  return [...lines, `ratios: ${compared}`].join("\n")
}
