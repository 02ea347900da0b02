/**
 * Expressions of policies: exact decimals, `+ - * / %`, comparison, `and or not`, parentheses, `if min max abs floor ceil round`.
 * Parsed and type-checked once into closures; names are resolved when the file loads, never looked up as properties. Unknown
 * values make unknown results (`undefined`), except where `and`, `or` and `if` do not need them.
 */
import { Data, Result } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { nearest } from "./Nearest.ts"

/** What an expression yields; `undefined` is unknown. */
export type Outcome = Fixed.Fixed | string | boolean | undefined

/** The kind of a value, known when the file loads. */
export type Kind = "number" | "text" | "boolean"

/** An expression ready to run on a scope. */
export interface Compiled<S> {
  readonly kind: Kind
  readonly run: (scope: S) => Outcome
  /** The names it reads, as written: variables, and look-ups as `field('asset')`. */
  readonly reads: ReadonlyArray<string>
}

/** A name the scope can give. */
export interface Variable<S> {
  readonly kind: Kind
  readonly run: (scope: S) => Outcome
}

/** What an expression may refer to. */
export interface Vocabulary<S> {
  /** The variable of a dotted path. */
  readonly variable: (path: string) => Variable<S> | undefined
  /** A field or metric as a function of an asset; `asset` is absent in `fear_greed()`. */
  readonly lookUp: (name: string, asset: string | undefined) => Variable<S> | undefined
  /** Every name, to suggest the nearest one. */
  readonly names: ReadonlyArray<string>
}

/** Why an expression cannot be used; `at` is the offset in its text. */
export class ExpressionError extends Data.TaggedError("ExpressionError")<{
  readonly at: number
  readonly message: string
}> {}

const maxLength = 512
const maxTokens = 128
const maxDepth = 32

interface Token {
  readonly kind: "number" | "text" | "name" | "symbol" | "end"
  readonly text: string
  readonly at: number
}

const tokenPattern = /\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|"([^"]*)"|([A-Za-z_][\w.]*)|(<=|>=|==|!=|[-+*/%()<>,|:]))/y

/** Cuts text into tokens. */
export const tokenize = (text: string): ReadonlyArray<Token> => {
  if (text.length > maxLength) {
    throw new ExpressionError({
      at: maxLength,
      message: `expected at most ${maxLength} characters, found ${text.length}`
    })
  }
  const tokens: Array<Token> = []
  tokenPattern.lastIndex = 0
  let at = 0
  while (at < text.length) {
    if (text.slice(at).trim() === "") break
    tokenPattern.lastIndex = at
    const match = tokenPattern.exec(text)
    if (match === null) {
      const place = at + (text.slice(at).length - text.slice(at).trimStart().length)
      throw new ExpressionError({ at: place, message: `unexpected character ${JSON.stringify(text[place])}` })
    }
    const start = tokenPattern.lastIndex - match[0].trimStart().length
    at = tokenPattern.lastIndex
    if (match[1] !== undefined) tokens.push({ kind: "number", text: match[1], at: start })
    else if (match[2] !== undefined) tokens.push({ kind: "text", text: match[2], at: start })
    else if (match[3] !== undefined) tokens.push({ kind: "text", text: match[3], at: start })
    else if (match[4] !== undefined) tokens.push({ kind: "name", text: match[4], at: start })
    else tokens.push({ kind: "symbol", text: match[5] ?? "", at: start })
    if (tokens.length > maxTokens) {
      throw new ExpressionError({ at: start, message: `expected at most ${maxTokens} words and symbols` })
    }
  }
  tokens.push({ kind: "end", text: "", at: text.length })
  return tokens
}

const precedence: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ["==", 4],
  ["!=", 4],
  ["<", 4],
  ["<=", 4],
  [">", 4],
  [">=", 4],
  ["+", 5],
  ["-", 5],
  ["*", 6],
  ["/", 6],
  ["%", 6]
])

const functionNames = ["if", "min", "max", "abs", "floor", "ceil", "round"]

/** Reads one expression from tokens; templates use it to read up to a filter. */
export class Parser<S> {
  private position = 0
  private depth = 0
  readonly reads: Array<string> = []
  readonly tokens: ReadonlyArray<Token>
  private readonly vocabulary: Vocabulary<S>

  constructor(tokens: ReadonlyArray<Token>, vocabulary: Vocabulary<S>) {
    this.tokens = tokens
    this.vocabulary = vocabulary
  }

