import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { vectors } from "../../../conformance/Vectors.ts"

const file = new URL("../../../../../shared/polymarket/vectors.json", import.meta.url)

describe("golden vectors of the official client", () => {
  it.effect.skipIf(!existsSync(file) && process.env["CI"] !== "true")(
    "every one is reproduced",
    () =>
      Effect.sync(() => {
        const checks = vectors(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)
        assert.isAbove(checks.length, 100)
        for (const check of checks) assert.isUndefined(check.run(), check.name)
      })
  )
})
