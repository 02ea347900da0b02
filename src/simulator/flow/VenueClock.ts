/**
 * The venue's clock: the simulator's, but while agents act the time that is theirs, which may lie a moment back. What they do is dated by it, so
 * that the story does not depend on when somebody looked.
 */
export class VenueClock {
  readonly #real: () => number
  #acting: number | undefined

  constructor(real: () => number) {
    this.#real = real
  }

  /** ms UTC. */
  readonly now = (): number => this.#acting ?? this.#real()

  /** Does something at a time of its own. */
  during(at: number, act: () => void): void {
    const before = this.#acting
    this.#acting = at
    try {
      act()
    } finally {
      this.#acting = before
    }
  }
}
