/** No position may grow beyond the limit, open orders included; nothing is sold that is not held. */
import * as Micro from "../../domain/Micro.ts"
import type { RiskCheck } from "./Refusal.ts"

/** Refuses a buy that could take the position beyond `risk.maxPosition`, and a sale of more than is held and not on offer. */
export const positionLimit: RiskCheck = ({ book, held, limits, openBuys, openSells, request }) => {
  if (request.side === "sell") {
    const free = held - openSells
    return request.size <= free
      ? undefined
      : {
        check: "positionLimit",
        reason: `expected at most the ${Micro.format(Math.max(free, 0))} shares held and not on offer, found ${
          Micro.format(request.size)
        }`
      }
  }
  const most = held + openBuys + bought(request.size, request.amount, book?.bestAsk ?? request.price)
  return most <= limits.maxPosition
    ? undefined
    : {
      check: "positionLimit",
      reason: `expected a position of at most ${Micro.format(limits.maxPosition)} shares, found ${
        Micro.format(most)
      } with open orders`
    }
}

/** A market buy by amount brings as many shares as its money pays for at the best price there is: none is cheaper. */
const bought = (size: number, amount: number | undefined, best: number): number =>
  amount === undefined ? size : Math.min(size, Math.ceil(amount * Micro.unit / best))
