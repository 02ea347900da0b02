/** Makes and signs the same orders with the official client, which is spared every question to the venue. */
import { Side } from "@polymarket/clob-client-v2"
import { officialClient } from "../../client/polymarket/clob/OfficialClient.ts"
import { serve } from "../Process.ts"
import { funders, orderAt, privateKey, tokenId } from "./Orders.ts"
import { type Repeat, timed } from "./Timed.ts"

const answers = { tokenId, tickSize: "0.01", fees: { rate: 0, exponent: 0 } } as const
const clients = {
  0: officialClient(privateKey, 0, funders[0], answers),
  3: officialClient(privateKey, 3, funders[3], answers)
}
const options = { tickSize: "0.01", negRisk: false, version: 2 } as const

const buildAndSign = (at: number) => {
  const { price, side, signatureType, size } = orderAt(at)
  return clients[signatureType].createOrder({ tokenID: tokenId, price, size, side: Side[side] }, options)
}

serve((repeat: Repeat) => timed(repeat, buildAndSign))
