/** Makes and signs orders with the engine's code; signs requests by HMAC. */
import { Redacted, Result } from "effect"
import { exactAmounts } from "../../../src/client/polymarket/clob/Amounts.ts"
import { buildOrder } from "../../../src/client/polymarket/clob/BuildOrder.ts"
import { makeLevel2 } from "../../../src/client/polymarket/clob/Hmac.ts"
import { orderBody } from "../../../src/client/polymarket/clob/OrderBody.ts"
import { warm } from "../../../src/client/polymarket/clob/Secp256k1.ts"
import { signOrder } from "../../../src/client/polymarket/clob/Signing.ts"
import { serve } from "../Process.ts"
import { funders, key, orderAt, tokenId } from "./Orders.ts"
import { type Repeat, timed } from "./Timed.ts"

const market = { tickSize: 10_000, negativeRisk: false, version: 2 } as const

const buildAndSign = (at: number) => {
  const { price, side, signatureType, size } = orderAt(at)
  const order = Result.getOrThrow(buildOrder(
    { kind: "limit", market, tokenId, side, price, size, salt: BigInt(at + 1), timestamp: 1_795_000_000_000 + at },
    { chainId: 137, signatureType, address: key.address, funder: funders[signatureType] },
    exactAmounts
  ))
  return signOrder(order, key)
}

const placement = {
  owner: "3f2b1c9e-7a54-4c1d-9a0e-5d2c8b7f6e10",
  orderType: "GTC",
  postOnly: false,
  deferExec: false
} as const
const body = Result.getOrThrow(orderBody(buildAndSign(1), placement))

const level2 = Result.getOrThrow(makeLevel2(key.address, {
  apiKey: placement.owner,
  secret: Redacted.make("c2hhcmVkLXZlY3Rvci1zZWNyZXQtbnVtYmVyLW9uZS4uLi4="),
  passphrase: Redacted.make("passphrase")
}))

const work: Readonly<Record<string, (at: number) => unknown>> = {
  sign: buildAndSign,
  hmac: (at) => level2.headers({ method: "POST", path: "/order", body }, 1_795_000_000 + at)
}

warm()
serve((repeat: Repeat) => timed(repeat, work[repeat.kind] as (at: number) => unknown))
