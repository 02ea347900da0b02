/** Webhook actions compiled: every text a template, the host written out, values encoded for where they stand; JSON bodies keep kinds. */
import { Redacted, Result } from "effect"
import { judge } from "../../client/OutboundUrl.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { Doing, WebhookRequest } from "./Decision.ts"
import { type Environment, vocabulariesWith } from "./Environment.ts"
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
  const { hiding, telling } = vocabulariesWith(options.words, options.env)
  const read = (written: string, path: ReadonlyArray<PropertyKey>) => {
    const told = Template.compile(written, telling)
    const shown = Template.compile(written, hiding)
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
  ): Render => {
    const template = read(written, path)
    return (scope, isShown) => (isShown ? template?.shown : template?.told)?.render(scope, escape) ?? ""
  }

  const { body, headers = {}, method = "POST", url } = action
  const urlProblem = problemOfUrl(url, options.hosts)
  if (urlProblem !== undefined) options.report(["url"], urlProblem)
  const renderUrl = text(url, ["url"], encodeURIComponent)
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
      return () => "null"
    }
    if (depth > deepest) {
      options.report(path, `expected at most ${deepest} levels`)
      return () => "null"
    }
    if (typeof value === "string") {
      const template = read(value, path)
      return (scope, isShown) => {
        const one = isShown ? template?.shown : template?.told
        if (one?.single === undefined) return JSON.stringify(one?.render(scope) ?? "")
        const outcome = one.single.run(scope)
        return outcome === undefined
          ? "null"
          : typeof outcome === "bigint"
          ? Fixed.toDecimal(outcome)
          : JSON.stringify(outcome)
      }
    }
    if (Array.isArray(value)) {
      const parts = value.map((one, at) => json(one, [...path, at], depth + 1))
      return (scope, isShown) => `[${parts.map((part) => part(scope, isShown)).join(",")}]`
    }
    if (typeof value === "object" && value !== null) {
      const parts = Object.entries(value).map(([key, one]) =>
        [JSON.stringify(key), json(one, [...path, key], depth + 1)] as const
      )
      return (scope, isShown) => `{${parts.map(([key, part]) => `${key}:${part(scope, isShown)}`).join(",")}}`
    }
    const constant = JSON.stringify(value)
    return () => constant
  }

  const isJsonText = typeof body === "string" && /^\s*(?:\[|\{(?!\{))/.test(body)
  const renderBody = body === undefined
    ? undefined
    : typeof body === "string"
    ? text(body, ["body"], isJsonText ? insideJson : (value) => value)
    : json(body, ["body"], 0)
  const kind = body === undefined
    ? {}
    : { "content-type": typeof body === "string" && !isJsonText ? "text/plain; charset=utf-8" : "application/json" }

  const requestOf = (scope: Scope, isShown: boolean): WebhookRequest => ({
    method,
    url: renderUrl(scope, isShown),
    headers: { ...kind, ...Object.fromEntries(renderHeaders.map(([name, render]) => [name, render(scope, isShown)])) },
    body: renderBody?.(scope, isShown)
  })

  return (scope) => ({
    _tag: "Webhook",
    request: Redacted.make(requestOf(scope, false)),
    shown: requestOf(scope, true)
  })
}

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

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** No value can begin a header of its own. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?")
