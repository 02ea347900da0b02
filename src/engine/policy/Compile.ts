/** Turns a validated policy into one that runs: names resolved, expressions compiled, right sides typed. All errors at once. */
import { Result } from "effect"
import type { AssetId } from "../../domain/Asset.ts"
import * as Actions from "./Actions.ts"
import { AssetNames } from "./AssetNames.ts"
import { Leaf, needsEdge } from "./Conditions.ts"
import type { AssetFilter, Look, Operand, Tree } from "./Conditions.ts"
import { constantOf } from "./Constants.ts"
import type { Environment } from "./Environment.ts"
import * as Expression from "./Expression.ts"
import type { Facts } from "./Facts.ts"
import { fields, fieldsOfAssets } from "./Fields.ts"
import { type Limit, limitsOf } from "./Limits.ts"
import { didYouMean, nearest } from "./Nearest.ts"
import * as Pattern from "./Pattern.ts"
import type { Action, Condition, Policy, SimpleCondition } from "./Policy.ts"
import { isMetric, kindOf, metrics, resolveAsset, vocabulary } from "./Scope.ts"
import type { Scope } from "./Scope.ts"
import * as Template from "./Template.ts"

/** What is wrong and where in the file's structure. */
export interface Problem {
  readonly path: ReadonlyArray<PropertyKey>
  /** It is the key at the end of the path that is wrong, not its value. */
  readonly isKey?: boolean
  readonly message: string
}

/** Something whose news makes a policy worth evaluating. */
export interface Trigger {
  readonly field: string
  /** Absent: any asset. */
  readonly filter: AssetFilter | undefined
  readonly source: string | undefined
  readonly leaf: Leaf | undefined
  /** The edge on whose right side the field is read: its news may be what makes it cross. */
  readonly edge?: Leaf | undefined
  /** It belongs to `rearm` alone: its news may arm the policy and never fire it. */
  readonly isRearm: boolean
}

/** A policy that runs. */
export interface CompiledPolicy {
  readonly id: string
  readonly name: string
  /** Hash of its meaning. */
  readonly revision: string
  /** Hash of what makes it fire: its conditions with `for`, `rearm` and `on_stale`. */
  readonly conditions: string
  readonly enabled: boolean
  readonly onStale: Look["onStale"]
  readonly priority: number
  /** ms of event time. */
  readonly cooldown: number
  readonly cooldownPer: "policy" | "asset" | "market"
  readonly tree: Tree
  /** How long the tree must be true without a break, ms; 0: not at all. */
  readonly holdFor: number
  /** The strictest `max_age` of its conditions, ms; Infinity without any. */
  readonly maxAge: number
  /** What must have been true since the last firing. */
  readonly rearm: Tree | undefined
  readonly limits: ReadonlyArray<Limit>
  readonly triggers: ReadonlyArray<Trigger>
  /** Whether it is evaluated per asset, because some condition names none or several. */
  readonly perAsset: boolean
  readonly actions: ReadonlyArray<Actions.CompiledAction>
  /** Channels it notifies. */
  readonly channels: ReadonlyArray<string>
  /** Slugs and condition ids of the markets it names anywhere, to be followed. */
  readonly markets: ReadonlyArray<string>
  /** Token ids it names, to be followed. */
  readonly tokens: ReadonlyArray<AssetId>
}

/** What the settings contribute. */
export interface CompileOptions {
  /** pUSD per share, in millionths; absent: market orders need a price. */
  readonly defaultSlippage: number | undefined
  /** ms a decision stays good. */
  readonly validFor: number
  /** What webhooks may tell of the environment; absent: nothing. */
  readonly env?: Environment
  /** Hosts that webhooks may call though they are not public. */
  readonly webhookHosts?: ReadonlyArray<string>
  /** Kinds of the channels there are, by name, beside those that always load. */
  readonly channels?: ReadonlyMap<string, string>
  /** Names of the cron jobs there are; absent: there may be any. */
  readonly crons?: ReadonlyArray<string>
}

const lookUpPattern = /^(\w+)\((?:'(.*)')?\)$/

