/** Reads the venue data kept beside the project; absent in a bare checkout, where tests that need it are skipped. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"

const folder = fileURLToPath(new URL("../../../shared/polymarket/", import.meta.url))

/** True when the folder is there; with `CI=true` it has to be. */
export const isPresent: boolean = existsSync(folder)

if (!isPresent && process.env["CI"] === "true") throw new Error(`expected venue data in ${folder}`)

/** Where a file lies. */
export const path = (name: string): string => folder + name

/** The text of a file, gunzipped when its name ends in ".gz". */
export const text = (name: string): string => {
  const bytes = readFileSync(folder + name)
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

/** The parsed JSON of a file. */
export const json = (name: string): unknown => JSON.parse(text(name))
