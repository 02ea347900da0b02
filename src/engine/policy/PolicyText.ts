/**
 * The text of policy files: parsed as strict YAML, which JSON is too, and every place in it found again by line and column. What a text may cost is
 * bounded before anything is built of it: how many words and symbols it has, and how deep they are nested.
 */
import { Result, Schema } from "effect"
import * as YAML from "yaml"
import * as Decimal from "../../domain/Decimal.ts"
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

/** A text that is YAML. */
export interface PolicyText {
  readonly value: unknown
  /** Where a problem stands in the text. */
  readonly place: (problem: Problem) => PolicyProblem
}

/** Most words and symbols of a file, its spaces and line ends included: some 800 policies of a line each. */
export const maxWords = 64_000

/** Most things that are inside each other. */
export const maxDepth = 64

/** Most problems of one file that are told. */
export const maxProblems = 200

const longestMessage = 400

/** Parses a text, or says where it is no YAML. */
export const parse = (source: Source): Result.Result<PolicyText, ReadonlyArray<PolicyProblem>> => {
  const starts = startsOf(source.text)
  const at = (offset: number, message: string) => {
    const line = starts.findLastIndex((start) => start <= offset)
    return new PolicyProblem({
      file: source.file,
      line: line + 1,
      column: offset - (starts[line] ?? 0) + 1,
      message: oneLine(message)
    })
  }
  const tokens = tokensOf(source.text)
  if (Result.isFailure(tokens)) return Result.fail([at(tokens.failure.offset, tokens.failure.message)])
  const { complaints, document } = composed(tokens.success, source.text.length)
  const remarks = complaints.length > 0 ? complaints : oddities(document)
  if (remarks.length > 0) {
    return Result.fail(withinReason(remarks).map(({ message, offset }) => at(offset, message)))
  }
  keepDecimals(document)
  return Result.succeed({
    value: document.toJS({ maxAliasCount: 0 }) as unknown,
    place: (problem) => at(offsetOf(document, problem), problem.message)
  })
}

/** Offsets at which lines begin. The parser's own count of them misses some where a text is no YAML. */
const startsOf = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return starts
}

/** A message as one line that nobody can forge, with no more than a piece of what stands in the file. */
const oneLine = (message: string): string => {
  const plain = message.slice(0, longestMessage).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
  return message.length > longestMessage ? `${plain}…` : plain
}

/** The first problems of a file, and a last one that says that there are more. */
export const withinReason = <A extends { readonly message: string }>(problems: ReadonlyArray<A>): ReadonlyArray<A> => {
  const next = problems[maxProblems]
  return next === undefined ? problems : [...problems.slice(0, maxProblems), { ...next, message: "and more problems" }]
}

/** Something about a text that is at an offset of it. */
interface Remark {
  readonly offset: number
  readonly message: string
}

/** What the text is put together from, once it is known not to be too much. */
const tokensOf = (text: string): Result.Result<ReadonlyArray<YAML.CST.Token>, Remark> => {
  const words: Array<string> = []
  for (const word of new YAML.Lexer().lex(text)) {
    words.push(word)
    if (words.length <= maxWords) continue
    const message = `expected at most ${maxWords} words and symbols: share the policies out over several files`
    return Result.fail({ offset: 0, message })
  }
  const parser = new YAML.Parser()
  const tokens: Array<YAML.CST.Token> = []
  let references = 0
  for (const word of words) {
    // No text begins with these: it stands in quotes, or behind its indentation.
    if (/^[*&]/.test(word) && ++references > maxProblems) {
      return Result.fail({
        offset: parser.offset,
        message: `expected no anchors and references, found more than ${maxProblems}`
      })
    }
    tokens.push(...parser.next(word))
    if (parser.stack.length <= maxDepth) continue
    return Result.fail({ offset: parser.offset, message: `expected at most ${maxDepth} levels` })
  }
  tokens.push(...parser.end())
  return Result.succeed(tokens)
}

/** The document of a text with what is wrong in it; a second one is wrong too. Keys are compared by `oddities`, which is linear. */
const composed = (
  tokens: ReadonlyArray<YAML.CST.Token>,
  end: number
): { readonly document: YAML.Document; readonly complaints: ReadonlyArray<Remark> } => {
  const complaints: Array<Remark> = []
  const composer = new YAML.Composer({ strict: true, uniqueKeys: false, prettyErrors: false, logLevel: "error" })
  // It would make an error with a stack of each, and there may be as many as words.
  Reflect.set(composer, "onError", (source: unknown, _code: string, message: string) => {
    if (complaints.length <= maxProblems) complaints.push({ offset: offsetIn(source), message })
  })
  const [document, second] = composer.compose(tokens, true, end)
  if (second !== undefined) complaints.push({ offset: second.range[0], message: "expected one document, found more" })
  const { errors, warnings } = document as YAML.Document.Parsed
  for (const { message, pos } of [...errors, ...warnings]) complaints.push({ offset: pos[0], message })
  return { document: document as YAML.Document, complaints: complaints.toSorted((a, b) => a.offset - b.offset) }
}

/** Where a complaint of the parser stands: an offset, a range, or something that has one. */
const offsetIn = (source: unknown): number => {
  if (typeof source === "number") return source
  if (typeof source !== "object" || source === null) return 0
  const offset: unknown = Array.isArray(source) ? source[0] : Reflect.get(source, "offset")
  return typeof offset === "number" ? offset : 0
}

/** What YAML allows and policies do not: another version of it, references, and keys that are no text, are there twice or mean something to JavaScript. */
const oddities = (document: YAML.Document): ReadonlyArray<Remark> => {
  const remarks: Array<Remark> = []
  const version = document.directives?.yaml.version
  if (version !== "1.2") remarks.push({ offset: 0, message: `expected YAML 1.2, found ${version}` })
  const remark = (node: unknown, message: string) =>
    remarks.push({ offset: YAML.isNode(node) ? node.range?.[0] ?? 0 : 0, message })
  YAML.visit(document, {
    Alias: (_, alias) => {
      remark(alias, "expected no reference: write it out")
    },
    Map: (_, { items }) => {
      const known = new Set<string>()
      for (const { key } of items) {
        if (!YAML.isScalar(key)) remark(key, "expected text as a key")
        else if (key.value === "__proto__") remark(key, "expected another key")
        else if (known.has(String(key.value))) remark(key, "expected a key of its own: this one is there already")
        else known.add(String(key.value))
      }
    }
  })
  return remarks
}

/** Numbers that doubles do not hold stay the text that they are written as; those of ids stay numbers, so that they are found to lack their quotes. */
const keepDecimals = (document: YAML.Document): void => {
  YAML.visit(document, {
    Scalar: (_, scalar, path) => {
      const { source, value } = scalar
      if (typeof value !== "number" || source === undefined || !/^-?\d+(?:\.\d+)?$/.test(source)) return
      const pair = path.findLast((node) => YAML.isPair(node))
      if (YAML.isPair(pair) && YAML.isScalar(pair.key) && idKeys.has(String(pair.key.value))) return
      if (Decimal.fromText(source) !== Decimal.fromText(String(value))) scalar.value = source
    }
  })
}

const idKeys: ReadonlySet<string> = new Set(["asset", "market", "order_id", "id"])

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