  /** The token to be read next. */
  get next(): Token {
    return this.tokens[this.position] as Token
  }

  /** Takes a token. */
  take(): Token {
    const token = this.next
    if (token.kind !== "end") this.position++
    return token
  }

  /** Takes a symbol if it comes next. */
  accept(symbol: string): boolean {
    if (this.next.kind !== "symbol" || this.next.text !== symbol) return false
    this.position++
    return true
  }

  /** Takes a symbol or fails. */
  expect(symbol: string): void {
    if (!this.accept(symbol)) this.fail(`expected "${symbol}", found ${describe(this.next)}`)
  }

  /** Fails at a token. */
  fail(message: string, token: Token = this.next): never {
    throw new ExpressionError({ at: token.at, message })
  }

  /** Reads an expression whose operators bind tighter than `above`. */
  expression(above = 0): Variable<S> {
    if (++this.depth > maxDepth) this.fail(`expected nesting of at most ${maxDepth}`)
    let left = this.operand()
    while (true) {
      const operator = this.next
      const binding = operator.kind === "symbol" || operator.kind === "name" ? precedence.get(operator.text) : undefined
      if (binding === undefined || binding <= above) break
      this.position++
      const right = this.expression(binding)
      left = this.binary(operator, left, right)
    }
    this.depth--
    return left
  }

  private operand(): Variable<S> {
    const token = this.take()
    switch (token.kind) {
      case "number": {
        const value = Fixed.fromText(token.text)
        if (value === undefined) return this.fail(`expected a number, found ${describe(token)}`, token)
        return { kind: "number", run: () => value }
      }
      case "text":
        return { kind: "text", run: () => token.text }
      case "name":
        return this.named(token)
      case "symbol": {
        if (token.text === "(") {
          const inner = this.expression()
          this.expect(")")
          return inner
        }
        if (token.text === "-") {
          const operand = this.expression(6)
          this.want(operand, "number", token)
          return { kind: "number", run: (scope) => negate(operand.run(scope)) }
        }
        return this.fail(`expected a value, found ${describe(token)}`, token)
      }
      case "end":
        return this.fail("expected a value, found the end", token)
    }
  }

  private named(token: Token): Variable<S> {
    if (token.text === "not") {
      const operand = this.expression(3)
      this.want(operand, "boolean", token)
      return {
        kind: "boolean",
        run: (scope) => {
          const value = operand.run(scope)
          return value === undefined ? undefined : !value
        }
      }
    }
    if (token.text === "true" || token.text === "false") {
      const value = token.text === "true"
      return { kind: "boolean", run: () => value }
    }
    if (this.accept("(")) return this.call(token)
    const variable = this.vocabulary.variable(token.text)
    if (variable === undefined) return this.unknown(token, "name")
    this.reads.push(token.text)
    return variable
  }

  private call(token: Token): Variable<S> {
    if (!functionNames.includes(token.text)) {
      const argument = this.next.kind === "text" ? this.take().text : undefined
      this.expect(")")
      const found = this.vocabulary.lookUp(token.text, argument)
      if (found === undefined) return this.unknown(token, "function")
      this.reads.push(`${token.text}(${argument === undefined ? "" : `'${argument}'`})`)
      return found
    }
    const values: Array<Variable<S>> = []
    if (!this.accept(")")) {
      do values.push(this.expression())
      while (this.accept(","))
      this.expect(")")
    }
    return this.builtIn(token, values)
  }

  private builtIn(token: Token, values: ReadonlyArray<Variable<S>>): Variable<S> {
    const [first, second, third] = values
    const name = token.text
    if (name === "if") {
      if (first === undefined || second === undefined || third === undefined || values.length > 3) {
        return this.fail("expected if(condition, then, else)", token)
      }
      this.want(first, "boolean", token)
      if (second.kind !== third.kind) {
        this.fail(`both branches of if must be of one kind, found ${second.kind} and ${third.kind}`, token)
      }
      return {
        kind: second.kind,
        run: (scope) => {
          const condition = first.run(scope)
          return condition === undefined ? undefined : condition === true ? second.run(scope) : third.run(scope)
        }
      }
    }
    const most = name === "min" || name === "max" ? maxTokens : name === "abs" ? 1 : 2
    if (first === undefined || values.length > most || (name === "round" && second === undefined)) {
      return this.fail(`wrong number of arguments for ${name}`, token)
    }
    for (const value of values) this.want(value, "number", token)
    return {
      kind: "number",
      run: (scope) => {
        const numbers: Array<Fixed.Fixed> = []
        for (const value of values) {
          const number = value.run(scope)
          if (typeof number !== "bigint") return undefined
          numbers.push(number)
        }
        return builtIns[name]?.(numbers)
      }
    }
  }

