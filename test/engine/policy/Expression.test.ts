import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Fixed from "../../../src/domain/Fixed.ts"
import * as Expression from "../../../src/engine/policy/Expression.ts"
import * as Template from "../../../src/engine/policy/Template.ts"

type Scope = { readonly x: Fixed.Fixed | undefined; readonly name: string }

const vocabulary: Expression.Vocabulary<Scope> = {
  variable: (path) =>
    path === "x"
      ? { kind: "number", run: (scope) => scope.x }
      : path === "name"
      ? { kind: "text", run: (scope) => scope.name }
      : undefined,
  lookUp: (
    field,
    asset
  ) => (field === "ask" && asset !== undefined ? { kind: "number", run: () => Fixed.one / 2n } : undefined),
  names: ["x", "name", "ask"]
}

const scope: Scope = { x: Fixed.fromText("0.57") ?? 0n, name: "Yes" }

const evaluate = (text: string, given: Scope = scope) => {
  const compiled = Expression.compile(text, vocabulary)
  if (Result.isFailure(compiled)) throw new Error(`${compiled.failure.at}: ${compiled.failure.message}`)
  const value = compiled.success.run(given)
  return typeof value === "bigint" ? Fixed.toDecimal(value) : value
}

const render = (text: string, given: Scope = scope) =>
  Result.getOrThrow(Template.compile(text, vocabulary)).render(given)

/** A tree whose text and value are both known. */
type Tree =
  | { readonly n: number }
  | { readonly operator: "+" | "-" | "*"; readonly left: Tree; readonly right: Tree }

const Tree: Schema.Codec<Tree> = Schema.suspend(() =>
  Schema.Union([
    Schema.Struct({ n: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })) }),
    Schema.Struct({ operator: Schema.Literals(["+", "-", "*"]), left: Tree, right: Tree })
  ])
)

const textOf = (
  tree: Tree
): string => ("n" in tree ? String(tree.n) : `(${textOf(tree.left)} ${tree.operator} ${textOf(tree.right)})`)

const valueOf = (tree: Tree): bigint => {
  if ("n" in tree) return BigInt(tree.n)
  const [a, b] = [valueOf(tree.left), valueOf(tree.right)]
  return tree.operator === "+" ? a + b : tree.operator === "-" ? a - b : a * b
}

describe("Expression", () => {
  it.prop("computes what integers compute", [Tree], ([tree]) => {
    const text = textOf(tree)
    const compiled = Expression.compile(text, vocabulary)
    if (Result.isFailure(compiled)) return assert(text.length > 100, compiled.failure.message)
    assert.strictEqual(evaluate(text), valueOf(tree).toString())
  })

  it("binds as people expect, exactly", () => {
    assert.strictEqual(evaluate("1 + 2 * 3 - 4 / 2"), "5")
    assert.strictEqual(evaluate("-2 * -3"), "6")
    assert.strictEqual(evaluate("x * 0.99"), "0.5643")
    assert.strictEqual(evaluate("not 1 > 2 and 2 >= 2 or false"), true)
    assert.strictEqual(evaluate("if(name == 'Yes', ask('a:No'), 0) + 0.25"), "0.75")
    assert.strictEqual(evaluate("round(2.345, 2) + max(1, 3, 2) + abs(0 - 1) + floor(1.9) + ceil(1.1)"), "9.35")
    assert.strictEqual(evaluate("7 % 4"), "3")
  })

  it("what is unknown stays unknown unless it does not matter", () => {
    const blind: Scope = { x: undefined, name: "" }
    assert.strictEqual(evaluate("x + 1", blind), undefined)
    assert.strictEqual(evaluate("x > 1 or 2 > 1", blind), true)
    assert.strictEqual(evaluate("x > 1 and 1 > 2", blind), false)
    assert.strictEqual(evaluate("x > 1 and 2 > 1", blind), undefined)
    assert.strictEqual(evaluate("1 / 0"), undefined)
  })

  it("SEC-5 refuses what it does not know, with the place, and suggests the nearest name", () => {
    const refused: ReadonlyArray<readonly [string, number]> = [
      ["constructor", 0],
      ["x.constructor", 0],
      ["x.__proto__ + 1", 0],
      ["toString()", 0],
      ["1 + nam", 4],
      ["1 +", 3],
      ["(1", 2],
      ["1 2", 2],
      ["name + 1", 5],
      ["1 < 'a'", 2],
      ["if(1, 2, 3)", 0],
      ["1 ; 2", 2],
      [`${"(".repeat(40)}1${")".repeat(40)}`, 32]
    ]
    for (const [text, at] of refused) {
      const compiled = Expression.compile(text, vocabulary)
      assert(Result.isFailure(compiled), text)
      assert.strictEqual(compiled.failure.at, at, text)
    }
    const slip = Expression.compile("nmae == 'Yes'", vocabulary)
    assert(Result.isFailure(slip) && slip.failure.message.includes("\"name\""))
  })

  it.prop("FUZ-3 any text is refused or compiled, and never throws", [Schema.String], ([text]) => {
    const compiled = Expression.compile(text, vocabulary)
    if (Result.isSuccess(compiled)) compiled.success.run(scope)
    Template.compile(`{{${text}}}`, vocabulary)
  })
})

describe("Template", () => {
  it("fills in text, with filters", () => {
    assert.strictEqual(render("{{ name }} at {{ x | round: 3 }}"), "Yes at 0.570")
    assert.strictEqual(
      render("{{ x * 1000000 | usd }} {{ x | percent }} {{ name | upper | truncate: 2 }}"),
      "$570,000.00 57.00% YE"
    )
    assert.strictEqual(render("{{ 1790766966313 | date }}"), "2026-09-30 11:16:06")
    assert.strictEqual(render("no braces"), "no braces")
  })

  it("shows what is unknown as such, or as the default", () => {
    assert.strictEqual(render("{{ x }} {{ x | default: 0 }} {{ x | round: 2 }}", { x: undefined, name: "" }), "? 0 ?")
  })

  it("a text that is one expression keeps its kind", () => {
    assert.strictEqual(Result.getOrThrow(Template.compile("{{ x }}", vocabulary)).single?.kind, "number")
    assert.strictEqual(Result.getOrThrow(Template.compile("{{ x }} ", vocabulary)).single, undefined)
  })
})
