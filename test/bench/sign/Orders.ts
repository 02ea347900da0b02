/** The orders both programs make: the same wishes in the same order, half of them for a plain key and half for its deposit wallet. */
import { Redacted, Result } from "effect"
import * as PrivateKey from "../../../src/client/polymarket/clob/PrivateKey.ts"
import { depositWallet } from "../../../src/client/polymarket/clob/Wallets.ts"

/** Worthless. */
export const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

/** The key with its address. */
export const key = Result.getOrThrow(PrivateKey.fromHex(Redacted.make(privateKey)))

/** Where the funds are, by signature type. */
export const funders = { 0: key.address, 3: depositWallet(key.address) } as const

/** The market's token. */
export const tokenId = "71321045679252212594626385532706912750332728571942532289631379312455583992563"

/** What order number `at` asks for. */
export const orderAt = (at: number) => ({
  signatureType: at % 2 === 0 ? 0 as const : 3 as const,
  side: at % 4 < 2 ? "BUY" as const : "SELL" as const,
  price: (1 + at * 37 % 98) / 100,
  size: (500 + at * 7_919 % 100_000) / 100
})
