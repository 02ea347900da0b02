/**
 * Who hears of what: rules found by field, by field and asset, and by window. Built once from a set of rules; what it finds depends on the markets
 * known so far and is kept until those change.
 */
import type { AssetId } from "../../domain/Asset.ts"
import { type Leaf, leavesOf } from "./Conditions.ts"
import type { Facts } from "./Facts.ts"
import { lifeOf } from "./KnownFacts.ts"
import { Lane } from "./Lane.ts"
import { type Interest, type Rule, timeField } from "./Rule.ts"
import type { SeenPlainly } from "./SeenPlainly.ts"
import type { SharedWindow, SharedWindows } from "./SharedWindow.ts"
import { Instance, type Last, type Outlook, Watch } from "./Watch.ts"

/** Who is interested in a field of an asset: plain comparisons by their thresholds, those that wait for levels, and all others. */
export interface Found {
  readonly field: string
  /** How long its values live, ms. */
  readonly life: number
  readonly lane: Lane | undefined
  readonly watches: ReadonlyArray<Watch>
  readonly others: ReadonlyArray<Interest>
  /** What plain comparisons saw of it, once they have seen something. */
  seen?: SeenPlainly
}

/** A set of rules by what they listen to. */
export class RuleIndex {
  readonly rules: ReadonlyArray<Rule>
  /** Who looks at what changes with nothing but time. */
  readonly timed: ReadonlyArray<Interest>
  /** By shared window: who looks at it. */
  readonly lookers: ReadonlyMap<SharedWindow, ReadonlyArray<Interest>>
  /** Those with edges, which a gap disarms; edges of plain rules are kept by their lanes. */
  readonly leaves: ReadonlyArray<Leaf>
  /** Every field, metric and tick that anybody listens to. */
  readonly fields: ReadonlySet<string>
  /** By asset and field: who is interested, against the markets known so far. */
  readonly #found = new Map<AssetId | "", Map<string, Found>>()
  /** The same by the lists of fields that events tell, which are the same few lists again and again; nobody is left out. */
  readonly #together = new Map<ReadonlyArray<string>, Map<AssetId | "", ReadonlyArray<Found>>>()
  readonly #interests = new Map<string, Interests>()
  /** By asset, then by field and source. */
  readonly #lasts: Map<AssetId | "", Map<string, Last>>
  /** By rule and asset, "" for a rule that names its assets. */
  readonly #instances = new Map<Rule, Map<AssetId | "", Instance>>()

  /** Leaves with windows are given theirs out of `windows`. What was told last is known from the index `before`. */
  constructor(rules: ReadonlyArray<Rule>, windows: SharedWindows, before?: RuleIndex) {
    this.rules = rules
    this.#lasts = before === undefined ? new Map() : before.#lasts
    const lookers = new Map<SharedWindow, Array<Interest>>()
    for (const rule of rules) {
      for (const trigger of rule.policy.triggers) {
        const interest = { rule, trigger }
        let interests = this.#interests.get(trigger.field)
        if (interests === undefined) {
          this.#interests.set(trigger.field, interests = { fixed: new Map(), open: [] })
        }
        const fixed = trigger.filter?.fixed
        if (fixed === undefined) interests.open.push(interest)
        else append(interests.fixed, fixed, interest)
        const { leaf } = trigger
        if (leaf?.look.window === undefined) continue
        leaf.shared = windows.get(leaf.look.window.of)
        append(lookers, leaf.shared, interest)
      }
    }
    const ofTime = this.#interests.get(timeField)
    this.timed = [
      ...ofTime?.open ?? [],
      ...[...ofTime?.fixed.values() ?? []].flat(),
      ...rules.filter(({ policy }) => policy.onStale === "fire").flatMap(interestsOf)
    ]
    this.lookers = lookers
    this.fields = new Set(this.#interests.keys())
    this.leaves = rules.filter(({ isPlain, isWatched }) => !isPlain && !isWatched).flatMap(({ policy }) => [
      ...leavesOf(policy.tree),
      ...(policy.rearm === undefined ? [] : leavesOf(policy.rearm))
    ]).filter(({ isEdge }) => isEdge)
  }

  /** Who is interested in any of some fields of an asset. */
  findAll(facts: Facts, fields: ReadonlyArray<string>, assetId: AssetId | undefined): ReadonlyArray<Found> {
    let byAsset = this.#together.get(fields)
    if (byAsset === undefined) {
      if (this.#together.size >= mostTogether) this.#together.clear()
      this.#together.set(fields, byAsset = new Map())
    }
    let found = byAsset.get(assetId ?? "")
    if (found === undefined) {
      found = this.#lookAll(facts, fields, assetId)
      byAsset.set(assetId ?? "", found)
    }
    return found
  }

  #lookAll(facts: Facts, fields: ReadonlyArray<string>, assetId: AssetId | undefined): ReadonlyArray<Found> {
    return fields.map((field) => this.find(facts, field, assetId)).filter(({ lane, others, watches }) =>
      lane !== undefined || others.length > 0 || watches.length > 0
    )
  }

  /** Who is interested in a field of an asset. */
  find(facts: Facts, field: string, assetId: AssetId | undefined): Found {
    let byField = this.#found.get(assetId ?? "")
    if (byField === undefined) this.#found.set(assetId ?? "", byField = new Map())
    let found = byField.get(field)
    if (found !== undefined) return found
    const interests = this.#interests.get(field)
    if (interests === undefined) return nobody
    found = this.#look(interests, facts, field, assetId)
    byField.set(field, found)
    return found
  }

  /** Markets have become known or have changed: who is interested is to be found anew. */
  forget(): void {
    this.#found.clear()
    this.#together.clear()
    this.#instances.clear()
  }

  /** Remembers nothing of some assets any more. */
  forgetAssets(assetIds: ReadonlyArray<AssetId>): void {
    for (const assetId of assetIds) this.#lasts.delete(assetId)
    if (assetIds.length > 0) this.forget()
  }

  #look({ fixed, open }: Interests, facts: Facts, field: string, assetId: AssetId | undefined): Found {
    const interested = open.filter(({ trigger: { filter } }) =>
      filter === undefined || (assetId !== undefined && filter.matches(facts, assetId))
    )
    if (assetId !== undefined) interested.push(...fixed.get(assetId) ?? [])
    const plain = interested.filter(({ rule }) => rule.isPlain).map(({ rule }) => rule)
    return {
      field,
      life: lifeOf(field),
      lane: plain.length === 0 || assetId === undefined ? undefined : new Lane(plain, assetId),
      watches: this.#watches(interested.filter(({ rule }) => rule.isWatched), facts, field, assetId),
      others: interested.filter(({ rule }) => !rule.isPlain && !rule.isWatched)
    }
  }

