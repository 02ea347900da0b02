/** Compares the firings of a test with those it expects: the list is complete, so one too many fails like one too few. Pure. */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import * as Span from "../../domain/Span.ts"
import type { DecidedAction, Decision } from "./Decision.ts"
import { isLike } from "./Like.ts"
import { numberOf } from "./Policy.ts"
import type { ExpectedFiring, ExpectedOrder } from "./PolicyTest.ts"

/** What a comparison has to know of the test. */
export interface Naming {
  /** Event time of the start, ms. */
  readonly start: number
  /** The asset a name means at a time, ms after the start. */
  readonly assetOf: (name: string, at: number) => AssetId | undefined
  readonly nameOf: (assetId: AssetId) => string
}

/** Lines that tell how firings differ from what is expected; empty when they do not. */
export const differences = (
  expected: ReadonlyArray<ExpectedFiring>,
  firings: ReadonlyArray<Decision>,
  naming: Naming
): ReadonlyArray<string> => {
  const slots = expected.flatMap((one) => Array.from({ length: one.count ?? 1 }, () => one))
  const isOrdered = expected.every(({ at, count }) => at !== undefined && count === undefined)
  const found = isOrdered ? inOrder(slots, firings, naming) : anyOrder(slots, firings, naming)
  const missing = slots.filter((_, at) => found[at] === undefined)
  const taken = new Set(found)
  const extra = firings.filter((_, at) => !taken.has(at))
  if (missing.length === 0 && extra.length === 0) return []
  return [
    ...counted(missing.map(describeExpected)).map((line) => `expected: ${line}`),
    ...(missing.length > 0 && extra.length === 0 ? ["got:      nothing more"] : []),
    ...counted(extra.map((firing) => describe(firing, naming))).map((line) => `got:      ${line}`)
  ]
}

type Found = Array<number | undefined>

/** The firings at one time in the order expected. */
const inOrder = (slots: ReadonlyArray<ExpectedFiring>, firings: ReadonlyArray<Decision>, naming: Naming): Found => {
  const byTime = slots.map((slot, index) => ({ slot, index })).sort((a, b) =>
    (a.slot.at ?? 0) - (b.slot.at ?? 0) || a.index - b.index
  )
  const found: Found = slots.map(() => undefined)
  let next = 0
  for (const { index, slot } of byTime) {
    for (let at = next; at < firings.length; at++) {
      const firing = firings[at] as Decision
      if (firing.receivedAt - naming.start > (slot.at ?? 0)) break
      if (!fits(slot, firing, naming)) continue
      found[index] = at
      next = at + 1
      break
    }
  }
  return found
}

/** Pairs as many as can be paired. */
const anyOrder = (slots: ReadonlyArray<ExpectedFiring>, firings: ReadonlyArray<Decision>, naming: Naming): Found => {
  const kinds = new Map<ExpectedFiring, ReadonlyArray<number>>()
  for (const slot of slots) {
    if (kinds.has(slot)) continue
    kinds.set(slot, firings.flatMap((firing, at) => (fits(slot, firing, naming) ? [at] : [])))
  }
  const owner: Array<number | undefined> = firings.map(() => undefined)
  const found: Found = slots.map(() => undefined)
  for (const root of slots.keys()) {
    // A path to a free firing along which owners can move on, found breadth first.
    const cameFrom = new Map<number, number>()
    const queue = [root]
    let free: number | undefined
    for (let head = 0; head < queue.length && free === undefined; head++) {
      const slot = queue[head] as number
      for (const at of kinds.get(slots[slot] as ExpectedFiring) ?? []) {
        if (cameFrom.has(at)) continue
        cameFrom.set(at, slot)
        const holder = owner[at]
        if (holder === undefined) {
          free = at
          break
        }
        queue.push(holder)
      }
    }
    while (free !== undefined) {
      const slot = cameFrom.get(free) as number
      const before = found[slot]
      found[slot] = free
      owner[free] = slot
      free = slot === root ? undefined : before
    }
  }
  return found
}

