/** Mistakes that a policy file is never loaded with, each made at a place that a number chooses. */
import type { Random } from "./Grammar.ts"

/** Makes a mistake in a text; `undefined` when there is no place for it. */
export type Mistake = (text: string, random: Random) => string | undefined

/** Replaces one of the matches. */
const at = (pattern: RegExp, by: (match: RegExpExecArray) => string): Mistake => (text, random) => {
  const matches = [...text.matchAll(pattern)]
  const match = matches[random(matches.length)]
  if (match === undefined) return undefined
  return text.slice(0, match.index) + by(match) + text.slice(match.index + match[0].length)
}

/** Keys, values, names, kinds and syntax. */
export const mistakes: ReadonlyArray<readonly [string, Mistake]> = [
  ["a misspelt key", at(/\b(?:conditions|actions|operator|channel|template|cooldown|field):/g, ([key]) => `x${key}`)],
  ["a misspelt field", at(/(?<=field: )(\w)\w/g, ([, first]) => `${first}`)],
  ["an operator that is none", at(/(?<=operator: )"?[\w<>=]+"?/g, () => "above")],
  ["a text for a number", at(/(?<=value: )-?\d[\d.]*/g, () => "high")],
  ["an unknown name", at(/(?<=\{\{ )(?:event|policy|position)\.\w+/g, ([name]) => `${name}q`)],
  ["a kind of action that is none", at(/(?<=type: )(?:notification|order|webhook)/g, () => "notify")],
  ["a length of time that is none", at(/(?<=cooldown: )\d+[smhd]/g, ([span]) => `${span}x`)],
  ["an open bracket", at(/\n/g, () => "\n  [\n")],
  ["a tab", at(/(?<=\n) {2,}/g, () => "\t")],
  ["an id with blanks", at(/(?<=- id: )\w+/g, ([id]) => `${id} b`)],
  ["a policy twice", (text) => {
    const from = text.indexOf("  - id:")
    const next = text.slice(from + 1).search(/\n(?: {2}- id:|\S)/)
    const policy = next < 0 ? text.slice(from) : text.slice(from, from + next + 2)
    return `${text.slice(0, from)}${policy.trimEnd()}\n${text.slice(from)}`
  }],
  ["a token without quotes", at(/(?<=asset: )"[\w-]+:\w+"/g, () => "9".repeat(77))],
  ["a reference", at(/(?<=cooldown: )\d+[smhd]/g, ([span]) => `&span ${span}\n    name: *span`)]
]
