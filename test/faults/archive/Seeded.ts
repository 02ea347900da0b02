/** A sequence of numbers that a seed fixes. */

/** Each call gives a whole number from 0 to `bound`, that not included. */
export const seeded = (seed: number) => {
  let state = seed
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 2 ** 32 * bound)
  }
}