  #watches(
    interested: ReadonlyArray<Interest>,
    facts: Facts,
    field: string,
    assetId: AssetId | undefined
  ): ReadonlyArray<Watch> {
    const groups = new Map<string, { of: Outlook; members: Array<{ instance: Instance; leaf: Leaf }> }>()
    for (const { rule, trigger: { leaf } } of interested) {
      if (leaf === undefined) continue
      const { look, shared, source } = leaf
      const minimumSamples = look.window?.minimumSamples ?? 0
      const key = JSON.stringify([source, look.window?.of, minimumSamples])
      let group = groups.get(key)
      if (group === undefined) {
        const last = this.#last(assetId ?? "", JSON.stringify([field, source]))
        const window = shared === undefined ? undefined : { shared, minimumSamples }
        groups.set(key, group = { of: { assetId, field, source, window, last }, members: [] })
      }
      group.members.push({ instance: this.#instance(rule, assetId), leaf })
    }
    const watches = [...groups.values()].map(({ members, of }) => new Watch(of, members))
    if (assetId !== undefined && facts.isContested(assetId)) { for (const watch of watches) watch.contest() }
    return watches
  }

  #last(assetId: AssetId | "", key: string): Last {
    let byKey = this.#lasts.get(assetId)
    if (byKey === undefined) this.#lasts.set(assetId, byKey = new Map())
    let last = byKey.get(key)
    if (last === undefined) byKey.set(key, last = { event: undefined, source: undefined })
    return last
  }

  #instance(rule: Rule, assetId: AssetId | undefined): Instance {
    const bound = rule.policy.perAsset ? assetId : undefined
    if (bound !== undefined && !rule.bound.has(bound)) rule.bound.set(bound, undefined)
    let byAsset = this.#instances.get(rule)
    if (byAsset === undefined) this.#instances.set(rule, byAsset = new Map())
    let instance = byAsset.get(bound ?? "")
    if (instance === undefined) byAsset.set(bound ?? "", instance = new Instance(rule, bound))
    return instance
  }
}

/** What becomes stale does so with nothing but time. */
const interestsOf = (rule: Rule): ReadonlyArray<Interest> =>
  rule.policy.triggers.filter(({ isRearm }) => !isRearm).map((trigger) => ({ rule, trigger }))

/** Who is interested in a field: in one asset whatever markets are known, and all others. */
interface Interests {
  readonly fixed: Map<AssetId, Array<Interest>>
  readonly open: Array<Interest>
}

/** Lists of fields that are remembered; those of what seldom comes are made anew each time. */
const mostTogether = 8

const nobody: Found = { field: "", life: 0, lane: undefined, watches: [], others: [] }

const append = <K, V>(lists: Map<K, Array<V>>, key: K, value: V): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
