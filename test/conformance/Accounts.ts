/** Accounts: authentication, requests, wallets, and the prices and fees of market orders. */
import { Redacted, Result, Schema } from "effect"
import {
  adjustBuyAmountForFees,
  ClobAccountCalls,
  ClobAuth,
  ClobOrderCalls,
  Exchange,
  marketPrice,
  PrivateKey,
  queryText,
  requestOf,
  Wallets
} from "../../src/index.ts"
import { type Check, difference } from "./Check.ts"
import { level2Of, type WrittenCredentials } from "./Orders.ts"

type Hex = `0x${string}`
type Headers = Readonly<Record<string, string>>

interface Level1Vector {
  readonly id: string
  readonly privateKey: string
  readonly address: Hex
  readonly chainId: number
  readonly timestamp: number
  readonly nonce: number
  readonly expected: { readonly digest: string; readonly signature: string; readonly headers: Headers }
}

/** A signed attestation. */
export const level1 = (vector: Level1Vector): Check => ({
  name: `vectors.json l1 ${vector.id}`,
  run: () => {
    const { address, expected, nonce, timestamp } = vector
    const chainId = Schema.decodeUnknownSync(Exchange.ChainId)(vector.chainId)
    const key = Result.getOrThrow(PrivateKey.fromHex(Redacted.make(vector.privateKey)))
    const attestation = { chainId, address, timestamp, nonce }
    const headers = ClobAuth.level1Headers(attestation, key)
    return difference(
      { digest: ClobAuth.attestationDigest(attestation), signature: headers.POLY_SIGNATURE, headers },
      { digest: expected.digest, signature: expected.signature, headers: expected.headers }
    )
  }
})

interface Level2Vector {
  readonly id: string
  readonly secret: string
  readonly apiKey: string
  readonly passphrase: string
  readonly address: string
  readonly timestamp: number
  readonly method: string
  readonly requestPath: string
  readonly body?: string | null
  readonly expected: { readonly signature: string; readonly headers: Headers }
}

/** A signed request. */
export const level2 = (vector: Level2Vector): Check => ({
  name: `vectors.json l2 ${vector.id}`,
  run: () => {
    const { address, apiKey, body, expected, method, passphrase, requestPath, secret, timestamp } = vector
    const request = { method, path: requestPath, body: body ?? undefined }
    const headers = level2Of(address, { key: apiKey, secret, passphrase }).headers(request, timestamp)
    return difference(
      { signature: headers.POLY_SIGNATURE, headers },
      { signature: expected.signature, headers: expected.headers }
    )
  }
})

interface RequestVector {
  readonly id: string
  readonly clientMethod: string
  readonly clientArgs: ReadonlyArray<never>
  readonly nowMs: number
  readonly credentials: WrittenCredentials
  readonly signerAddress: string
  readonly signatureType?: 0 | 1 | 2 | 3
  readonly expected: {
    readonly method: string
    readonly pathAndQuery: string
    readonly body: string | null
    readonly headers: Headers
  }
}

/** Names and values in order. */
type Filter = Readonly<Record<string, string>>

/** The cursor of a first page, which the official client says and nobody needs to. */
const firstPage = "MA=="

type Made = ReturnType<typeof requestOf>
type Make = (vector: RequestVector, first: never, second: never) => Made

/** Our request for each method of the official client. */
const methods: Readonly<Record<string, Make>> = {
  cancelOrder: (_, { orderID }: { readonly orderID: string }) =>
    requestOf(ClobOrderCalls.cancelOrder, { order_id: orderID }),
  cancelOrders: (_, ids: ReadonlyArray<string>) => requestOf(ClobOrderCalls.cancelOrders, { order_ids: ids }),
  cancelAll: () => requestOf(ClobOrderCalls.cancelAll, {}),
  cancelMarketOrders: (_, of: Filter) => requestOf(ClobOrderCalls.cancelMarketOrders, of),
  postHeartbeat: (_, id?: string) => requestOf(ClobOrderCalls.heartbeat, { heartbeat_id: id ?? "" }),
  getOrder: (_, id: string) => requestOf(ClobAccountCalls.order, { id }),
  getOpenOrders: (_, filter?: Filter) => requestOf(ClobAccountCalls.orders, { ...filter, next_cursor: firstPage }),
  getTrades: (_, filter?: Filter) => requestOf(ClobAccountCalls.trades, { ...filter, next_cursor: firstPage }),
  getTradesPaginated: (_, filter?: Filter, cursor?: string) =>
    requestOf(ClobAccountCalls.trades, { ...filter, next_cursor: cursor ?? firstPage }),
  getBalanceAllowance: ({ signatureType }, of: Filter & { readonly asset_type: string }) =>
    requestOf(ClobAccountCalls.balanceAllowance, { ...of, signature_type: signatureType ?? 0 }),
  updateBalanceAllowance: ({ signatureType }, of: Filter & { readonly asset_type: string }) =>
    requestOf(ClobAccountCalls.updateBalanceAllowance, { ...of, signature_type: signatureType ?? 0 }),
  getApiKeys: () => requestOf(ClobAccountCalls.apiKeys, {}),
  deleteApiKey: () => requestOf(ClobOrderCalls.deleteApiKey, {}),
  getClosedOnlyMode: () => requestOf(ClobAccountCalls.closedOnly, {}),
  isOrderScoring: (_, of: Filter & { readonly order_id: string }) => requestOf(ClobAccountCalls.orderScoring, of),
  areOrdersScoring: (_, { orderIds }: { readonly orderIds: ReadonlyArray<string> }) =>
    requestOf(ClobAccountCalls.ordersScoring, { order_ids: orderIds })
}

