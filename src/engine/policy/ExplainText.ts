/** An explanation as a trader reads it: what happened or does not, why, one line per condition, and what it would take. Pure. */
import { oneLine } from "../../domain/OneLine.ts"
import * as Span from "../../domain/Span.ts"
import { comparisonOf, numberText, short, spanText, subjectOf } from "./ExplainWords.ts"
import type { Explanation, Part, Verdict } from "./Explanation.ts"

const marks: Readonly<Record<Part["truth"], string>> = { true: "✓", false: "✗", unknown: "?" }

const reasons: Readonly<Record<Verdict, string>> = {
  fired: "its conditions held and nothing stood in the way",
  off: "it is turned off",
  false: "its conditions do not hold",
  unknown: "something that its conditions need is not known",
  unarmed: "it has fired and has not been armed again since",
  holding: "its conditions hold, but not for long enough yet",
  held: "its conditions hold, and it has fired for this hold already",
  cooldown: "its conditions hold, but it fired a short time ago and is in its cooldown",
  limit: "its conditions hold, but a limit has no room for it",
  ready: "its conditions hold and nothing stands in the way: it fires with the next news of them"
}

const heldBack =
  "its conditions hold, but it was held back when they had held for long enough: it can fire after the next break"

const reasonOf = ({ hold, verdict }: Explanation): string =>
  verdict === "held" && hold?.isHeldBack === true ? heldBack : reasons[verdict]

/** "12:00:01.123Z" on the day of the explanation, the whole time otherwise. */
const clock = (time: string, day: string): string => time.slice(0, 10) === day.slice(0, 10) ? time.slice(11) : time

const told = (
  { found, samples, window }: { found: NonNullable<Part["found"]>; samples: number | undefined; window: boolean },
  at: string
): string => {
  const parts = [
    ...(found.source === undefined ? [] : [found.source]),
    ...(found.at === undefined
      ? []
      : [`${clock(found.at, at)}, ${ago(Date.parse(at) - Date.parse(found.at))}`]),
    ...(window && samples !== undefined ? [`${samples} ${samples === 1 ? "value" : "values"}`] : [])
  ]
  return `${numberText(found.value)}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`
}

const readsText = (part: Part): string => {
  const reads = (part.reads ?? []).map(({ name, value }) =>
    `${name} = ${value === undefined ? "not known" : numberText(value)}`
  )
  return reads.length === 0 ? "" : `; ${reads.join(", ")}`
}

const withoutSubject = (words: string): string => {
  const at = words.indexOf(" must ")
  return at < 0 ? words : words.slice(at + 1)
}

/** A condition in one line, without its mark. */
const conditionText = (part: Part, at: string): string => {
  const { written } = part
  const head = written === undefined
    ? short(part.expression ?? "")
    : `${subjectOf(written, part.asset)} ${comparisonOf(written, part.compared)}`
  const found = part.found === undefined
    ? ""
    : part.edge?.isNow === true && part.edge.before !== undefined
    ? `: went from ${numberText(part.edge.before)} to ${
      told({ found: part.found, samples: part.samples, window: written?.window !== undefined }, at)
    }`
    : written === undefined
    ? `: ${numberText(part.found.value)}${part.compared === undefined ? "" : ` against ${numberText(part.compared)}`}`
    : `: ${told({ found: part.found, samples: part.samples, window: written.window !== undefined }, at)}`
  const why = part.unknown === undefined ? "" : ` — ${part.unknown.words}`
  const change = part.change === undefined || part.unknown !== undefined
    ? ""
    : ` — ${withoutNow(withoutSubject(part.change.words))}`
  return `${head}${found}${readsText(part)}${why}${change}`
}

const ago = (ms: number): string => ms < 1_000 ? "just then" : `${spanText(ms)} ago`

const withoutNow = (words: string): string => words.replace(/: now [^,]*(?=,|$)/, "")

const withoutChange = ({ change: _change, ...part }: Part): Part => part

const titles: Readonly<Record<"all" | "any" | "not", string>> = {
  all: "all of these",
  any: "at least one of these",
  not: "not this"
}

const counted = { firings: "firings", orders: "orders", notional: "pUSD of orders" } as const

