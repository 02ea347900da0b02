/**
 * Pseudo-random numbers that depend on a seed alone, so that one seed always tells the same story.
 * Not for secrets. The algorithm is sfc32: 128 bits of state, period of about 2^127.
 */
import { createHash } from "node:crypto"

/** A stream of numbers drawn from a seed. */
export interface Seeded {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** A uniform integer from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number
  /** True with the given probability. */
  readonly chance: (probability: number) => boolean
  /** Standard normal. */
  readonly normal: () => number
  /** `bytes` random bytes as lower case hex. */
  readonly hex: (bytes: number) => string
}

/** Starts a stream; streams of different names under one seed are independent. */
export const make = (seed: number, name: string): Seeded => {
  const digest = digestOf(seed, name)
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let d = digest.readInt32LE(12)
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  const next = () => word() / 4_294_967_296
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    hex: (bytes) => {
      let text = ""
      while (text.length < bytes * 2) text += word().toString(16).padStart(8, "0")
      return text.slice(0, bytes * 2)
    }
  }
}

/** A random UUID's text out of 32 hex digits or more. */
export const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`

/** 32 bytes of a seed and a name: where ids and throwaway keys come from. */
export const digestOf = (seed: number, name: string): Buffer =>
  createHash("sha256").update(`simulator/${seed}/${name}`).digest()
