/** Expressions taken apart for explanations: what they read, and the two sides of a comparison. Each is taken apart once. */
import { Result } from "effect"
import { textOf } from "./ExplainWords.ts"
import type { Read } from "./Explanation.ts"
import * as Expression from "./Expression.ts"
import { vocabulary } from "./Scope.ts"
import type { Scope } from "./Scope.ts"
import * as Template from "./Template.ts"

/** An expression taken apart once: what it reads, and the two sides when it is one comparison. */
export interface Anatomy {
  readonly reads: ReadonlyArray<{ readonly name: string; readonly run: (scope: Scope) => Expression.Outcome }>
  readonly sides:
    | {
      readonly left: Expression.Compiled<Scope>
      readonly right: Expression.Compiled<Scope>
      readonly leftText: string
      readonly operator: string
    }
    | undefined
}

const anatomies = new WeakMap<object, Anatomy>()

/** The anatomy of a text, kept under `key`; `reads` says what it reads. */
const anatomyOf = (key: object, text: string, reads: () => ReadonlyArray<string>): Anatomy => {
  let anatomy = anatomies.get(key)
  if (anatomy === undefined) {
    anatomies.set(
      key,
      anatomy = {
        reads: [...new Set(reads())].flatMap((name) => {
          const compiled = Expression.compile<Scope>(name, vocabulary)
          return Result.isSuccess(compiled) ? [{ name, run: compiled.success.run }] : []
        }),
        sides: sidesOf(text)
      }
    )
  }
  return anatomy
}

const joints: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!="])

/** The sides of a text that is one comparison. */
const sidesOf = (text: string): Anatomy["sides"] => {
  const tokens = Expression.attempt(() => Expression.tokenize(text))
  if (Result.isFailure(tokens)) return undefined
  let depth = 0
  let joint: { readonly at: number; readonly text: string } | undefined
  for (const token of tokens.success) {
    if (token.kind === "symbol" && token.text === "(") depth++
    else if (token.kind === "symbol" && token.text === ")") depth--
    if (depth > 0) continue
    if (token.kind === "name" && ["and", "or", "not"].includes(token.text)) return undefined
    if (token.kind !== "symbol" || !joints.has(token.text)) continue
    if (joint !== undefined) return undefined
    joint = token
  }
  if (joint === undefined) return undefined
  const leftText = text.slice(0, joint.at).trim()
  const left = Expression.compile<Scope>(leftText, vocabulary)
  const right = Expression.compile<Scope>(text.slice(joint.at + joint.text.length).trim(), vocabulary)
  return Result.isSuccess(left) && Result.isSuccess(right)
    ? { left: left.success, right: right.success, leftText, operator: joint.text }
    : undefined
}

/** What a template of one expression reads, with the values of a moment. */
export const readsOf = (key: object, template: string, scope: Scope): ReadonlyArray<Read> =>
  valuesOf(
    anatomyOf(key, "", () => {
      const compiled = Template.compile<Scope>(template, vocabulary)
      return Result.isSuccess(compiled) ? compiled.success.reads : []
    }),
    scope
  )

/** What an expression reads, with the values of a moment. */
export const valuesOf = ({ reads }: Anatomy, scope: Scope): ReadonlyArray<Read> =>
  reads.map(({ name, run }) => {
    const value = textOf(run(scope))
    return value === undefined ? { name } : { name, value }
  })

/** An expression's anatomy, kept under `key`. */
export const ofExpression = (key: object, text: string): Anatomy =>
  anatomyOf(key, text, () => {
    const compiled = Expression.compile<Scope>(text, vocabulary)
    return Result.isSuccess(compiled) ? compiled.success.reads : []
  })
