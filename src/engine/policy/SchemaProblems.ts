/** What is wrong with a value by its Schema, in words for people who write policies: what was expected, what was found, and the nearest name. */
import { Result, Schema, SchemaAST, SchemaIssue } from "effect"
import type { Problem } from "./Compile.ts"
import { didYouMean, nearest } from "./Nearest.ts"

type Path = ReadonlyArray<PropertyKey>

/** An issue that has none inside, and where it stands in the value. */
interface Leaf {
  readonly path: Path
  readonly issue: SchemaIssue.Issue
}

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()

/** Everything that is wrong with a value by a schema, at most so many things; a key that the schema does not know is wrong. */
export const problemsBy = (
  schema: Schema.ConstraintDecoder<unknown>,
  value: unknown,
  most: number
): ReadonlyArray<Problem> => {
  const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(value)
  if (Result.isSuccess(decoded)) return []
  const leaves = leavesOf(decoded.failure.issue, []).slice(0, most)
  const guesses = new Map(leaves.map((leaf) => [leaf, guessOf(leaf)]))
  // Who writes one key for another has not left out the other.
  const meant = new Set([...guesses].map(([{ path }, guess]) => [...path.slice(0, -1), guess].join("\n")))
  return leaves.flatMap((leaf) =>
    leaf.issue._tag === "MissingKey" && meant.has(leaf.path.join("\n"))
      ? []
      : problemsOf(leaf, guesses.get(leaf), value)
  )
}

const leavesOf = (issue: SchemaIssue.Issue, path: Path): ReadonlyArray<Leaf> => {
  switch (issue._tag) {
    case "Pointer":
      return leavesOf(issue.issue, [...path, ...issue.path])
    case "Composite":
      return issue.issues.flatMap((one) => leavesOf(one, path))
    default:
      return [{ path, issue }]
  }
}

/** The key that somebody probably meant with one that is unknown: the nearest of those that may stand there. */
const guessOf = ({ issue, path }: Leaf): string | undefined => {
  const key = path[path.length - 1]
  if (issue._tag !== "UnexpectedKey" || typeof key !== "string" || !SchemaAST.isObjects(issue.ast)) return undefined
  return nearest(key, issue.ast.propertySignatures.flatMap(({ name }) => (typeof name === "string" ? [name] : [])))
}

const problemsOf = ({ issue, path }: Leaf, guess: string | undefined, value: unknown): ReadonlyArray<Problem> => {
  const key = path[path.length - 1]
  switch (issue._tag) {
    case "MissingKey":
      // What a list lacks is its first.
      return typeof key === "number"
        ? [{
          path: path.slice(0, -1),
          message: `expected at least one in "${String(path[path.length - 2])}", found none`
        }]
        : [{ path, message: `missing key "${String(key)}"` }]
    case "UnexpectedKey":
      return [{ path, isKey: true, message: `unknown key ${JSON.stringify(key)}${didYouMean(guess)}` }]
    default:
      return formatter(issue).issues.map(({ message, path: inside = [] }) => {
        const whole = [...path, ...inside.map((step) => (typeof step === "object" ? step.key : step))]
        const found = whole.reduce<unknown>(get, value)
        return { path: whole, message: messageOf(message, whole, found, namesOf(issue)) }
      })
  }
}

const messageOf = (message: string, path: Path, found: unknown, names: ReadonlyArray<string>): string => {
  const key = path[path.length - 1]
  const isAsset = key === "asset" || (typeof key === "number" && path[path.length - 2] === "asset")
  if (typeof found === "number" && isAsset) {
    return "expected a token id in quotes: YAML reads it as a number, and rounds long ones"
  }
  if (message.includes("found ")) return message
  return `${message}, found ${shown(found)}${didYouMean(typeof found === "string" ? nearest(found, names) : undefined)}`
}

/** The texts among which a value had to be one. */
const namesOf = (issue: SchemaIssue.Issue): ReadonlyArray<string> =>
  issue._tag === "AnyOf" && SchemaAST.isUnion(issue.ast)
    ? issue.ast.types.flatMap((type) =>
      SchemaAST.isLiteral(type) && typeof type.literal === "string" ? [type.literal] : []
    )
    : []

const shown = (found: unknown): string => {
  if (found === null || found === undefined) return "nothing"
  if (Array.isArray(found)) return "a list"
  return typeof found === "object" ? "keys and values" : JSON.stringify(found)
}

/** A problem of a part that stands at a path. */
export const within = (path: Path, problem: Problem): Problem => ({ ...problem, path: [...path, ...problem.path] })

/** What stands under a key of a value; `undefined` when nothing does. */
export const get = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
