/**
 * Orders as they are posted, one or several: who signed them, whether the venue's rules allow them, and the answer. What is refused before it reaches
 * the book is a 400 with `error`; what the book or the wallet refuses is a 200 with `errorMsg`.
 * @see https://docs.polymarket.com/trading/orders/create
 */
import { format } from "../domain/Micro.ts"
import type { DeskOrder, Placed, TradedMarket } from "./exchange/DeskOrder.ts"
import { refusals } from "./exchange/Refusals.ts"
import { json, parseJson, refusal, type Reply } from "./Http.ts"
import type { ApiKey } from "./Keyring.ts"
import type { Modes } from "./Modes.ts"
import type { OrderDesk } from "./OrderDesk.ts"
import { orderOf } from "./OrderRules.ts"
import * as SignedOrder from "./SignedOrder.ts"

/** What taking orders needs. */
export interface OrderEntryParts {
  readonly desk: OrderDesk
  readonly modes: Modes
  /** ms UTC. */
  readonly now: () => number
  /** Completes after so many ms. */
  readonly wait: (ms: number) => Promise<void>
}

/** Most orders of one request. */
export const mostOrders = 15

/** Base units as the venue answers them: decimal text, "" for nothing. */
const amountText = (micro: number): string => (micro === 0 ? "" : format(micro))

interface Answer {
  readonly success: boolean
  readonly errorMsg: string
  readonly orderID: string
  readonly status: string
  readonly makingAmount: string
  readonly takingAmount: string
  readonly tradeIDs?: ReadonlyArray<string>
}

const refused = (errorMsg: string, orderID = ""): Answer => ({
  success: false,
  errorMsg,
  orderID,
  status: "",
  makingAmount: "",
  takingAmount: ""
})

/** Answers `POST /order`. */
export const postOne = async (parts: OrderEntryParts, key: ApiKey, body: string): Promise<Reply> => {
  const entry = await entryOf(parts, key, parseJson(body))
  if ("refused" in entry) return refusal(entry.refused)
  const placed = await place(parts, entry)()
  return typeof placed === "string" ? refusal(placed) : json(placed)
}

/** Answers `POST /orders`: each entry by itself, placed and answered in the order given. */
export const postSeveral = async (parts: OrderEntryParts, key: ApiKey, text: string): Promise<Reply> => {
  const body = parseJson(text)
  if (!Array.isArray(body) || body.length === 0) return refusal("Invalid order payload")
  if (body.length > mostOrders) {
    return refusal(`Too many orders in payload: ${body.length}, max allowed: ${mostOrders}`)
  }
  const entries: Array<Entry | Refused> = []
  for (const one of body) entries.push(await entryOf(parts, key, one))
  // Held orders are waited for together, so that a batch takes no longer than its longest hold.
  const placing = entries.map((entry) => {
    if ("refused" in entry) return () => entry.refused
    const refusal = parts.modes.refusalOf(entry.posted.postOnly === true)
    return refusal === undefined ? place(parts, entry) : () => ({ ...refused(refusal), success: true })
  })
  const answers: Array<Answer> = []
  for (const answer of placing) {
    const placed = await answer()
    answers.push(typeof placed === "string" ? refused(placed) : placed)
  }
  return json(answers)
}

/** An order whose signature holds, with its market. */
interface Entry {
  readonly posted: SignedOrder.PostedOrder
  readonly id: string
  readonly key: ApiKey
  readonly market: TradedMarket
  readonly outcome: 0 | 1
}

interface Refused {
  readonly refused: string
}

const entryOf = async ({ desk }: OrderEntryParts, key: ApiKey, body: unknown): Promise<Entry | Refused> => {
  const posted = SignedOrder.read(body)
  if (posted === undefined) return { refused: "Invalid order payload" }
  if (posted.owner !== key.apiKey) return { refused: "the order owner has to be the owner of the API KEY" }
  const found = desk.marketOf(posted.order.tokenId)
  if (found === undefined) return { refused: refusals.closed }
  const checked = await SignedOrder.check(posted, found.market, key.address)
  return "fault" in checked ? { refused: checked.fault } : { posted, key, ...checked, ...found }
}

/** Places an order at once; what it returns gives the answer, or the text of a refusal, when it is due. */
const place = (parts: OrderEntryParts, entry: Entry): () => Promise<Answer | string> | Answer | string => {
  const { desk, now, wait } = parts
  desk.settle()
  const order = orderOf({ desk, now: now(), ...entry })
  if (typeof order === "string") return () => order
  const first = desk.place(order)
  const { heldUntil } = first
  if (heldUntil === undefined) {
    const answer = answerOf(order, first)
    return () => answer
  }
  if (entry.market.answersDelayed) return () => delayed(order.id)
  if (entry.posted.deferExec === true) {
    desk.answered(order.id)
    return () => delayed(order.id)
  }
  return async () => {
    let outcome: Placed | undefined
    // Timers may be a little early.
    while (outcome === undefined) {
      await wait(Math.max(1, heldUntil - now()))
      desk.settle()
      outcome = desk.outcomeOf(order.id)
    }
    desk.answered(order.id)
    return answerOf(order, outcome)
  }
}

const delayed = (orderID: string): Answer => ({
  success: true,
  errorMsg: "",
  orderID,
  status: "delayed",
  makingAmount: "",
  takingAmount: ""
})

const answerOf = (order: DeskOrder, { error, trades }: Placed): Answer => {
  if (error !== undefined) return refused(error)
  const money = trades.reduce((sum, { taker }) => sum + taker.money, 0)
  const size = trades.reduce((sum, { taker }) => sum + taker.size, 0)
  const [gave, got] = order.side === "BUY" ? [money, size] : [size, money]
  return {
    success: true,
    errorMsg: "",
    orderID: order.id,
    status: trades.length === 0 ? "live" : "matched",
    makingAmount: amountText(gave),
    takingAmount: amountText(got),
    ...(trades.length === 0 ? {} : { tradeIDs: trades.map(({ id }) => id) })
  }
}
