import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { fileOf, kinds, templates } from "../../../src/cli/policy/Templates.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import * as LoadTests from "../../../src/engine/policy/LoadTests.ts"
import * as PolicyTests from "../../../src/engine/policy/PolicyTests.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

const sourceOf = (kind: typeof kinds[number]) => ({ file: `${kind}.yaml`, text: fileOf(kind) })

describe("policy new", () => {
  it.each(kinds)("%s passes its own tests, some of which fire and some of which stay silent", (kind) => {
    const source = sourceOf(kind)
    const compile = () => Result.getOrThrowWith(Load.compileAll([source], options), String)
    const tests = Result.getOrThrowWith(LoadTests.testsOf(source, compile()), String)
    const outcomes = tests.map(({ test }) =>
      PolicyTests.run(test, compile(), { runaway: 10, recording: () => Result.fail("") })
    )
    assert.deepStrictEqual(outcomes.flatMap(({ lines }) => lines), [])
    assert.sameMembers([...new Set(outcomes.map(({ firings }) => firings.length > 0))], [true, false])
  })

  it("what it writes is what the guide shows", () => {
    const guide = readFileSync("docs/policies.md", "utf8")
    for (const kind of kinds) assert.include(guide, `\`\`\`yaml\n${templates[kind].text}\`\`\``, kind)
  })

  it("all of them load together", () => {
    assert.isTrue(Result.isSuccess(Load.compileAll(kinds.map(sourceOf), options)))
  })
})
