/**
 * Policy files made to cost more than they look, loaded in a process whose heap has room for 50 MB beside what the program itself needs. Each is refused
 * with its place or loads, and soon.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Load from "../../src/engine/policy/Load.ts"
import { bombs } from "./policy/Bombs.ts"

/** CPU time of one, ms: four times the promise, since other programs are at work beside. */
const longest = 800

/** What the heap may hold beside the program, MiB. */
const room = 50

/** Bombs that are harmless. */
const harmless = new Set([
  "conditions as deep as may be",
  "a byte order mark",
  "carriage returns and line ends",
  "lone surrogates",
  "comments",
  "policies",
  "a long list of values",
  "a long list of assets",
  "many stars",
  "a long list of conditions",
  "many events"
])

interface Told {
  readonly name: string
  readonly least: number
  readonly problem?: string
  readonly isClean: boolean
}

const run = (flags: ReadonlyArray<string>, args: ReadonlyArray<string>): string => {
  const file = new URL("policy/loader.ts", import.meta.url).pathname
  const child = spawnSync(process.execPath, [...flags, "--import", "tsx", file, ...args], { encoding: "utf8" })
  assert.strictEqual(child.status, 0, child.stderr.slice(-2_000))
  return child.stdout
}

describe("bombs in policy files", () => {
  it(`SEC-6 SEC-9 ${bombs.length} bombs are refused with their place or load, each in time`, () => {
    const told = run([], ["3"]).trim().split("\n").map((line) => JSON.parse(line) as Told)
    assert.strictEqual(told.length, bombs.length)
    for (const { isClean, least, name, problem } of told) {
      assert.isAtMost(least, longest, name)
      assert.isTrue(isClean, name)
      if (harmless.has(name)) assert.isUndefined(problem, name)
      else assert.match(problem ?? "", /^bomb\.yaml:\d+:\d+: [^\n]{1,401}$/, name)
    }
  })

  it(`SEC-6 no bomb needs more than ${room} MB beside what the program does`, () => {
    const base = Number(run(["--expose-gc"], ["base"])) / 2 ** 20
    const told = run([`--max-old-space-size=${Math.ceil(base) + room}`], ["1"]).trim().split("\n")
    assert.strictEqual(told.length, bombs.length)
  })

  it.live("SEC-6 a file of 256 KiB loads, and one of a byte more is refused unread", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "policies-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const options = { defaultSlippage: undefined, validFor: 2_000 }
      const write = (bytes: number) => {
        const text = "policies: []\n#"
        writeFileSync(join(folder, "a.yaml"), text + "a".repeat(bytes - text.length))
      }
      write(Load.maxBytes)
      assert.deepStrictEqual(yield* Load.loadFolder(folder, options), [])
      write(Load.maxBytes + 1)
      const error = yield* Effect.flip(Load.loadFolder(folder, options))
      assert.match(error.message, /a\.yaml:1:1: expected at most 262144 bytes, found 262145$/)
    }).pipe(Effect.provide(NodeServices.layer)))
})
