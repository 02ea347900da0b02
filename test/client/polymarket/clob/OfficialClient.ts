/** The official client with what it would ask the venue for already answered, so that it stays off the network. */
import { Chain, ClobClient, type SignatureTypeV2, type TickSize } from "@polymarket/clob-client-v2"
import { createWalletClient, type Hex, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"

/** Nobody listens here. */
const nowhere = "http://127.0.0.1:1"

/** What it may be asked about one market. */
export interface Answers {
  readonly tokenId: string
  readonly tickSize: TickSize
  readonly fees: { readonly rate: number; readonly exponent: number }
}

/** A client for one wallet that knows one market. */
export const officialClient = (
  privateKey: Hex,
  signatureType: 0 | 1 | 2 | 3,
  funder: Hex,
  { fees, tickSize, tokenId }: Answers
): ClobClient => {
  const client = new ClobClient({
    host: nowhere,
    chain: Chain.POLYGON,
    signer: createWalletClient({
      account: privateKeyToAccount(privateKey),
      chain: polygon,
      transport: http(nowhere)
    }),
    signatureType: signatureType as number as SignatureTypeV2,
    funderAddress: funder
  })
  client.tickSizes[tokenId] = tickSize
  client.feeInfos[tokenId] = fees
  return client
}
