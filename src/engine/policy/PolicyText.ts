/** The text of policy files: parsed as strict YAML, which JSON is too, and every place in it found again by line and column. */
import { Result, Schema } from "effect"
import * as YAML from "yaml"
import type { Problem } from "./Compile.ts"

/** One thing wrong with a policy file; line and column count from 1. */
export class PolicyProblem extends Schema.TaggedClass<PolicyProblem>()("PolicyProblem", {
  file: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  message: Schema.String
}) {
  override toString(): string {
    return `${this.file}:${this.line}:${this.column}: ${this.message}`
  }
}

/** The text of a policy file. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** Parses a text, or says where it is no YAML. */
export const parse = (source: Source) => {
  const counter = new YAML.LineCounter()
  const document = YAML.parseDocument(source.text, { strict: true, lineCounter: counter, prettyErrors: false })
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) {
    return Result.fail(complaints.map((complaint) => {
      const { col, line } = counter.linePos(complaint.pos[0])
      return new PolicyProblem({ file: source.file, line, column: col, message: complaint.message })
    }))
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 })
    return Result.succeed({ document, value })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return Result.fail([new PolicyProblem({ file: source.file, line: 1, column: 1, message })])
  }
}

/** Finds the places of a text. */
export const placer = (source: Source) => {
  const counter = new YAML.LineCounter()
  YAML.parseDocument(source.text, { lineCounter: counter, prettyErrors: false })
  return (document: YAML.Document, problem: Problem): PolicyProblem => {
    const { col, line } = counter.linePos(offsetOf(document, problem))
    return new PolicyProblem({ file: source.file, line, column: col, message: problem.message })
  }
}

/** Where the value at a path stands in the text; the nearest thing around it when the value is missing. */
const offsetOf = (document: YAML.Document, { isKey, path }: Problem): number => {
  const around: unknown = isKey === true ? document.getIn(path.slice(0, -1), true) : undefined
  if (YAML.isMap(around)) {
    const pair = around.items.find(({ key }) => YAML.isScalar(key) && key.value === path[path.length - 1])
    if (YAML.isNode(pair?.key) && pair.key.range) return pair.key.range[0]
  }
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (YAML.isNode(node) && node.range) return node.range[0]
  }
  return 0
}
