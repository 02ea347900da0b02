/** What the doctor found about one thing, and what to do about it. */

/** `unknown` is what could not be looked at. */
export type Level = "ok" | "warning" | "problem" | "unknown"

/** One line of the report. */
export interface Finding {
  readonly check: string
  readonly level: Level
  readonly detail: string
  /** What to do; absent when nothing is to be done. */
  readonly advice?: string
}

/** Makes one. */
export const finding = (check: string, level: Level, detail: string, advice?: string): Finding => ({
  check,
  level,
  detail,
  ...(advice === undefined ? {} : { advice })
})

const marks: Readonly<Record<Level, string>> = { ok: "ok", warning: "warning", problem: "PROBLEM", unknown: "unknown" }

/** The report for people. */
export const describe = (findings: ReadonlyArray<Finding>): string =>
  findings.flatMap(({ advice, check, detail, level }) => [
    `${marks[level].padEnd(8)} ${check.padEnd(16)} ${detail}`,
    ...(advice === undefined ? [] : [`${"".padEnd(26)}-> ${advice}`])
  ]).join("\n")
