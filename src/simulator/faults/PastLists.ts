/** Own orders and trades as they were some time ago, up to two minutes, for lists that lag: what was told of them, kept for so long. */
import type { DeskEvent, DeskOrder, Trade } from "../exchange/DeskOrder.ts"
import { clobPage, type Reply, type Request } from "../Http.ts"
import type { Keyring } from "../Keyring.ts"
import type { OrderDesk } from "../OrderDesk.ts"
import { ordersPage, tradesOf } from "../TradingApi.ts"

/** How far back, ms. */
const memory = 120_000

interface Version<A> {
  readonly at: number
  readonly value: A
}

/** What is remembered. */
export class PastLists {
  readonly #desk: OrderDesk
  readonly #keyring: Keyring
  readonly #now: () => number
  /** Oldest version first; the last one of an order that is open stays however old it is. */
  readonly #orders = new Map<string, Array<Version<DeskOrder>>>()
  readonly #trades = new Map<string, Array<Version<Trade>>>()
  /** Versions in the order they were heard, to be forgotten. */
  #heard: Array<{ readonly at: number; readonly id: string }> = []

  constructor(parts: { readonly desk: OrderDesk; readonly keyring: Keyring; readonly now: () => number }) {
    this.#desk = parts.desk
    this.#keyring = parts.keyring
    this.#now = parts.now
  }

  /** Remembers what an order or a trade looks like now. */
  heard(event: DeskEvent): void {
    const at = this.#now()
    if (event.kind === "TRADE") {
      remember(this.#trades, event.trade.id, { at, value: { ...event.trade } })
      this.#heard.push({ at, id: event.trade.id })
    } else {
      const { order } = event
      remember(this.#orders, order.id, { at, value: { ...order, trades: [...order.trades] } })
      this.#heard.push({ at, id: order.id })
    }
    if (this.#heard.length % 256 === 0) this.#forget(at - memory)
  }

  /** Answers `/data/orders` and `/data/trades` as of so many ms ago; `undefined` for anything else, and for whoever may not ask. */
  readonly asOf = (request: Request, agoMs: number): Reply | undefined => {
    const key = this.#keyring.signerOf(request)
    if (key === undefined || request.method !== "GET") return undefined
    this.#desk.settle()
    const { path, query } = request
    const at = this.#now() - agoMs
    if (path === "/data/orders") {
      const id = query.get("id")
      if (id === null) {
        const all = [...this.#orders.values()].map((versions) => valueAt(versions, at))
        return ordersPage(all.filter((one) => one !== undefined).filter(({ status }) => status === "LIVE"), key, query)
      }
      const versions = this.#orders.get(id)
      const order = versions === undefined ? this.#desk.orders.get(id) : valueAt(versions, at)
      return ordersPage(order === undefined ? [] : [order], key, query)
    }
    if (path !== "/data/trades") return undefined
    const trades = this.#desk.trades.filter((trade) => trade.at <= at).map((trade) => {
      const versions = this.#trades.get(trade.id)
      return versions === undefined ? trade : valueAt(versions, at) ?? trade
    })
    return clobPage(tradesOf(trades, key, query), query)
  }

  #forget(before: number): void {
    const kept = this.#heard.findIndex(({ at }) => at >= before)
    if (kept <= 0) return
    for (const { id } of this.#heard.slice(0, kept)) {
      trim(this.#orders, id, before, ({ status }) => status !== "LIVE")
      trim(this.#trades, id, before, ({ status }) => status === "CONFIRMED" || status === "FAILED")
    }
    this.#heard = this.#heard.slice(kept)
  }
}

const remember = <A>(all: Map<string, Array<Version<A>>>, id: string, version: Version<A>): void => {
  const known = all.get(id)
  if (known === undefined) all.set(id, [version])
  else known.push(version)
}

const valueAt = <A>(versions: ReadonlyArray<Version<A>>, at: number): A | undefined =>
  versions.findLast((version) => version.at <= at)?.value

/** Leaves the last version before a time and those after it; of what is final, only the latter. */
const trim = <A>(
  all: Map<string, Array<Version<A>>>,
  id: string,
  before: number,
  isFinal: (value: A) => boolean
): void => {
  const versions = all.get(id)
  if (versions === undefined) return
  const last = versions.findLastIndex(({ at }) => at < before)
  if (last < 0) return
  const isOver = last === versions.length - 1 && isFinal((versions[last] as Version<A>).value)
  if (isOver) all.delete(id)
  else all.set(id, versions.slice(last))
}
