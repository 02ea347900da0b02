/** Webhook actions compiled: every text a template, the host written out, values encoded for where they stand; JSON bodies keep kinds. */
import { Redacted, Result } from "effect"
import { judge } from "../../client/OutboundUrl.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { Doing, WebhookRequest } from "./Decision.ts"
import { type Environment, prefix, vocabulariesWith } from "./Environment.ts"
import type { Vocabulary } from "./Expression.ts"
import type { WebhookAction } from "./Policy.ts"
import type { Scope } from "./Scope.ts"
import * as Template from "./Template.ts"

/** What a webhook is compiled with. */
export interface WebhookOptions {
  readonly env: Environment | undefined
  /** Hosts the settings list. */
  readonly hosts: ReadonlyArray<string>
  /** What its texts may read, beside the environment. */
  readonly words: Vocabulary<Scope>
  /** Says more of why a text is no template. */
  readonly explain: (message: string) => string
  readonly report: (path: ReadonlyArray<PropertyKey>, message: string) => void
  readonly reads: (reads: ReadonlyArray<string>) => void
}

type Render = (scope: Scope, isShown: boolean) => string

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/

/** Headers that are ours to set. */
const ownHeaders = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "te",
  "trailer",
  "expect",
  "idempotency-key"
])

const deepest = 32

/** Most values of a body. */
const mostValues = 1_000

