/** `npm run bench -- NAME [--json]`: runs a bench and prints its report, with `--json` as one object. */
import { Effect } from "effect"
import process from "node:process"
import { archive } from "./Archive.ts"
import { ingest } from "./Ingest.ts"
import { policy } from "./Policy.ts"
import { policyMemory } from "./PolicyMemory.ts"
import { type Report, table } from "./Report.ts"
import { sign } from "./Sign.ts"
import { simulator } from "./Simulator.ts"
import { state } from "./State.ts"

const benches: Readonly<Record<string, Effect.Effect<Report>>> = {
  archive,
  ingest,
  policy,
  "policy-memory": policyMemory,
  sign,
  simulator,
  state
}

const args = process.argv.slice(2)
const [name = "", ...more] = args.filter((arg) => arg !== "--json")
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined

if (bench === undefined || more.length > 0) {
  process.stderr.write(`expected one of: ${Object.keys(benches).join(", ")}\n`)
  process.exitCode = 2
} else {
  const report = await Effect.runPromise(bench)
  process.stdout.write(`${args.includes("--json") ? JSON.stringify(report) : table(report)}\n`)
}
