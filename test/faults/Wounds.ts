/** Texts damaged by a seed, and a watch on how long something takes with them. */
import { assert } from "@effect/vitest"

/** Mulberry32: the same seed, the same mutations. */
export const randomOf = (start: number) => {
  let state = start >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const pieces = [
  "null",
  "true",
  "-1",
  "1e400",
  "\"\"",
  "[]",
  "{}",
  "\"__proto__\":1,",
  "\\u0000",
  "\\ud800",
  "NaN",
  "0x1",
  "\"\u202e\"",
  "[[[[[[[["
]

/** A text with one to four wounds: bytes changed, cut out, doubled, or replaced by something that means something else. */
export const wound = (text: string, random: (below: number) => number): string => {
  let wounded = text
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(Math.max(1, wounded.length))
    const length = random(20)
    switch (random(5)) {
      case 0:
        wounded = wounded.slice(0, at) + String.fromCharCode(random(256)) + wounded.slice(at + 1)
        break
      case 1:
        wounded = wounded.slice(0, at) + wounded.slice(at + length)
        break
      case 2:
        wounded = wounded.slice(0, at) + wounded.slice(at, at + length) + wounded.slice(at)
        break
      case 3:
        wounded = wounded.slice(0, at) + pieces[random(pieces.length)] + wounded.slice(at)
        break
      default:
        wounded = wounded.replace(
          /"[^"]*"|\d+/g,
          (part) => (random(12) === 0 ? pieces[random(pieces.length)] ?? "" : part)
        )
    }
  }
  return wounded
}

/**
 * Runs something, and fails when it takes longer than some ms. The machine pauses for reasons of its own, so a slow one is given a second
 * chance.
 */
export const timed = (run: () => void, input: string, longest = 10): void => {
  for (let chance = 0; chance < 2; chance++) {
    const started = performance.now()
    run()
    if (performance.now() - started <= longest) return
  }
  assert.fail(`took longer than ${longest} ms: ${input.slice(0, 200)}`)
}

/**
 * Runs something, and fails when it takes longer than some ms: not once, which the machine's own pauses do, but in the middle of five further times,
 * three times over.
 */
export const timedByMedian = (run: () => void, input: string, longest: number): void => {
  const time = () => {
    const started = performance.now()
    run()
    return performance.now() - started
  }
  if (time() <= longest) return
  let median = 0
  for (let round = 0; round < 3; round++) {
    median = Array.from({ length: 5 }, time).sort((a, b) => a - b)[2] as number
    if (median <= longest) return
  }
  assert.fail(`took ${median.toFixed(2)} ms, at most ${longest}: ${input.slice(0, 200)}`)
}
