/**
 * Text with `{{ expression | filter: argument }}` in it, compiled once. A text that is one expression keeps its kind; anything
 * else is text. An unknown value shows as "?" unless a `default` filter says otherwise.
 */
import type { Result } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { attempt, ExpressionError, Parser, tokenize } from "./Expression.ts"
import type { Compiled, Outcome, Variable, Vocabulary } from "./Expression.ts"
import { nearest } from "./Nearest.ts"

/** Text ready to be filled in. */
export interface Template<S> {
  /** The filled-in text; `escape` is for where it will stand, and what was written by hand is left as it is. */
  readonly render: (scope: S, escape?: (text: string) => string) => string
  /** The value, when the whole text is one expression. */
  readonly single: Compiled<S> | undefined
  /** Everything its expressions read: names, and look-ups as `field('asset')`. */
  readonly reads: ReadonlyArray<string>
}

const longest = 16_384

const opening = "{{"
const closing = "}}"

/** Compiles a text; an error's `at` is the offset in the text. */
export const compile = <S>(text: string, vocabulary: Vocabulary<S>): Result.Result<Template<S>, ExpressionError> =>
  attempt(() => {
    if (text.length > longest) {
      throw new ExpressionError({
        at: longest,
        message: `expected a text of at most ${longest} characters, found ${text.length}`
      })
    }
    const parts: Array<string | Compiled<S>> = []
    let at = 0
    while (true) {
      const start = text.indexOf(opening, at)
      if (start < 0) break
      const end = text.indexOf(closing, start)
      if (end < 0) throw new ExpressionError({ at: start, message: "expected \"}}\" after \"{{\"" })
      if (start > at) parts.push(text.slice(at, start))
      parts.push(placeholder(text.slice(start + 2, end), start + 2, vocabulary))
      at = end + 2
    }
    if (at < text.length) parts.push(text.slice(at))
    return templateOf(parts)
  })

/** A template of its parts. Keeps nothing of its compilation: there are as many as policies. */
const templateOf = <S>(parts: ReadonlyArray<string | Compiled<S>>): Template<S> => {
  const [first] = parts
  return {
    render: (scope, escape = asItIs) =>
      parts.map((part) => (typeof part === "string" ? part : escape(show(part.run(scope))))).join(""),
    single: parts.length === 1 && typeof first === "object" ? first : undefined,
    reads: parts.flatMap((part) => (typeof part === "string" ? [] : part.reads))
  }
}

const asItIs = (text: string): string => text

const placeholder = <S>(text: string, offset: number, vocabulary: Vocabulary<S>): Compiled<S> => {
  const read = attempt(() => {
    const parser = new Parser(tokenize(text), vocabulary)
    let value = parser.expression()
    while (parser.accept("|")) value = filtered(parser, value)
    if (parser.next.kind !== "end") parser.fail(`expected "|" or "}}", found ${JSON.stringify(parser.next.text)}`)
    return { ...value, reads: parser.reads }
  })
  if (read._tag === "Success") return read.success
  throw new ExpressionError({ at: offset + read.failure.at, message: read.failure.message })
}

/** A value as people read it: the shortest exact decimal. */
const show = (value: Outcome): string =>
  value === undefined ? "?" : typeof value === "bigint" ? Fixed.toDecimal(value) : String(value)

type Filter = (value: Outcome, argument: Outcome) => Outcome

const numeric = (filter: (value: Fixed.Fixed, argument: number) => Outcome): Filter => (value, argument) =>
  typeof value === "bigint"
    ? filter(value, places(argument))
    : undefined

const whole = (argument: Outcome): number =>
  typeof argument === "bigint" && argument > 0n ? Number(argument / Fixed.one) : 0

const places = (argument: Outcome): number => Math.min(whole(argument), Fixed.scale)

const text = (filter: (value: string, argument: number) => string): Filter => (value, argument) =>
  value === undefined ? undefined : filter(show(value), whole(argument))

const grouped = (digits: string): string => {
  const [whole = "", fraction] = digits.split(".")
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return fraction === undefined ? spaced : `${spaced}.${fraction}`
}

interface FilterOf {
  readonly kind: "number" | "text"
  /** What it is of; absent: of anything. */
  readonly of?: "number"
  readonly argument: boolean
  readonly run: Filter
}

const ofNumber = (
  kind: FilterOf["kind"],
  argument: boolean,
  filter: (value: Fixed.Fixed, argument: number) => Outcome
): FilterOf => ({ kind, of: "number", argument, run: numeric(filter) })

const filters: ReadonlyMap<string, FilterOf> = new Map(Object.entries({
  round: ofNumber("text", true, (value, places) => Fixed.toPlaces(value, places)),
  floor: ofNumber("number", true, (value, places) => Fixed.round(value, places, "floor")),
  ceil: ofNumber("number", true, (value, places) => Fixed.round(value, places, "ceil")),
  percent: ofNumber("text", false, (value) => `${Fixed.toPlaces(value * 100n, 2)}%`),
  usd: ofNumber("text", false, (value) => `$${grouped(Fixed.toPlaces(value, 2))}`),
  date: ofNumber("text", false, (value) => {
    const date = new Date(Number(value / Fixed.one))
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 19).replace("T", " ")
  }),
  default: { kind: "text", argument: true, run: (value, argument) => value ?? argument },
  upper: { kind: "text", argument: false, run: text((value) => value.toUpperCase()) },
  lower: { kind: "text", argument: false, run: text((value) => value.toLowerCase()) },
  truncate: { kind: "text", argument: true, run: text((value, length) => [...value].slice(0, length).join("")) }
}))

const filtered = <S>(parser: Parser<S>, value: Variable<S>): Variable<S> => {
  const token = parser.take()
  const name = token.text
  const filter = filters.get(name)
  if (filter === undefined) {
    const guess = nearest(name, filters.keys())
    return parser.fail(
      `unknown filter ${JSON.stringify(name)}${guess === undefined ? "" : `; did you mean "${guess}"?`}`,
      token
    )
  }
  const { kind, of, run } = filter
  if (of !== undefined && value.kind !== of) parser.fail(`"${name}" is of a ${of}, found a ${value.kind}`, token)
  if (!filter.argument) return { kind, run: applied(run, value.run, none) }
  parser.expect(":")
  const argument = parser.expression()
  const both = applied(run, value.run, argument.run)
  if (name === "default") return { kind: argument.kind === value.kind ? value.kind : "text", run: both }
  if (argument.kind !== "number") parser.fail(`"${name}" wants a number, found a ${argument.kind}`, token)
  return { kind, run: both }
}

const applied =
  <S>(filter: Filter, value: Variable<S>["run"], argument: Variable<S>["run"]): Variable<S>["run"] => (scope) =>
    filter(value(scope), argument(scope))

const none = (): Outcome => undefined
