/**
 * `npm run conformance -- DIR`: runs a folder of vectors.json, payloads/ and recordings/ through the public API, names what fails, and ends with
 * `N passed, N failed`. A file that it does not recognise fails by name. Exit code 1 on failures, 2 without a folder.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Check } from "./Check.ts"
import { payload, read } from "./Payloads.ts"
import { recording } from "./Recordings.ts"
import { vectors } from "./Vectors.ts"

const folder = process.argv[2]
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write("usage: npm run conformance -- DIR, a folder with vectors.json, payloads/ or recordings/\n")
  process.exit(2)
}

const leftOut = new Map<string, ReadonlySet<string>>()

const filesOf = (name: string): ReadonlyArray<string> => {
  const path = join(folder, name)
  return existsSync(path)
    ? readdirSync(path).filter((file) => file !== "README.md").sort().map((file) => join(path, file))
    : []
}

const vectorFile = join(folder, "vectors.json")
const checks: ReadonlyArray<Check> = [
  ...(existsSync(vectorFile) ? vectors(JSON.parse(read(vectorFile)) as Record<string, unknown>) : []),
  ...filesOf("payloads").map((path) => payload(path, leftOut)),
  ...filesOf("recordings").filter((path) => !path.endsWith(".expected.json") && !path.endsWith(".markets.json"))
    .flatMap(recording)
]

const outcome = (check: Check): string | undefined => {
  try {
    return check.run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

let failed = 0
for (const check of checks) {
  const problem = outcome(check)
  if (problem === undefined) continue
  failed++
  process.stdout.write(`FAILED ${check.name}: ${problem}\n`)
}
for (const [name, keys] of leftOut) {
  if (keys.size > 0) process.stdout.write(`left out of ${name}: ${[...keys].sort().join(" ")}\n`)
}
process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
