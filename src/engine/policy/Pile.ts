/** A list that is filled anew again and again, without making room anew. */
export class Pile<A> {
  readonly #items: Array<A> = []
  size = 0

  add(item: A): void {
    this.#items[this.size++] = item
  }

  /** One of the first `size`. */
  at(place: number): A {
    return this.#items[place] as A
  }

  all(): Array<A> {
    return this.#items.slice(0, this.size)
  }

  clear(): void {
    this.size = 0
  }
}