/** Compiles a policy whose hashes are known, or says everything that is wrong with it. */
export const compile = (
  policy: Policy,
  { conditions, revision }: Pick<CompiledPolicy, "revision" | "conditions">,
  options: CompileOptions
): Result.Result<CompiledPolicy, ReadonlyArray<Problem>> => {
  const problems: Array<Problem> = []
  const triggers: Array<Trigger> = []
  /** What expressions read of the policy's own asset: whose news that is is known when all conditions are. */
  const ownReads: Array<Omit<Trigger, "filter">> = []
  /** Whether what is being compiled belongs to `rearm`. */
  let isRearm = false
  let strictest = Infinity
  const onStale = policy.on_stale ?? "hold"
  const report = (path: ReadonlyArray<PropertyKey>, message: string) => {
    problems.push({ path, message })
    return undefined
  }

  const assets = new AssetNames(report)

  const operandOf = (
    condition: SimpleCondition,
    path: ReadonlyArray<PropertyKey>,
    maxAge: number | undefined
  ): Operand | undefined => {
    const { field, operator, value } = condition
    const place = [...path, "value"]
    const isText = kindOf(field) === "text"
    if (operator === "changes" || operator === undefined) {
      return value === undefined ? undefined : report(place, `expected no value beside ${operator ?? field}`)
    }
    if (value === undefined) return report(path, `expected a value for operator "${operator}"`)
    if (operator === "in") {
      if (!Array.isArray(value)) {
        return report(place, `expected a list for operator "in", found ${JSON.stringify(value)}`)
      }
      if (value.length === 0) return report(place, `expected at least one value for operator "in", found none`)
      const values = new Set<bigint | string>()
      for (const [at, one] of value.entries()) {
        const constant = constantOf(field, one)
        if (Result.isFailure(constant)) report([...place, at], constant.failure)
        else values.add(constant.success)
      }
      return { _tag: "Constants", values }
    }
    if (typeof value === "object") return report(place, `expected one value for operator "${operator}", found a list`)
    if (operator === "matches" || operator === "contains") {
      if (!isText) return report([...path, "operator"], `"${operator}" compares text; ${field} is a number`)
      if (operator === "contains") return { _tag: "Constant", value: String(value) }
      const pattern = Pattern.compile(String(value))
      return Result.isSuccess(pattern)
        ? { _tag: "Pattern", pattern: pattern.success }
        : report(place, pattern.failure)
    }
    if (isText && operator !== "==" && operator !== "!=") {
      return report([...path, "operator"], `"${operator}" compares numbers; ${field} is text`)
    }
    if (typeof value === "string" && value.includes("{{")) {
      const template = Template.compile(value, vocabulary)
      if (Result.isFailure(template)) return report(place, template.failure.message)
      const { single } = template.success
      if (single === undefined || single.kind !== (isText ? "text" : "number")) {
        return report(place, `expected one expression of a ${isText ? "text" : "number"}`)
      }
      return { _tag: "Expression", reads: single.reads, ...lookingAt(single, maxAge) }
    }
    const constant = constantOf(field, value)
    return Result.isSuccess(constant)
      ? { _tag: "Constant", value: constant.success }
      : report(place, constant.failure)
  }

  /** What expressions read is news worth an evaluation: of the asset that `of` compares, or of the policy's. */
  const addReads = (reads: ReadonlyArray<string>, of: Leaf | undefined, path: ReadonlyArray<PropertyKey>) => {
    const edge = of?.isEdge === true ? of : undefined
    for (const read of reads) {
      const call = lookUpPattern.exec(read)
      const head = { source: undefined, leaf: undefined, edge, isRearm }
      if (call !== null) {
        const filter = call[2] === undefined ? undefined : assets.filterNamed(call[2], path)
        triggers.push({ field: call[1] ?? "", filter, ...head })
      }
      for (const field of fieldsBehind.get(read) ?? []) {
        if (of?.filter === undefined) ownReads.push({ field, ...head })
        else triggers.push({ field, filter: of.filter, ...head })
      }
    }
  }

  /** Which assets the conditions speak of: those they name, or any where one of them names none. */
  const spokenOf = (): ReadonlyArray<AssetFilter | undefined> => {
    const ofAssets = triggers.flatMap(({ isRearm, leaf }) => !isRearm && leaf?.isOfAsset === true ? [leaf.filter] : [])
    return ofAssets.length === 0 || ofAssets.includes(undefined) ? [undefined] : [...new Set(ofAssets)]
  }

  /** The asset of a condition of `rearm` that names none: the one that the policy speaks of. */
  const rearmedBy = (field: string, path: ReadonlyArray<PropertyKey>): AssetFilter | undefined => {
    if (!isRearm || !fieldsOfAssets.has(field)) return undefined
    const spoken = spokenOf()
    return spoken.length === 1
      ? spoken[0]
      : report(path, `expected an asset for field "${field}": the conditions speak of ${spoken.length}`)
  }

  /** An expression that looks at values as its policy does: none too old, and stale ones as the policy says. */
  const lookingAt = ({ reads, run }: Expression.Compiled<Scope>, maxAge: number | undefined) => {
    const wish = { maxAge, ignoreStale: onStale === "ignore" }
    const lookUps = reads.flatMap((read) => {
      const call = lookUpPattern.exec(read)
      return call === null ? [] : [{ field: call[1] ?? "", asset: call[2] }]
    })
    return {
      run: maxAge === undefined && !wish.ignoreStale
        ? run
        : (scope: Scope) => scope.facts.within(wish, () => run(scope)),
      isStale: (facts: Facts) =>
        lookUps.some(({ asset, field }) => {
          const assetId = asset === undefined ? undefined : resolveAsset(facts, asset)
          return (asset === undefined || assetId !== undefined) && facts.isStale(field, assetId)
        })
    }
  }

  /** The action that is being compiled. */
  let action = 0
  /** What an action names is followed like what a condition names. */
  const names = {
    asset: (text: string) => assets.follow(text, ["actions", action]),
    reads: (reads: ReadonlyArray<string>) => {
      for (const read of reads) {
        const asset = lookUpPattern.exec(read)?.[2]
        if (asset !== undefined) names.asset(asset)
      }
    }
  }

  const treeOf = (
    condition: Condition,
    path: ReadonlyArray<PropertyKey>,
    maxAge: number | undefined
  ): Tree | undefined => {
    if ("all" in condition || "any" in condition) {
      const key = "all" in condition ? "all" : "any"
      const within = condition.max_age === undefined
        ? maxAge
        : Math.min(condition.max_age, maxAge ?? Number.POSITIVE_INFINITY)
      if (!isRearm && within !== undefined) strictest = Math.min(strictest, within)
      const parts = ("all" in condition ? condition.all : condition.any).flatMap((part, at) =>
        treeOf(part, [...path, key, at], within) ?? []
      )
      return { _tag: key === "all" ? "All" : "Any", parts }
    }
    if ("not" in condition) {
      const part = treeOf(condition.not, [...path, "not"], maxAge)
      return part === undefined ? undefined : { _tag: "Not", part }
    }
    if ("expression" in condition) {
      const compiled = Expression.compile<Scope>(condition.expression, vocabulary)
      if (Result.isFailure(compiled)) return report([...path, "expression"], compiled.failure.message)
      if (compiled.success.kind !== "boolean") {
        return report([...path, "expression"], `expected a comparison, found a ${compiled.success.kind}`)
      }
      addReads(compiled.success.reads, undefined, [...path, "expression"])
      const { isStale, run } = lookingAt(compiled.success, maxAge)
      return {
        _tag: "Expression",
        run: onStale === "fire" ? (scope) => run(scope) ?? (isStale(scope.facts) ? true : undefined) : run,
        text: condition.expression
      }
    }
    return leafOf(condition, path, maxAge)
  }

  const leafOf = (
    condition: SimpleCondition,
    path: ReadonlyArray<PropertyKey>,
    maxAge: number | undefined
  ): Tree | undefined => {
    const { field, operator } = condition
    const isTime = field === "tick" || field.startsWith("cron:")
    const of = assets.filterOf(condition, path)
    const problem = problemOfField(field, options.crons)
    if (problem !== undefined) return report([...path, "field"], problem)
    if (!isTime && operator === undefined) return report(path, `expected an operator for field "${field}"`)
    if (isTime && operator !== undefined) return report([...path, "operator"], `expected no operator beside ${field}`)
    const named = fieldsOfAssets.has(field) ? undefined : assetKeys.find((key) => condition[key] !== undefined)
    if (named !== undefined) return report([...path, named], `expected no ${named} beside ${field}, which has none`)
    const operand = operandOf(condition, path, maxAge)
    const filter = of ?? rearmedBy(field, path)
    const window = windowOf(condition, path)
    const leaf = new Leaf({
      field,
      operator,
      operand,
      filter,
      source: condition.source,
      look: { window, maxAge, onStale }
    })
    triggers.push({ field, filter, source: condition.source, leaf, isRearm })
    for (const other of fieldsOf.get(field) ?? []) {
      triggers.push({
        field: other,
        filter,
        source: undefined,
        leaf: undefined,
        edge: leaf.isEdge ? leaf : undefined,
        isRearm
      })
    }
    if (operand?._tag === "Expression") addReads(operand.reads, leaf, [...path, "value"])
    return { _tag: "Leaf", leaf, written: condition }
  }

  const windowOf = ({ field, source, window }: SimpleCondition, path: ReadonlyArray<PropertyKey>): Look["window"] => {
    if (window === undefined) return undefined
    const { aggregation, duration, min_samples } = window
    const isNumber = kindOf(field) === "number" && field !== "time_to_end" && field !== "tick" &&
      !field.startsWith("cron:")
    if (!isNumber) return report([...path, "window"], `a window is of numbers that are told; ${field} is none`)
    if (aggregation === "vwap" && field !== "last") {
      return report([...path, "window", "aggregation"], `"vwap" is of trades: expected field "last", found "${field}"`)
    }
    return { of: { field, source, duration, aggregation }, minimumSamples: min_samples ?? 1 }
  }

  const tree = treeOf(policy.conditions, ["conditions"], undefined)
  if (tree !== undefined && (policy.for ?? 0) > 0 && needsEdge(tree)) {
    report(["for"], "a crossing or change is true on one event alone: it cannot hold")
  }
  isRearm = true
  const rearm = policy.rearm === undefined ? undefined : treeOf(policy.rearm, ["rearm"], undefined)
  isRearm = false
  if (tree !== undefined && problems.length === 0 && triggers.length + ownReads.length === 0) {
    report(["conditions"], "expected something that is told: nothing would make this worth a look")
  }
  for (const read of ownReads) triggers.push(...spokenOf().map((filter) => ({ ...read, filter })))
  if (onStale !== "hold" && policy.actions.some(({ type }) => type === "order")) {
    report(["on_stale"], `"${onStale}" is not for policies with order actions: what is stale decides about no order`)
  }
  const actions = policy.actions.flatMap((written, at) => {
    action = at
    const compiled = Actions.compile(written, policy.id, {
      ...options,
      names,
      before: { isFirst: at === 0, hasOrder: policy.actions.slice(0, at).some(isPlace) },
      isNotionalLimited: policy.limits?.notional !== undefined
    })
    if (Result.isSuccess(compiled)) return [compiled.success]
    for (const problem of compiled.failure) report(["actions", at, ...problem.path], problem.message)
    return []
  })
  if (tree === undefined || problems.length > 0) return Result.fail(problems)
  return Result.succeed({
    id: policy.id,
    name: policy.name ?? policy.id,
    revision,
    conditions,
    enabled: policy.enabled ?? true,
    onStale,
    priority: policy.priority ?? 0,
    cooldown: policy.cooldown ?? 0,
    cooldownPer: policy.cooldown_per ?? "policy",
    tree,
    holdFor: policy.for ?? 0,
    maxAge: strictest,
    rearm,
    limits: limitsOf(policy.limits),
    triggers,
    perAsset: triggers.some(({ field, filter, isRearm }) =>
      !isRearm && filter?.single === undefined && fieldsOfAssets.has(field)
    ),
    actions,
    channels: policy.actions.flatMap((action) => action.type === "notification" ? [action.channel] : []),
    markets: [...assets.markets],
    tokens: [...assets.tokens]
  })
}

