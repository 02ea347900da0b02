/** Explanations made to fit into little room: deeper parts go first, and it says so. Pure. */
import type { Explanation, Part } from "./Explanation.ts"

/** The most that is kept with a firing, bytes of JSON. */
export const mostBytes = 4_096

const mostParts = 12

const cutPart = (part: Part, depth: number): Part => {
  if (part.parts === undefined) return part
  const kept = depth === 0 ? [] : part.parts.slice(0, mostParts).map((one) => cutPart(one, depth - 1))
  const leftOut = (part.leftOut ?? 0) + part.parts.length - kept.length
  return { ...part, parts: kept, ...(leftOut === 0 ? {} : { leftOut }) }
}

const bytesOf = (explanation: Explanation): number => Buffer.byteLength(JSON.stringify(explanation))

/** The explanation in at most `most` bytes of JSON; the same when it fits. */
export const fitInto = (explanation: Explanation, most: number = mostBytes): Explanation => {
  if (bytesOf(explanation) <= most) return explanation
  const { conditions, rearm } = explanation
  const whole = { ...explanation, isCut: true }
  for (const depth of [4, 3, 2, 1]) {
    const cut: Explanation = {
      ...whole,
      ...(conditions === undefined ? {} : { conditions: cutPart(conditions, depth) }),
      ...(rearm?.conditions === undefined
        ? {}
        : { rearm: { ...rearm, conditions: cutPart(rearm.conditions, Math.min(depth, 2)) } })
    }
    if (bytesOf(cut) <= most) return cut
  }
  const { conditions: _conditions, rearm: _rearm, ...bare } = whole
  const least = { ...bare, changes: [] }
  return rearm === undefined ? least : { ...least, rearm: { isArmed: rearm.isArmed } }
}