/** A request of an account, to the byte. */
export const request = (vector: RequestVector): Check => ({
  name: `vectors.json requests ${vector.id}`,
  run: () => {
    const make = Object.hasOwn(methods, vector.clientMethod) ? methods[vector.clientMethod] : undefined
    if (make === undefined) return `expected a request this version can make, found ${vector.clientMethod}`
    const [first, second] = vector.clientArgs
    const made = make(vector, first as never, second as never)
    const { body, headers, method, pathAndQuery } = vector.expected
    return difference(
      {
        method: made.method,
        pathAndQuery: made.path + queryText(made.query ?? []),
        body: made.body ?? null,
        headers: level2Of(vector.signerAddress, vector.credentials).headers(made, Math.floor(vector.nowMs / 1_000))
      },
      { method, pathAndQuery, body, headers }
    )
  }
})

interface MarketPriceVector {
  readonly id: string
  readonly side: "BUY" | "SELL"
  readonly orderType: string
  readonly amount: number
  readonly bids: ReadonlyArray<{ readonly price: string; readonly size: string }>
  readonly asks: ReadonlyArray<{ readonly price: string; readonly size: string }>
  readonly expected: { readonly price?: number; readonly error?: string }
}

/** A value, or that there is none. */
const outcome = (name: string, result: Result.Result<number, unknown>) =>
  Result.isSuccess(result) ? { [name]: result.success } : { refused: true }

const expectedOutcome = (name: string, expected: Readonly<Record<string, unknown>>) =>
  "error" in expected ? { refused: true } : { [name]: expected[name] }

/** The price at which a book fills a market order. */
export const priceOf = ({ amount, asks, bids, expected, id, orderType, side }: MarketPriceVector): Check => ({
  name: `vectors.json marketPrices ${id}`,
  run: () => {
    const known = orderType.startsWith("FAK") ? "FAK" as const : "FOK" as const
    const found = orderType.includes("default")
      ? marketPrice({ bids, asks }, side, amount)
      : marketPrice({ bids, asks }, side, amount, known)
    return difference(outcome("price", found), expectedOutcome("price", { ...expected }))
  }
})

interface FeeVector {
  readonly id: string
  readonly amount: number
  readonly price: number
  readonly balance: number
  readonly feeRate: number
  readonly feeExponent: number
  readonly builderTakerFeeRate: number
  readonly feeSlippage?: number
  readonly expected: { readonly amount?: number; readonly error?: string }
}

/** What a buyer spends so that it and the fees fit the balance. */
export const feeAdjustment = (vector: FeeVector): Check => ({
  name: `vectors.json feeAdjustments ${vector.id}`,
  run: () => {
    const fees = {
      rate: vector.feeRate,
      exponent: vector.feeExponent,
      builderRate: vector.builderTakerFeeRate,
      slippage: vector.feeSlippage ?? 0
    }
    const found = adjustBuyAmountForFees(vector.amount, vector.price, vector.balance, fees)
    return difference(outcome("amount", found), expectedOutcome("amount", { ...vector.expected }))
  }
})

interface DerivationSection {
  readonly config: Wallets.Factories
  readonly vectors: ReadonlyArray<{
    readonly signer: Hex
    readonly proxyWallet: string
    readonly safeWallet: string
    readonly depositWalletUupsBefore20260629: string
    readonly depositWalletBeacon: string
  }>
}

/** The wallets of addresses; the section is one object. */
export const derivations = ({ config, vectors }: DerivationSection): ReadonlyArray<Check> =>
  vectors.map(({ signer, ...expected }) => ({
    name: `vectors.json walletDerivation ${signer}`,
    run: () =>
      difference({
        proxyWallet: Wallets.proxyWallet(signer, config),
        safeWallet: Wallets.safeWallet(signer, config),
        depositWalletUupsBefore20260629: Wallets.depositWalletBeforeBeacon(signer, config),
        depositWalletBeacon: Wallets.depositWallet(signer, config)
      }, expected)
  }))