/** What says which asset a condition speaks of. */
const assetKeys = ["asset", "market", "outcome"] as const

const isPlace = (action: Action): boolean => action.type === "order" && action.operation === "place"

/** The fields whose news changes a variable. */
const fieldsBehind: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["event.price", ["price", "last"]],
  ["event.bid", ["bid"]],
  ["event.ask", ["ask"]],
  ["event.size", ["trade_size"]],
  ["event.side", ["trade_side"]],
  ["position.size", ["position"]],
  ["position.avg_price", ["avg_price"]],
  ["position.unrealized_pnl", ["unrealized_pnl", "price"]]
])

/** Fields whose news changes another one. */
const fieldsOf: ReadonlyMap<string, ReadonlyArray<string>> = new Map([["unrealized_pnl", ["price"]]])

/** What is wrong with the name of a field. */
const problemOfField = (field: string, crons: ReadonlyArray<string> | undefined): string | undefined => {
  if (field.startsWith("cron:")) {
    const name = field.slice("cron:".length)
    if (crons === undefined || crons.includes(name)) return undefined
    const guess = didYouMean(nearest(name, crons))
    return `unknown cron job ${JSON.stringify(name)}${guess}; the settings (--config) describe them under cron:`
  }
  if (fields.some((name) => name === field) || isMetric(field)) return undefined
  return `unknown field ${JSON.stringify(field)}${didYouMean(nearest(field, [...fields, ...metrics]))}`
}
