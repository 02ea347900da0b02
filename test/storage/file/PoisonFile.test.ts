import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Poison } from "../../../src/engine/Poison.ts"
import * as PoisonFile from "../../../src/storage/file/PoisonFile.ts"
import { prices } from "../../suites/arbitraryEvents.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

describe("PoisonFile", () => {
  it.effect("ARC-7 keeps events whole, a line each, with the reason", () =>
    Effect.gen(function*() {
      const folder = join(temporaryFolder(), "poison")
      const all = prices(3).map((event) => ({ ...event, source: "a\0\ud800\n" }))
      yield* Effect.gen(function*() {
        const poison = yield* Poison
        for (const event of all) yield* poison.keep(event, "bad")
        assert.strictEqual((yield* poison.kept).length, 3)
      }).pipe(Effect.provide(PoisonFile.layer(folder)))
      const [name = ""] = readdirSync(folder)
      const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n")
      assert.deepStrictEqual(lines.map((line) => JSON.parse(line)), all.map((event) => ({ reason: "bad", event })))
    }))

  it.effect("says when it cannot", () =>
    Effect.gen(function*() {
      const parent = temporaryFolder()
      mkdirSync(join(parent, "a"))
      writeFileSync(join(parent, "a", "poison"), "a file")
      const poison = yield* Poison.pipe(Effect.provide(PoisonFile.layer(join(parent, "a", "poison"))))
      const failure = yield* Effect.flip(poison.keep(prices(1)[0] ?? assert.fail("no event"), "bad"))
      assert.strictEqual(failure.reason._tag, "Unavailable")
    }))
})