/** Compiles a webhook; problems go to `report`. */
export const compileWebhook = (
  action: WebhookAction,
  options: WebhookOptions
): (scope: Scope) => Extract<Doing, { _tag: "Webhook" }> => {
  const read = (written: string, path: ReadonlyArray<PropertyKey>): Pair | undefined => {
    const isSecret = written.includes(prefix)
    const { hiding, telling } = isSecret
      ? vocabulariesWith(options.words, options.env)
      : { hiding: options.words, telling: options.words }
    const told = Template.compile(written, telling)
    const shown = isSecret ? Template.compile(written, hiding) : told
    if (Result.isFailure(told) || Result.isFailure(shown)) {
      const message = Result.isFailure(told) ? told.failure.message : "not a template"
      options.report(path, options.explain(message))
      return undefined
    }
    options.reads(told.success.reads)
    return { told: told.success, shown: shown.success }
  }
  const text = (
    written: string,
    path: ReadonlyArray<PropertyKey>,
    escape: (text: string) => string
  ): Render => rendered(read(written, path), escape)

  const { body, headers = {}, method = "POST", url } = action
  const urlProblem = problemOfUrl(url, options.hosts)
  if (urlProblem !== undefined) options.report(["url"], urlProblem)
  const renderUrl = text(url, ["url"], encoded)
  const renderHeaders = Object.entries(headers).map(([name, value]) => {
    if (!headerName.test(name)) options.report(["headers", name], `expected the name of a header`)
    if (/[^\x20-\x7e]/.test(value)) options.report(["headers", name], "expected printable ASCII")
    if (ownHeaders.has(name.toLowerCase())) options.report(["headers", name], `${name} is set by the engine`)
    return [name.toLowerCase(), text(value, ["headers", name], plain)] as const
  })
  if (body !== undefined && method === "GET") options.report(["body"], "GET takes no body")

  let values = 0
  const json = (value: unknown, path: ReadonlyArray<PropertyKey>, depth: number): Render => {
    values++
    if (values > mostValues) {
      if (values === mostValues + 1) options.report(path, `expected at most ${mostValues} values`)
      return constant("null")
    }
    if (depth > deepest) {
      options.report(path, `expected at most ${deepest} levels`)
      return constant("null")
    }
    if (typeof value === "string") return jsonText(read(value, path))
    if (Array.isArray(value)) return list(value.map((one, at) => json(one, [...path, at], depth + 1)))
    if (typeof value === "object" && value !== null) {
      return object(
        Object.entries(value).map(([key, one]) => [JSON.stringify(key), json(one, [...path, key], depth + 1)] as const)
      )
    }
    return constant(JSON.stringify(value))
  }

  const isJsonText = typeof body === "string" && /^\s*(?:\[|\{(?!\{))/.test(body)
  const renderBody = body === undefined
    ? undefined
    : typeof body === "string"
    ? text(body, ["body"], isJsonText ? insideJson : asItIs)
    : json(body, ["body"], 0)
  const kind = body === undefined
    ? {}
    : { "content-type": typeof body === "string" && !isJsonText ? "text/plain; charset=utf-8" : "application/json" }

  return calling({ method, kind, renderUrl, renderHeaders, renderBody })
}

// What is kept for firings is made below, where it keeps nothing of the compilation: there are as many as policies.

/** A text with values of the environment, and without; the same where it reads none. */
interface Pair {
  readonly told: Template.Template<Scope>
  readonly shown: Template.Template<Scope>
}

const calling = ({ kind, method, renderBody, renderHeaders, renderUrl }: {
  readonly method: WebhookRequest["method"]
  readonly kind: Readonly<Record<string, string>>
  readonly renderUrl: Render
  readonly renderHeaders: ReadonlyArray<readonly [string, Render]>
  readonly renderBody: Render | undefined
}) => {
  const requestOf = (scope: Scope, isShown: boolean): WebhookRequest => ({
    method,
    url: renderUrl(scope, isShown),
    headers: { ...kind, ...Object.fromEntries(renderHeaders.map(([name, render]) => [name, render(scope, isShown)])) },
    body: renderBody?.(scope, isShown)
  })
  return (scope: Scope): Extract<Doing, { _tag: "Webhook" }> => ({
    _tag: "Webhook",
    request: Redacted.make(requestOf(scope, false)),
    shown: requestOf(scope, true)
  })
}

const constant = (text: string): Render => () => text

const rendered = (pair: Pair | undefined, escape: (text: string) => string): Render => (scope, isShown) =>
  (isShown ? pair?.shown : pair?.told)?.render(scope, escape) ?? ""

/** A text of JSON, or the value of the one expression it is. */
const jsonText = (pair: Pair | undefined): Render => (scope, isShown) => {
  const one = isShown ? pair?.shown : pair?.told
  if (one?.single === undefined) return JSON.stringify(one?.render(scope) ?? "")
  const outcome = one.single.run(scope)
  return outcome === undefined
    ? "null"
    : typeof outcome === "bigint"
    ? Fixed.toDecimal(outcome)
    : JSON.stringify(outcome)
}

const list = (parts: ReadonlyArray<Render>): Render => (scope, isShown) =>
  `[${parts.map((part) => part(scope, isShown)).join(",")}]`

const object = (parts: ReadonlyArray<readonly [string, Render]>): Render => (scope, isShown) =>
  `{${parts.map(([key, part]) => `${key}:${part(scope, isShown)}`).join(",")}}`

/** The host has to be written out, so that no value can choose it. */
const problemOfUrl = (url: string, hosts: ReadonlyArray<string>): string | undefined => {
  const at = url.indexOf("{{")
  if (at >= 0 && !/^https?:\/\/[^/?#]+[/?#]/.test(url.slice(0, at))) {
    return "expected the host written out before the first {{"
  }
  const judged = judge(sampleOf(url), hosts)
  return Result.isFailure(judged) ? judged.failure : undefined
}

/** A text with an x for every expression. */
const sampleOf = (text: string): string => {
  let sample = ""
  let at = 0
  while (true) {
    const start = text.indexOf("{{", at)
    const end = start < 0 ? start : text.indexOf("}}", start)
    if (end < 0) return sample + text.slice(at)
    sample += `${text.slice(at, start)}x`
    at = end + 2
  }
}

const asItIs = (text: string): string => text

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** A text as part of an address, letters that are cut apart replaced. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** No value can begin a header of its own. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?")
