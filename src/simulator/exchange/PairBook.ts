/**
 * The order book of one binary market with price-time priority. Both outcomes stand on one ladder, that of the first outcome: to buy the second at q
 * is to offer the first at 1 - q, and to sell it at q is to bid 1 - q. So a buyer meets a seller of the same outcome (direct), a buyer of the other
 * one (a pair is minted of both payments), and a seller a seller of the other one (a pair is merged). Prices, sizes and money are millionths.
 *
 * A match happens at the maker's price. Of what does not divide, the maker bears the base unit, as in the exchange contract: a seller gets
 * floor(size × price), a buyer pays at most the next unit; the taker is never worse off than its price. An order that ran out of money for the last
 * few millionths of a share is complete.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { unit } from "../../domain/Micro.ts"
import { productDown, productUp, quotientDown } from "./Amounts.ts"
import {
  type BookOrder,
  type BookSide,
  ladderPriceOf,
  ladderSideOf,
  type Level,
  type LevelChange,
  type Match,
  opposite,
  type Placement,
  type Quote,
  refusalOf
} from "./BookOrder.ts"
import { Depth, type DepthSource } from "./Depth.ts"

interface Node<O> {
  readonly order: O
  readonly level: Rung<O>
  before: Node<O> | undefined
  after: Node<O> | undefined
  /** Shares still wanted. */
  left: number
  /** pUSD a buyer still has for them; 0 for sellers. */
  money: number
}

interface Rung<O> {
  readonly side: BookSide
  readonly price: number
  size: number
  first: Node<O> | undefined
  last: Node<O> | undefined
}

/** The book. */
export class PairBook<O extends BookOrder> {
  /** Worst to best. */
  readonly #bids: Array<Rung<O>> = []
  readonly #asks: Array<Rung<O>> = []
  readonly #nodes = new Map<string, Node<O>>()
  readonly #depth: Depth | undefined

  constructor(source?: DepthSource) {
    this.#depth = source === undefined ? undefined : new Depth(source)
  }