  private binary(operator: Token, left: Variable<S>, right: Variable<S>): Variable<S> {
    const { text } = operator
    if (text === "and" || text === "or") {
      this.want(left, "boolean", operator)
      this.want(right, "boolean", operator)
      const decisive = text === "or"
      return {
        kind: "boolean",
        run: (scope) => {
          const a = left.run(scope)
          if (a === decisive) return decisive
          const b = right.run(scope)
          if (b === decisive) return decisive
          return a === undefined || b === undefined ? undefined : !decisive
        }
      }
    }
    const comparison = comparisons[text]
    if (comparison !== undefined) {
      if (left.kind !== right.kind) this.fail(`cannot compare ${left.kind} with ${right.kind}`, operator)
      if (left.kind !== "number" && text !== "==" && text !== "!=") {
        this.fail(`"${text}" compares numbers, found ${left.kind}`, operator)
      }
      return {
        kind: "boolean",
        run: (scope) => {
          const a = left.run(scope)
          const b = right.run(scope)
          return a === undefined || b === undefined ? undefined : comparison(a, b)
        }
      }
    }
    this.want(left, "number", operator)
    this.want(right, "number", operator)
    const arithmetic = arithmetics[text] as (a: Fixed.Fixed, b: Fixed.Fixed) => Fixed.Fixed | undefined
    return {
      kind: "number",
      run: (scope) => {
        const a = left.run(scope)
        const b = right.run(scope)
        return typeof a === "bigint" && typeof b === "bigint" ? arithmetic(a, b) : undefined
      }
    }
  }

  private want(value: Variable<S>, kind: Kind, token: Token): void {
    if (value.kind !== kind) this.fail(`"${token.text}" wants a ${kind}, found a ${value.kind}`, token)
  }

  private unknown(token: Token, what: string): never {
    const guess = nearest(token.text, [...this.vocabulary.names, ...functionNames])
    return this.fail(
      `unknown ${what} ${describe(token)}${guess === undefined ? "" : `; did you mean "${guess}"?`}`,
      token
    )
  }
}

const describe = (token: Token): string => (token.kind === "end" ? "the end" : JSON.stringify(token.text))

const negate = (value: Outcome): Outcome => (typeof value === "bigint" ? -value : undefined)

const comparisons: Record<string, (a: Outcome & {}, b: Outcome & {}) => boolean> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b
}

const arithmetics: Record<string, (a: Fixed.Fixed, b: Fixed.Fixed) => Fixed.Fixed | undefined> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": Fixed.multiply,
  "/": Fixed.divide,
  "%": (a, b) => (b === 0n ? undefined : a % b)
}

const rounding = (mode: "nearest" | "floor" | "ceil") => ([value = 0n, places = 0n]: ReadonlyArray<Fixed.Fixed>) => {
  const decimals = Number(places / Fixed.one)
  return decimals < 0 || decimals > Fixed.scale ? undefined : Fixed.round(value, decimals, mode)
}

const builtIns: Record<string, (numbers: ReadonlyArray<Fixed.Fixed>) => Fixed.Fixed | undefined> = {
  min: (numbers) => numbers.reduce((a, b) => (b < a ? b : a)),
  max: (numbers) => numbers.reduce((a, b) => (b > a ? b : a)),
  abs: ([value = 0n]) => (value < 0n ? -value : value),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  round: rounding("nearest")
}

/** Runs a reader that fails by throwing an `ExpressionError`, and returns that as a value. */
export const attempt = <A>(read: () => A): Result.Result<A, ExpressionError> => {
  try {
    return Result.succeed(read())
  } catch (error) {
    if (error instanceof ExpressionError) return Result.fail(error)
    throw error
  }
}

/** Compiles a whole text as one expression. */
export const compile = <S>(text: string, vocabulary: Vocabulary<S>): Result.Result<Compiled<S>, ExpressionError> =>
  attempt(() => {
    const parser = new Parser(tokenize(text), vocabulary)
    const { kind, run } = parser.expression()
    if (parser.next.kind !== "end") parser.fail(`expected the end, found ${describe(parser.next)}`)
    return { kind, run, reads: parser.reads }
  })