/** A tree, a line per condition, indented. */
const lines = (part: Part, at: string, depth: number, isFired = false): ReadonlyArray<string> => {
  const head = `${"  ".repeat(depth)}${marks[part.truth]} `
  if (part.kind === "condition" || part.kind === "expression") {
    return [`${head}${conditionText(isFired ? withoutChange(part) : part, at)}`]
  }
  const rest = part.leftOut === undefined ? [] : [`${"  ".repeat(depth + 1)}… ${part.leftOut} more, left out`]
  return [
    `${head}${titles[part.kind]}:`,
    ...(part.parts ?? []).flatMap((one) => lines(one, at, depth + 1, isFired)),
    ...rest
  ]
}

const howFar = ({ hasFired, isHeldBack, left }: NonNullable<Explanation["hold"]>): string => {
  if (left > 0) return `, ${spanText(left)} to go`
  if (hasFired) return ", has fired for this hold"
  return isHeldBack === true ? ", was held back when the time was full" : ""
}

/** The explanation as text, lines without an end. */
export const textOfExplanation = (explanation: Explanation): string => {
  const { asset, assets, at, changes, conditions, cooldown, hold, limits, off, rearm, verdict } = explanation
  const isFired = verdict === "fired"
  const name = explanation.name === explanation.policy ? "" : ` (${explanation.name})`
  const about = asset === undefined ? "" : ` for ${asset}`
  const said: Array<string> = [
    `${explanation.policy}${name} ${isFired ? "fired" : "is silent"}${about} at ${at}: ${reasonOf(explanation)}.`
  ]
  if (explanation.inForceThen !== undefined) {
    said.push(
      `  ${
        explanation.inForceThen.revision === undefined ? "It was not in force then" : "It was another one then"
      }: this is how it would have stood as it is written now`
    )
  }
  if (explanation.archivedUntil !== undefined) {
    said.push(
      `  Nothing is archived after ${
        clock(explanation.archivedUntil, at)
      }: no engine may have run then, and if so it could not fire`
    )
  }
  if (off !== undefined) {
    const since = off.at === undefined ? "" : ` at ${off.at}`
    const reason = off.reason === "" ? "" : `: ${oneLine(off.reason)}`
    said.push(`  Turned off by ${oneLine(off.actor)}${since}${reason}`)
  }
  if (conditions === undefined) said.push("  (the conditions were too many to be kept)")
  else said.push(...lines(conditions, at, 1, isFired))
  if (hold !== undefined) {
    said.push(
      hold.since === undefined
        ? `  Must hold for ${Span.toText(hold.needs)}: ${
          hold.before === undefined
            ? "does not hold now"
            : `held since ${
              clock(hold.before.since, at)
            } before the engine was started: goes on if it is found to hold by ${clock(hold.before.until, at)}`
        }`
        : `  Must hold for ${Span.toText(hold.needs)}: holds since ${clock(hold.since, at)}${
          hold.isRestored === true ? ", before the engine was started" : ""
        }${howFar(hold)}`
    )
  }
  if (rearm !== undefined) {
    said.push(`  ${rearm.isArmed ? "Armed" : "Not armed: since the last firing this must come true"}`)
    if (!rearm.isArmed && rearm.conditions !== undefined) said.push(...lines(rearm.conditions, at, 2))
  }
  if (cooldown !== undefined) {
    const last = cooldown.lastFiring === undefined ? "has not fired" : `last fired ${clock(cooldown.lastFiring, at)}`
    const per = cooldown.per === "policy" ? "" : ` for each ${cooldown.per}`
    said.push(
      `  Cooldown ${Span.toText(cooldown.length)}${per}: ${last}, ${
        cooldown.left > 0 ? `${spanText(cooldown.left)} left` : "over"
      }`
    )
  }
  for (const limit of limits) {
    said.push(
      `  Limit of ${limit.most} ${counted[limit.what]} per ${limit.per}: ${numberText(limit.used)} used${
        limit.isUsedUp && limit.freesAt !== undefined
          ? `, room again from ${clock(limit.freesAt, at)}`
          : limit.wants === undefined
          ? ""
          : `, no room for ${numberText(limit.wants)} more`
      }`
    )
  }
  if (assets !== undefined && assets.known > 1) {
    said.push(
      `  Of ${
        assets.looked === assets.known ? "" : `the first ${assets.looked} of `
      }${assets.known} assets it holds for ${assets.true}, not for ${assets.false}, is not known for ${assets.unknown}; this is ${
        assets.isNearest === true ? "the nearest" : "one of them"
      } (--asset shows another)`
    )
  }
  if (changes.length > 0) {
    said.push("  To fire:", ...changes.map((change) => `    - ${change}`))
  }
  if (explanation.isCut === true) said.push("  (some of it was left out, because it was kept in little room)")
  return said.join("\n")
}