  /** Places an order that is well formed. `check` sees what it would do and may refuse it. */
  place<E = never>(order: O, check: (quote: Quote<O>) => E | undefined = () => undefined): Placement<O, E> {
    const quote = this.quote(order)
    const refusal = refusalOf(order, quote) ?? check(quote)
    if (refusal !== undefined) return { refusal, quote, rested: 0, levels: [] }
    const touched = new Set<Rung<O>>()
    const side = ladderSideOf(order)
    for (const { ladderPrice, maker, makerMoney, size } of quote.matches) {
      if (maker === undefined) this.#depth?.take(opposite(side), ladderPrice, size)
      else this.#fill(this.#nodes.get(maker.id) as Node<O>, size, makerMoney, touched)
    }
    const rests = !quote.complete && (order.type === "GTC" || order.type === "GTD")
    const rested = rests ? order.size - quote.size : 0
    if (rested > 0) touched.add(this.#rest(order, rested))
    return { quote, rested, levels: [...touched].map(changeOf) }
  }

  /** What an order would get now, best price first, at one price in the order of arrival. */
  quote(order: O): Quote<O> {
    const isBuy = order.side === "BUY"
    const side = ladderSideOf(order)
    const limit = ladderPriceOf(order.outcome, order.price)
    const matches: Array<Match<O>> = []
    let left = order.size
    let budget = order.budget ?? 0
    let size = 0
    let money = 0
    const match = (maker: O | undefined, ladderPrice: number, available: number): boolean => {
      const takerPrice = ladderPriceOf(order.outcome, ladderPrice)
      const wanted = order.budget === undefined ? left : quotientDown(budget, takerPrice)
      const taken = Math.min(available, wanted)
      if (taken <= 0) return false
      const takerMoney = isBuy ? productDown(takerPrice, taken) : productUp(takerPrice, taken)
      const direct = maker === undefined || maker.outcome === order.outcome
      matches.push({
        maker,
        kind: direct ? "direct" : isBuy ? "mint" : "merge",
        size: taken,
        ladderPrice,
        takerPrice,
        makerPrice: direct ? takerPrice : unit - takerPrice,
        takerMoney,
        makerMoney: direct ? takerMoney : taken - takerMoney
      })
      left -= taken
      if (order.budget !== undefined) budget -= productUp(takerPrice, taken)
      size += taken
      money += takerMoney
      return true
    }
    const isOpen = () => (order.budget === undefined ? left > 0 : budget > 0)
    const outside = this.#depth?.levels(opposite(side)) ?? []
    const within = side === "bids" ? this.#asks : this.#bids
    const reaches = (price: number) => (side === "bids" ? price <= limit : price >= limit)
    let position = 0
    for (let index = within.length - 1; isOpen();) {
      const rung = within[index]
      const level = outside[position]
      const isOutside = level !== undefined &&
        (rung === undefined || (side === "bids" ? level.price <= rung.price : level.price >= rung.price))
      const price = isOutside ? level.price : rung?.price
      if (price === undefined || !reaches(price)) break
      if (isOutside) {
        match(undefined, price, level.size)
        position++
        continue
      }
      for (let node = rung?.first; node !== undefined && isOpen(); node = node.after) {
        if (!match(node.order, price, node.left)) break
      }
      index--
    }
    return { matches, size, money, complete: !isOpen() }
  }

  /** Takes an order out; the shares it still wanted, and its level. `undefined` when it does not rest here. */
  cancel(id: string): { readonly order: O; readonly left: number; readonly level: LevelChange } | undefined {
    const node = this.#nodes.get(id)
    if (node === undefined) return undefined
    const { left, level, order } = node
    level.size -= left
    this.#remove(node)
    return { order, left, level: changeOf(level) }
  }

  /**
   * Fills what rests and has been reached by levels from outside, at the resting orders' prices, best first. The outside is the taker.
   */
  meetDepth(): { readonly matches: ReadonlyArray<Match<O>>; readonly levels: ReadonlyArray<LevelChange> } {
    const matches: Array<Match<O>> = []
    const touched = new Set<Rung<O>>()
    if (this.#depth === undefined || this.#nodes.size === 0) return { matches, levels: [] }
    for (const side of ["bids", "asks"] as const) {
      const rungs = side === "bids" ? this.#bids : this.#asks
      for (const level of this.#depth.levels(opposite(side))) {
        let available = level.size
        for (let rung = rungs.at(-1); rung !== undefined && available > 0; rung = rungs.at(-1)) {
          if (side === "bids" ? level.price > rung.price : level.price < rung.price) break
          const node = rung.first as Node<O>
          const { order } = node
          const size = Math.min(node.left, available)
          const money = order.side === "BUY" ? productUp(order.price, size) : productDown(order.price, size)
          matches.push({
            maker: order,
            kind: "direct",
            size,
            ladderPrice: rung.price,
            takerPrice: order.price,
            makerPrice: order.price,
            takerMoney: money,
            makerMoney: money
          })
          this.#depth.take(opposite(side), level.price, size)
          available -= size
          this.#fill(node, size, money, touched)
        }
      }
    }
    return { matches, levels: [...touched].map(changeOf) }
  }

  /** An order that rests here. */
  order(id: string): O | undefined {
    return this.#nodes.get(id)?.order
  }

  /** Shares an order still wants; 0 when it does not rest here. */
  left(id: string): number {
    return this.#nodes.get(id)?.left ?? 0
  }

  /** pUSD (buyers) or shares (sellers) that an order may still take from its wallet. */
  reserved(id: string): number {
    const node = this.#nodes.get(id)
    return node === undefined ? 0 : node.order.side === "BUY" ? node.money : node.left
  }

  /** Best price of a side; 0 for no bids, one pUSD for no asks. Levels from outside do not count. */
  best(side: BookSide): number {
    return (side === "bids" ? this.#bids : this.#asks).at(-1)?.price ?? (side === "bids" ? 0 : unit)
  }

  /** Totals of a side, worst to best. Levels from outside do not count. */
  levels(side: BookSide): ReadonlyArray<Level> {
    return (side === "bids" ? this.#bids : this.#asks).map(({ price, size }) => ({ price, size }))
  }

  /** Everything that rests, best price first, at one price in the order of arrival, bids first. */
  orders(): ReadonlyArray<O> {
    const orders: Array<O> = []
    for (const rungs of [this.#bids, this.#asks]) {
      for (let index = rungs.length - 1; index >= 0; index--) {
        for (let node = (rungs[index] as Rung<O>).first; node !== undefined; node = node.after) orders.push(node.order)
      }
    }
    return orders
  }

  /** How many orders rest. */
  get size(): number {
    return this.#nodes.size
  }

  #rest(order: O, left: number): Rung<O> {
    const side = ladderSideOf(order)
    const price = ladderPriceOf(order.outcome, order.price)
    const rungs = side === "bids" ? this.#bids : this.#asks
    const index = this.#find(side, price)
    let level = rungs[index]
    if (level?.price !== price) {
      level = { side, price, size: 0, first: undefined, last: undefined }
      rungs.splice(index, 0, level)
    }
    const money = order.side === "BUY" ? productUp(order.price, left) : 0
    const node: Node<O> = { order, level, before: level.last, after: undefined, left, money }
    if (level.last === undefined) level.first = node
    else level.last.after = node
    level.last = node
    level.size += left
    this.#nodes.set(order.id, node)
    return level
  }

  #fill(node: Node<O>, size: number, money: number, touched: Set<Rung<O>>): void {
    const { level, order } = node
    let left = node.left - size
    if (order.side === "BUY") {
      node.money -= money
      left = Math.min(left, quotientDown(node.money, order.price))
    }
    level.size -= node.left - left
    node.left = left
    touched.add(level)
    if (left === 0) this.#remove(node)
  }

  #remove(node: Node<O>): void {
    const { after, before, level, order } = node
    if (before === undefined) level.first = after
    else before.after = after
    if (after === undefined) level.last = before
    else after.before = before
    this.#nodes.delete(order.id)
    if (level.first !== undefined) return
    const rungs = level.side === "bids" ? this.#bids : this.#asks
    rungs.splice(this.#find(level.side, level.price), 1)
  }

  /** Where a price is or belongs. */
  #find(side: BookSide, price: number): number {
    const rungs = side === "bids" ? this.#bids : this.#asks
    let low = 0
    let high = rungs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = (rungs[middle] as Rung<O>).price
      if (side === "bids" ? there < price : there > price) low = middle + 1
      else high = middle
    }
    return low
  }
}

const changeOf = <O>({ price, side, size }: Rung<O>): LevelChange => ({ side, price, size })
