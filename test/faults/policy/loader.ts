/**
 * Loads every bomb, as `run` would, and prints what came of each: its name, the least CPU time in ms of as many times as asked for, and the first problem, if
 * it was refused. With `base` it loads a harmless file instead and prints the bytes that are in use then.
 */
import { Result } from "effect"
import * as Load from "../../../src/engine/policy/Load.ts"
import { bombs } from "./Bombs.ts"

const load = (text: string) =>
  Load.compileAll([{ file: "bomb.yaml", text }], { defaultSlippage: undefined, validFor: 2_000 })

const milliseconds = () => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Policies of the kinds that are there, so that nothing is compiled for the first time. */
for (let run = 0; run < 5; run++) load(bombs.find(([name]) => name === "policies")?.[1] ?? "")

if (process.argv.includes("base")) {
  globalThis.gc?.()
  process.stdout.write(String(process.memoryUsage().heapUsed))
} else {
  const times = Number(process.argv[2])
  for (const [name, text] of bombs) {
    let least = Number.POSITIVE_INFINITY
    let problem: string | undefined
    for (let run = 0; run < times; run++) {
      const from = milliseconds()
      const loaded = load(text)
      least = Math.min(least, milliseconds() - from)
      problem = Result.isFailure(loaded) ? String(loaded.failure[0]) : undefined
    }
    const isClean = Object.keys(Object.prototype).length === 0 && !("polluted" in {})
    process.stdout.write(`${JSON.stringify({ name, least, problem, isClean })}\n`)
  }
}
