/**
 * What a call of an outside system is: where it goes, what it takes, what it answers, in one value. Clients run it, the command
 * line makes a command of it, and tests hold samples against its schema. A new call is a new value in its group's file.
 */
import { Effect, Exit, Schema, SchemaIssue, Stream } from "effect"
import { Malformed } from "../domain/Failure.ts"
import type { Reason } from "../domain/Failure.ts"
import type { Http, Request } from "./Http.ts"

/** One thing a call takes. */
export interface Param {
  /** `list` is comma separated on the command line and in queries. */
  readonly kind: "text" | "integer" | "flag" | "list"
  readonly description: string
  /** Where it goes: into `{name}` of the path, into the query (the default), or only into the body. */
  readonly in?: "path" | "query" | "body"
  /** Its name on the wire, when that is another one. */
  readonly wire?: string
  readonly required?: boolean
  /** A list is sent as repeated query keys instead of one comma separated value. */
  readonly repeated?: boolean
}

type More = Partial<Omit<Param, "kind" | "description">>
const none = {}

const paramOf =
  <const K extends Param["kind"]>(kind: K) =>
  <const M extends More = Record<never, never>>(description: string, more?: M) => ({
    kind,
    description,
    ...(more ?? none as M)
  })

/** A parameter of text, of a whole number, of yes or no, of several texts. */
export const text = paramOf("text")
export const integer = paramOf("integer")
export const flag = paramOf("flag")
export const list = paramOf("list")

/** What a call takes, by name. */
export type Params = Readonly<Record<string, Param>>

type ValueOf<P extends Param> = P["kind"] extends "text" ? string
  : P["kind"] extends "integer" ? number
  : P["kind"] extends "flag" ? boolean
  : ReadonlyArray<string>

type RequiredOf<P extends Params> = { [K in keyof P]: P[K] extends { readonly required: true } ? K : never }[keyof P]

/** The values a call is given. */
export type Given<P extends Params> =
  & { readonly [K in RequiredOf<P>]: ValueOf<P[K]> }
  & { readonly [K in Exclude<keyof P, RequiredOf<P>>]?: ValueOf<P[K]> | undefined }

/** One call. */
export interface Endpoint<P extends Params, A> {
  /** Its words on the command line, for example "markets list". */
  readonly name: string
  /** What it gives, as a sentence a trader understands. */
  readonly summary: string
  readonly method: "GET" | "POST" | "DELETE"
  /** With `{param}` for path parameters. */
  readonly path: string
  readonly params: P
  readonly response: Schema.ConstraintDecoder<A>
  /** Values that make a sensible example, for help and tests. */
  readonly example: Given<P>
  /** The body of a POST, from what was given. */
  readonly body?: (given: Given<P>) => unknown
  /** How to go on: the next page's given values after a page, or `undefined` at the end; and the rows of a page. */
  readonly paging?: {
    readonly next: (given: Given<P>, page: A) => Given<P> | undefined
    readonly rows: (page: A) => ReadonlyArray<unknown>
  }
}

/** An endpoint whose types are read off its value. */
export const endpoint = <const P extends Params, A>(
  definition: Omit<Endpoint<P, A>, "method"> & { readonly method?: "GET" | "POST" | "DELETE" }
): Endpoint<P, A> => ({ ...definition, method: definition.method ?? "GET" })

/** The request that a call makes; the query is in the order of what was given. */
export const requestOf = <P extends Params, A>(call: Endpoint<P, A>, given: Given<P>): Request => {
  const values = given as Readonly<Record<string, string | number | boolean | ReadonlyArray<string> | undefined>>
  let path = call.path
  const query: Array<readonly [string, string]> = []
  for (const [name, value] of Object.entries(values)) {
    const param = call.params[name]
    if (value === undefined || param === undefined) continue
    const wire = param.wire ?? name
    if (param.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(String(value)))
    else if (param.in === "body") continue
    else if (typeof value !== "object") query.push([wire, String(value)])
    else if (param.repeated === true) { for (const one of value) query.push([wire, one]) }
    else query.push([wire, value.join(",")])
  }
  const body = call.body?.(given)
  return {
    method: call.method,
    path,
    ...(query.length > 0 ? { query } : {}),
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  }
}

const formatIssue = SchemaIssue.makeFormatterDefault()
const longestIssue = 512

/** Decodes an answer, or says where it does not fit. */
export const decode = <P extends Params, A>(
  call: Endpoint<P, A>,
  where: string,
  answer: unknown
): Effect.Effect<A, Reason> => {
  const decoded = Schema.decodeUnknownExit(call.response)(answer)
  if (Exit.isSuccess(decoded)) return Effect.succeed(decoded.value)
  const error = decoded.cause.reasons.find((reason) => reason._tag === "Fail")?.error
  const issue = error === undefined ? "does not fit its schema" : formatIssue(error.issue)
  return Effect.fail(Malformed.make({ where, issue: issue.slice(0, longestIssue) }))
}

/** Runs a call that changes nothing. */
export const run = <P extends Params, A>(
  http: Http,
  call: Endpoint<P, A>,
  given: Given<P>
): Effect.Effect<A, Reason> => {
  const request = requestOf(call, given)
  return Effect.flatMap(http.read(request), (answer) => decode(call, `${http.host}${request.path}`, answer))
}

/** Most pages that are followed for one stream. */
const mostPages = 10_000

/** Every page from the given values on, asked for as they are taken. A call without paging has one. */
export const pages = <P extends Params, A, E>(
  call: Endpoint<P, A>,
  given: Given<P>,
  ask: (given: Given<P>) => Effect.Effect<A, E>
): Stream.Stream<A, E> =>
  Stream.unfold(
    { given, left: mostPages } as { readonly given: Given<P> | undefined; readonly left: number },
    (state) => {
      if (state.given === undefined || state.left === 0) return Effect.succeed(undefined)
      const asked = state.given
      return Effect.map(ask(asked), (page) => {
        const next = { given: call.paging?.next(asked, page), left: state.left - 1 }
        return [page, next] as const
      })
    }
  )

/** Pages by offset: bare arrays, of which one that is not full is the last. `usual`: rows of a page when no limit is given. */
export const offsetPages = (usual: number) => ({
  next: <G extends { readonly offset?: number | undefined; readonly limit?: number | undefined }>(
    given: G,
    page: ReadonlyArray<unknown>
  ): G | undefined =>
    page.length === 0 || page.length < (given.limit ?? usual)
      ? undefined
      : { ...given, offset: (given.offset ?? 0) + page.length },
  rows: (page: ReadonlyArray<unknown>) => page
})
