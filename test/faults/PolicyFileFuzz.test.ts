/**
 * Damaged policy files. Whatever stands in them, all policies of a folder load or none does, and what is wrong is told with file, line and column; what
 * has to be noticed is, by the loader of `run` and by `run` itself.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Load from "../../src/engine/policy/Load.ts"
import { testsOf } from "../../src/engine/policy/LoadTests.ts"
import type { PolicyProblem } from "../../src/engine/policy/PolicyText.ts"
import { folder, start } from "../e2e/Program.ts"
import type { Random } from "./policy/Grammar.ts"
import { mistakes } from "./policy/Mistakes.ts"
import { samples } from "./policy/Samples.ts"
import { randomOf, timed, wound } from "./Wounds.ts"

const seed = Number(process.env["FUZZ_SEED"] ?? 7)
const runs = Number(process.env["FUZZ_POLICIES"] ?? 20_000)

const options = { defaultSlippage: undefined, validFor: 2_000 }

/** What every object has to begin with. */
const inherited = Object.getOwnPropertyNames(Object.prototype)

/** A policy that is right, loaded beside. */
const good = {
  file: "good.yaml",
  text: `policies:
  - id: good
    conditions: { field: price, operator: ">", value: 1 }
    actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]
`
}

const scalars = [
  "null",
  "~",
  "{}",
  "[]",
  "-1",
  "1e400",
  ".nan",
  ".inf",
  "0x1F",
  "!!js/function x",
  "&a b",
  "*a",
  "2026-01-01"
]
const keys = ["__proto__", "constructor", "prototype", "<<", "? a", "toString", "policies", "id", "tests", "\u202e"]

/** A text with its lines moved, or one key or value replaced. */
const bend = (text: string, random: Random): string => {
  const lines = text.split("\n")
  const at = random(lines.length)
  const line = lines[at] as string
  switch (random(6)) {
    case 0:
      lines.splice(at, 1)
      break
    case 1:
      lines.splice(random(lines.length), 0, line)
      break
    case 2:
      lines[at] = " ".repeat(random(8)) + line.trimStart()
      break
    case 3:
      lines.splice(at, 1 + random(4), ...lines.slice(random(lines.length)).slice(0, random(5)))
      break
    case 4:
      lines[at] = line.replace(/:.*/, `: ${scalars[random(scalars.length)]}`)
      break
    default:
      lines[at] = line.replace(/[\w]+:/, `${keys[random(keys.length)]}:`)
  }
  return lines.join("\n")
}

/** Checks that every problem stands somewhere in its file. */
const haveTheirPlace = (problems: ReadonlyArray<PolicyProblem>, text: string): void => {
  const lines = text.split("\n")
  assert.isAbove(problems.length, 0)
  for (const { column, line, message } of problems) {
    const length = lines[line - 1]?.length ?? -1
    assert.isTrue(line >= 1 && line <= lines.length && column >= 1 && column <= length + 1, `${line}:${column} ${text}`)
    assert.match(message, /^[^\n]+$/)
  }
}

describe(`policy files under damage, seed ${seed}`, () => {
  it("are whole to begin with", () => {
    assert.isAtLeast(samples.length, 25)
    for (const text of samples) {
      assert.isTrue(Result.isSuccess(Load.compileAll([{ file: "a.yaml", text }], options)), text)
    }
  })

  it(`FUZ-4 SEC-6 SEC-9 ${runs} damaged files: all policies or none, every problem at its place`, () => {
    const random = randomOf(seed + 30)
    let loaded = 0
    let refused = 0
    for (let run = 0; run < runs; run++) {
      let text = samples[random(samples.length)] as string
      for (let count = random(2); count >= 0; count--) text = random(2) === 0 ? wound(text, random) : bend(text, random)
      const source = { file: "bad.yaml", text }
      timed(
        () => {
          const all = Load.compileAll([good, source], options)
          if (Result.isFailure(all)) {
            refused++
            assert.isTrue(all.failure.every(({ file }) => file === "bad.yaml"))
            haveTheirPlace(all.failure, text)
            return
          }
          loaded++
          const ids = all.success.map(({ id }) => id)
          assert.strictEqual(ids[0], "good")
          assert.strictEqual(new Set(ids).size, ids.length)
          const tests = testsOf(source, all.success)
          if (Result.isFailure(tests)) haveTheirPlace(tests.failure, text)
        },
        text,
        800
      )
    }
    assert.isAbove(loaded, runs / 40)
    assert.isAbove(refused, runs / 5)
    assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), inherited)
  })

  it.live("POL-5 500 files with a mistake each: the folder does not load, and every file that is wrong is told", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const random = randomOf(seed + 31)
      const made = new Map<string, number>()
      const next = (): readonly [string, string] => {
        while (true) {
          const [name, mistake] = mistakes[random(mistakes.length)] as typeof mistakes[number]
          const text = mistake(samples[random(samples.length)] as string, random)
          if (text !== undefined) return [name, text]
        }
      }
      for (let run = 0; run < 500; run++) {
        // Every other folder has a second one that is wrong, and all have one that is right.
        const wrong = run % 2 === 0 ? ["a.yaml"] : ["a.yaml", "c.yaml"]
        const texts = wrong.map(next)
        for (const [at, name] of wrong.entries()) writeFileSync(join(path, name), texts[at]?.[1] ?? "")
        writeFileSync(join(path, "b.yaml"), good.text)
        if (wrong.length === 1) writeFileSync(join(path, "c.yaml"), "policies: []\n")
        const told = texts.map(([name, text]) => `${name}:\n${text}`).join("\n")
        const error = yield* Load.loadFolder(path, options).pipe(
          Effect.flip,
          Effect.catch(() => Effect.die(new Error(`loads with ${told}`)))
        )
        if (error._tag !== "PolicyLoadError") return assert.fail(`${error._tag} of ${told}`)
        assert.deepStrictEqual(
          [...new Set(error.problems.map(({ file }) => file))].sort(),
          wrong.map((name) => join(path, name)),
          told
        )
        for (const line of error.message.split("\n")) assert.match(line, /\.yaml:\d+:\d+: \S/)
        for (const [name] of texts) made.set(name, (made.get(name) ?? 0) + 1)
      }
      assert.strictEqual(made.size, mistakes.length)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live(
    "POL-5 run ends with 65 and tells every mistake with its place, and trades nothing",
    () =>
      Effect.gen(function*() {
        const random = randomOf(seed + 32)
        for (let index = 0; index < 5; index++) {
          yield* Effect.gen(function*() {
            const path = yield* folder
            const chosen = [0, 1, 2].map((part) =>
              mistakes[(index + part * 5) % mistakes.length] as typeof mistakes[number]
            )
            const names = chosen.flatMap(([, mistake], at) => {
              const text = samples.map((sample) => mistake(sample, random)).find((one) => one !== undefined)
              writeFileSync(join(path, `${at}.yaml`), text ?? "- 1")
              return [`${at}.yaml`]
            })
            const program = yield* start("run", "--sim", "--data", join(path, "data"), "--policies", path)
            assert.strictEqual(yield* program.exit(), 65, program.stderr())
            for (const name of names) assert.match(program.stderr(), new RegExp(`/${name}:\\d+:\\d+: \\S`))
            assert.notInclude(program.stderr(), "following")
          }).pipe(Effect.scoped)
        }
      }),
    120_000
  )
})