const fits = (expected: ExpectedFiring, firing: Decision, naming: Naming): boolean => {
  const at = firing.receivedAt - naming.start
  return expected.policy === firing.policyId &&
    (expected.at === undefined || expected.at === at) &&
    (expected.asset === undefined || naming.assetOf(expected.asset, at) === firing.assetId) &&
    (expected.notification === undefined ||
      firing.actions.some((action) =>
        action._tag === "Notification" && isLike(expected.notification ?? "", action.text)
      )) &&
    (expected.order === undefined ||
      firing.actions.some((action) =>
        action._tag === "PlaceOrder" && isOrder(expected.order ?? {}, action.request, at, naming)
      )) &&
    (expected.webhook === undefined ||
      firing.actions.some((action) =>
        action._tag === "Webhook" &&
        isLike(expected.webhook?.url ?? "*", action.shown.url) &&
        isLike(expected.webhook?.body ?? "*", action.shown.body ?? "")
      ))
}

type Request = Extract<DecidedAction, { _tag: "PlaceOrder" }>["request"]

const isOrder = (expected: ExpectedOrder, request: Request, at: number, naming: Naming): boolean =>
  (expected.asset === undefined || naming.assetOf(expected.asset, at) === request.assetId) &&
  (expected.side === undefined || expected.side === request.side) &&
  isAmount(expected.price, request.price) &&
  isAmount(expected.size, request.size) &&
  isAmount(expected.amount, request.amount)

const isAmount = (expected: string | number | undefined, micro: number | undefined): boolean =>
  expected === undefined || (micro !== undefined && numberOf(expected) === Fixed.fromMicro(micro))

const offset = (ms: number): string => (ms === 0 ? "0s" : Span.toText(ms))

const describeExpected = ({ asset, at, notification, order, policy, webhook }: ExpectedFiring): string =>
  [
    ...(at === undefined ? [] : [`at ${offset(at)}`]),
    policy,
    ...(asset === undefined ? [] : [asset]),
    ...(notification === undefined ? [] : [JSON.stringify(notification)]),
    ...(order === undefined ? [] : [`order ${JSON.stringify(order)}`]),
    ...(webhook === undefined ? [] : [`webhook ${JSON.stringify(webhook)}`])
  ].join(" ")

/** A firing in a line. */
export const describe = ({ actions, assetId, policyId, receivedAt }: Decision, { nameOf, start }: Naming): string =>
  [
    `at ${offset(receivedAt - start)}`,
    policyId,
    ...(assetId === undefined ? [] : [nameOf(assetId)]),
    ...actions.map((action) => describeAction(action, nameOf))
  ].join(" ")

const describeAction = (action: Decision["actions"][number], nameOf: Naming["nameOf"]): string => {
  switch (action._tag) {
    case "Notification":
      return JSON.stringify(action.text)
    case "PlaceOrder": {
      const { amount, assetId, price, side, size } = action.request
      const decimal = (micro: number) => Fixed.toDecimal(Fixed.fromMicro(micro))
      return `order ${
        JSON.stringify({
          asset: nameOf(assetId),
          side,
          price: decimal(price),
          size: decimal(size),
          ...(amount === undefined ? {} : { amount: decimal(amount) })
        })
      }`
    }
    case "Webhook":
      return `webhook ${action.shown.method} ${action.shown.url} ${action.shown.body ?? ""}`.trimEnd()
    case "CancelOrders":
      return "cancel"
    case "Deferred":
      return "an action that waits"
    case "Impossible":
      return `impossible action: ${action.reason}`
  }
}

/** Equal lines that follow each other become one with their number. */
const counted = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const numbers = new Map<string, number>()
  for (const line of lines) numbers.set(line, (numbers.get(line) ?? 0) + 1)
  return [...numbers].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`))
}
