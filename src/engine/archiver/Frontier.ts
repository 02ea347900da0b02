/**
 * How far the archive has come: chunks are added in the order of the spool and settled in any order; everything before
 * `position` is settled. Plain mutable state, used from one fiber step at a time.
 */
import type { SpoolPosition } from "../Spool.ts"

/** A chunk of the spool whose events are not all settled. */
export interface Chunk {
  readonly end: SpoolPosition
  /** When it was taken in, ms. */
  readonly at: number
  /** True for what an earlier run left. */
  readonly recovered: boolean
  /** Events not settled yet. */
  open: number
}

export class Frontier {
  /** Everything before this place is settled. */
  position: SpoolPosition
  private readonly chunks: Array<Chunk> = []

  constructor(position: SpoolPosition) {
    this.position = position
  }

  /** Adds the chunk that follows the last one added. */
  add(chunk: Chunk): Chunk {
    this.chunks.push(chunk)
    this.advance()
    return chunk
  }

  /** Settles one event of a chunk. */
  settle(chunk: Chunk): void {
    chunk.open--
    if (chunk.open === 0) this.advance()
  }

  private advance(): void {
    let done = 0
    for (const chunk of this.chunks) {
      if (chunk.open > 0) break
      this.position = chunk.end
      done++
    }
    if (done > 0) this.chunks.splice(0, done)
  }
}
