/** Actions compiled, and filled in when their policy fires. Every price and size is exact and on the market's grid. */
import { Result } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { escapeHtml } from "../../domain/Html.ts"
import { conditionIdFromText } from "../../domain/Market.ts"
import { wrongTerms } from "./Constants.ts"
import type { DecidedAction, DeferredAction, Doing } from "./Decision.ts"
import { type Environment, hidingIn, problemOf } from "./Environment.ts"
import type { Compiled, Vocabulary } from "./Expression.ts"
import { didYouMean, nearest } from "./Nearest.ts"
import { placing } from "./Placing.ts"
import type { Action, OrderTerms } from "./Policy.ts"
import { knownChannels, numberOf } from "./Policy.ts"
import * as Results from "./Results.ts"
import { resolveAsset, vocabulary } from "./Scope.ts"
import type { Scope } from "./Scope.ts"
import * as Template from "./Template.ts"
import { compileWebhook } from "./WebhookActions.ts"

/** What is wrong with an action, and where in it. */
interface ActionProblem {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

/** An action ready to be filled in, or to be filled in once it is known what became of those before it. */
export type CompiledAction = (scope: Scope) => DecidedAction | DeferredAction

interface Options {
  readonly defaultSlippage: number | undefined
  readonly validFor: number
  readonly env?: Environment
  readonly webhookHosts?: ReadonlyArray<string>
  readonly channels?: ReadonlyMap<string, string>
  /** What stands before it in its policy. */
  readonly before: Results.Before
  /** Whether its policy limits the pUSD of its orders. */
  readonly isNotionalLimited: boolean
  /** Takes what the action names: assets as written, and what its templates read. */
  readonly names: { readonly asset: (text: string) => void; readonly reads: (reads: ReadonlyArray<string>) => void }
}

/** The venue's least distance of an expiration, ms. */
const leastExpires = 120_000

/** Compiles an action, or says everything that is wrong with it. */
export const compile = (
  action: Action,
  policyId: string,
  options: Options
): Result.Result<CompiledAction, ReadonlyArray<ActionProblem>> => {
  const problems: Array<ActionProblem> = []
  const continues = action.on_failure === "continue"
  const words = Results.wordsOf(vocabulary, options.before)
  const explain = (message: string) => Results.problemOf(problemOf(message, options.env), options.before)
  const read = (written: string, path: ReadonlyArray<PropertyKey>, vocabulary: Vocabulary<Scope>) => {
    const template = Template.compile(written, vocabulary)
    if (Result.isSuccess(template)) {
      options.names.reads(template.success.reads)
      return template.success
    }
    problems.push({ path, message: explain(template.failure.message) })
    return undefined
  }
  const text = (written: string, path: ReadonlyArray<PropertyKey>) => read(written, path, words.vocabulary)
  const shown = (written: string, path: ReadonlyArray<PropertyKey>) =>
    read(written, path, hidingIn(written, words.vocabulary, options.env))
  const name = (written: string | undefined, path: ReadonlyArray<PropertyKey>) => {
    if (written === undefined) return undefined
    const template = Template.compile(written, vocabulary)
    if (Result.isSuccess(template)) {
      options.names.reads(template.success.reads)
      return template.success
    }
    problems.push({ path, message: Results.problemOfAsset(problemOf(template.failure.message, options.env)) })
    return undefined
  }
  const number = (written: string | number | undefined, path: ReadonlyArray<PropertyKey>) => {
    if (written === undefined) return undefined
    const constant = numberOf(written)
    if (constant !== undefined) return always(constant)
    const template = text(String(written), path)
    if (options.isNotionalLimited && template?.reads.some((name) => /^(?:order|previous)\./.test(name)) === true) {
      problems.push({ path, message: "limits.notional cannot count what depends on the result of an action before" })
    }
    if (template?.single?.kind === "number") {
      return numberIn(template.single)
    }
    if (template !== undefined) {
      problems.push({
        path,
        message: `expected a number or one expression of a number, found ${JSON.stringify(written)}`
      })
    }
    return undefined
  }
  const begin = compileKind(action, policyId, options, {
    shown,
    text,
    name,
    number,
    problems,
    words: words.vocabulary,
    explain
  })
  if (problems.length > 0) return Result.fail(problems)
  if (!words.looksBack()) return Result.succeed(atOnce(begin, continues))
  const of = tagOf(action)
  return Result.succeed((scope): DeferredAction => {
    const finish = begin(scope)
    const kept = words.keep(scope)
    return {
      _tag: "Deferred",
      of,
      continues,
      looksAtOrder: words.looksAtOrder(),
      fill: (results) => ({ ...finish({ ...scope, kept, results }), continues })
    }
  })
}

const always = (value: Fixed.Fixed) => () => value

const numberIn = ({ run }: Compiled<Scope>) => (scope: Scope): Fixed.Fixed | undefined => {
  const value = run(scope)
  return typeof value === "bigint" ? value : undefined
}

const tagOf = (action: Action): DeferredAction["of"] => {
  if (action.type !== "order") return action.type === "webhook" ? "Webhook" : "Notification"
  return action.operation === "place" ? "PlaceOrder" : "CancelOrders"
}

/** Takes from the facts what it needs of them, at the firing; what it returns fills in the texts and numbers, perhaps later. */
type Begin = (scope: Scope) => (scope: Scope) => Doing

interface Reader {
  /** A text that somebody reads, and that is written down: values of the environment are hidden in it. */
  readonly shown: (written: string, path: ReadonlyArray<PropertyKey>) => Template.Template<Scope> | undefined
  readonly text: (written: string, path: ReadonlyArray<PropertyKey>) => Template.Template<Scope> | undefined
  /** A text that says which asset or market is meant, which no result can. */
  readonly name: (written: string | undefined, path: ReadonlyArray<PropertyKey>) => Template.Template<Scope> | undefined
  readonly number: (
    written: string | number | undefined,
    path: ReadonlyArray<PropertyKey>
  ) => ((scope: Scope) => Fixed.Fixed | undefined) | undefined
  readonly problems: Array<ActionProblem>
  readonly words: Vocabulary<Scope>
  readonly explain: (message: string) => string
}

/** An action that looks at nothing that comes of others. Keeps nothing of its compilation. */
const atOnce = (begin: Begin, continues: boolean): CompiledAction => (scope) => ({ ...begin(scope)(scope), continues })

const notification =
  (channel: string, isMarkup: boolean, template: Template.Template<Scope> | undefined): Begin => () => (scope) => {
    const text = template?.render(scope) ?? ""
    const markup = isMarkup && /[&<>"]/.test(text) ? template?.render(scope, escapeHtml) : undefined
    return { _tag: "Notification", channel, text, ...(markup === undefined ? {} : { markup }) }
  }

/** What is wrong with the name of a channel. */
const problemOfChannel = (channel: string, channels: ReadonlyMap<string, string> | undefined): string | undefined => {
  const names = [...knownChannels, ...channels?.keys() ?? []]
  if (names.includes(channel)) return undefined
  return `unknown channel ${JSON.stringify(channel)}${
    didYouMean(nearest(channel, names))
  }; the settings (--config) describe channels under channels:`
}

/** Keeps what says which orders are meant and nothing of its compilation. */
const canceling = ({ asset, marketText, orderId, policyId, side }: {
  readonly asset: Template.Template<Scope> | undefined
  readonly marketText: Template.Template<Scope> | undefined
  readonly orderId: Template.Template<Scope> | undefined
  readonly side: Extract<Doing, { _tag: "CancelOrders" }>["side"]
  readonly policyId: string | undefined
}): Begin =>
(scope) => {
  const impossible = (reason: string) => () => ({ _tag: "Impossible" as const, reason })
  const named = asset?.render(scope)
  const assetId = named === undefined ? undefined : resolveAsset(scope.facts, named)
  if (named !== undefined && assetId === undefined) {
    return impossible(`the asset ${JSON.stringify(named)} is not known`)
  }
  const name = marketText?.render(scope)
  const market = name === undefined ? undefined : conditionIdFromText(name) ?? scope.facts.marketNamed(name)
  if (name !== undefined && market === undefined) {
    return impossible(`the market ${JSON.stringify(name)} is not known`)
  }
  return (later) => ({ _tag: "CancelOrders", policyId, assetId, market, side, orderId: orderId?.render(later) })
}

const calling = (call: (scope: Scope) => Doing): Begin => () => call

const compileKind = (action: Action, policyId: string, options: Options, reader: Reader): Begin => {
  if (action.type === "notification") {
    const { channel } = action
    const problem = problemOfChannel(channel, options.channels)
    if (problem !== undefined) reader.problems.push({ path: ["channel"], message: problem })
    const isMarkup = (options.channels?.get(channel) ?? channel) === "telegram"
    return notification(channel, isMarkup, reader.shown(action.template, ["template"]))
  }
  if (action.type === "webhook") {
    const call = compileWebhook(action, {
      env: options.env,
      hosts: options.webhookHosts ?? [],
      words: reader.words,
      explain: reader.explain,
      report: (path, message) => reader.problems.push({ path, message }),
      reads: options.names.reads
    })
    return calling(call)
  }
  if (action.operation === "place") return compilePlace(action.order, options, reader)
  const asset = reader.name(action.asset, ["asset"])
  const marketText = reader.name(action.market, ["market"])
  const orderId = action.order_id === undefined ? undefined : reader.text(action.order_id, ["order_id"])
  if (action.operation === "cancel") {
    const given = [action.asset, action.market, action.side, action.order_id, action.policy].some((one) =>
      one !== undefined
    )
    if (!given) {
      reader.problems.push({
        path: ["operation"],
        message: "expected order_id, asset, market, side or policy: this beside cancel; cancel_all cancels everything"
      })
    }
  }
  if (action.asset !== undefined && !action.asset.includes("{{")) options.names.asset(action.asset)
  return canceling({
    asset,
    marketText,
    orderId,
    side: action.side,
    policyId: action.policy === "this" ? policyId : undefined
  })
}

const compilePlace = (terms: OrderTerms, options: Options, reader: Reader): Begin => {
  const problem = (path: ReadonlyArray<PropertyKey>, message: string) =>
    reader.problems.push({ path: ["order", ...path], message })
  const assetText = terms.asset ?? (terms.market === undefined || terms.outcome === undefined
    ? undefined
    : `${terms.market}:${terms.outcome}`)
  if (assetText === undefined) problem([], "expected asset, or market and outcome")
  const asset = reader.name(assetText, ["order", "asset"])
  if (assetText !== undefined && !assetText.includes("{{")) options.names.asset(assetText)
  const price = reader.number(terms.price, ["order", "price"])
  const size = reader.number(terms.size, ["order", "size"])
  const amount = reader.number(terms.amount, ["order", "amount"])
  for (const { key, message } of wrongTerms(terms)) problem([key], message)
  const quantities = [terms.size, terms.amount, terms.close].filter((one) => one !== undefined).length
  if (quantities !== 1) problem([], `expected exactly one of size, amount and close, found ${quantities}`)
  if (terms.amount !== undefined && (terms.type !== "market" || terms.side !== "buy")) {
    problem(["amount"], "amount goes with market buys only")
  }
  if (terms.close !== undefined && terms.side !== "sell") problem(["close"], "close goes with side: sell")
  if (terms.price === undefined && (terms.type === "limit" || options.defaultSlippage === undefined)) {
    problem(
      ["price"],
      terms.type === "limit"
        ? "a limit order needs a price"
        : "a market order needs a worst price, unless the setting orders.defaultSlippage is set"
    )
  }
  const timeInForce = terms.time_in_force ?? (terms.type === "market" ? "FAK" : "GTC")
  const rests = timeInForce === "GTC" || timeInForce === "GTD"
  if (terms.type === "market" && rests) problem(["time_in_force"], "a market order is FOK or FAK")
  if (terms.post_only === true && !rests) problem(["post_only"], "post_only goes with GTC and GTD only")
  if ((timeInForce === "GTD") !== (terms.expires !== undefined)) {
    problem(["expires"], "expires goes with GTD, and GTD needs it")
  }
  if (terms.expires !== undefined && terms.expires < leastExpires) {
    problem(["expires"], "expected at least 2m: the venue ends orders 60 s early and wants 3 minutes")
  }
  const share = terms.close === undefined
    ? undefined
    : terms.close === "all"
    ? Fixed.one
    : (Fixed.fromText(terms.close.slice(0, -1)) ?? 0n) / 100n

  return placing({
    asset,
    assetText,
    side: terms.side,
    price,
    size,
    amount,
    share,
    round: terms.round ?? "passive",
    timeInForce,
    postOnly: terms.post_only ?? false,
    expires: terms.expires,
    slippage: options.defaultSlippage ?? 0,
    validFor: terms.valid_for ?? options.validFor
  })
}
