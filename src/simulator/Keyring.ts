/**
 * Who may sign requests: level 1, a wallet's signature over an address and a time, for which an API key is given out; level 2, an HMAC with that
 * key's secret over the exact bytes of a request. Keys are drawn from seed, address and nonce, so that a restart keeps them valid.
 * @see https://docs.polymarket.com/api-reference/authentication
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import type { Address, Hex } from "viem"
import { checksummed } from "./Ethereum.ts"
import { headerOf, json, refusal, type Reply, type Request, type Routes } from "./Http.ts"
import { digestOf, uuidOf } from "./Seeded.ts"
import { SideKeys } from "./SideKeys.ts"

/** An API key with what proves it. */
export interface ApiKey {
  readonly apiKey: string
  readonly secret: string
  readonly passphrase: string
  readonly address: Address
}

/** How far a request's time may be from the venue's, s. */
const window = 60

const unauthorized: Reply = refusal("Unauthorized/Invalid api key", 401)

/** What the wallet attests. */
const attested = {
  primaryType: "ClobAuth",
  types: {
    ClobAuth: [
      { name: "address", type: "address" },
      { name: "timestamp", type: "string" },
      { name: "nonce", type: "uint256" },
      { name: "message", type: "string" }
    ]
  },
  domain: { name: "ClobAuthDomain", version: "1", chainId: 137 }
} as const

const message = "This message attests that I control the given wallet"

/** The keys that were given out. */
export class Keyring {
  readonly #seed: number
  readonly #now: () => number
  readonly #keys = new Map<string, ApiKey>()
  readonly #byOwner = new Map<string, ApiKey>()
  readonly #side: SideKeys

  constructor(seed: number, now: () => number) {
    this.#seed = seed
    this.#now = now
    this.#side = new SideKeys(seed, now)
  }

  /** The key that signed a request, by level 2. */
  signerOf(request: Request): ApiKey | undefined {
    const key = this.#keys.get(headerOf(request, "poly_api_key"))
    const timestamp = headerOf(request, "poly_timestamp")
    if (
      key === undefined || !this.#isTimely(timestamp) || headerOf(request, "poly_passphrase") !== key.passphrase ||
      headerOf(request, "poly_address").toLowerCase() !== key.address.toLowerCase()
    ) return undefined
    const { body, method, path } = request
    const expected = createHmac("sha256", Buffer.from(key.secret, "base64")).update(
      `${timestamp}${method}${path}${body}`
    ).digest("base64").replaceAll("+", "-").replaceAll("/", "_")
    const [left, right] = [Buffer.from(expected), Buffer.from(headerOf(request, "poly_signature"))]
    return left.length === right.length && timingSafeEqual(left, right) ? key : undefined
  }

  /** The key of credentials that were sent whole, as on the user channel. */
  keyOf(apiKey: string, secret: string, passphrase: string): ApiKey | undefined {
    const key = this.#keys.get(apiKey)
    return key?.secret === secret && key.passphrase === passphrase ? key : undefined
  }

  /** The routes below `/auth`. */
  readonly routes: Routes = (request) => {
    const { method, path } = request
    if (path === "/auth/api-key" && method === "POST") return this.#create(request)
    if (path === "/auth/derive-api-key" && method === "GET") return this.#derive(request)
    if (!path.startsWith("/auth/")) return undefined
    const key = this.signerOf(request)
    if (key === undefined) return unauthorized
    if (path === "/auth/api-keys" && method === "GET") {
      return json({
        apiKeys: [...this.#keys.values()].filter(({ address }) => address === key.address).map(({ apiKey }) => apiKey)
      })
    }
    if (path === "/auth/api-key" && method === "DELETE") {
      this.#keys.delete(key.apiKey)
      for (const [owner, one] of this.#byOwner) if (one === key) this.#byOwner.delete(owner)
      return json("OK")
    }
    if (path === "/auth/ban-status/closed-only" && method === "GET") return json({ closed_only: false })
    return this.#side.answer(request, key.address)
  }

  #isTimely(timestamp: string): boolean {
    return /^\d{1,12}$/.test(timestamp) && Math.abs(this.#now() / 1_000 - Number(timestamp)) <= window
  }

  async #create(request: Request): Promise<Reply> {
    const owner = await this.#attester(request)
    if (owner === undefined) return refusal("Invalid L1 Request headers", 401)
    const name = `${owner.address}/${owner.nonce}`
    if (this.#byOwner.has(name)) return refusal("Could not create api key")
    const digest = digestOf(this.#seed, `key/${name}`)
    const key = {
      apiKey: uuidOf(digest.toString("hex")),
      secret: digestOf(this.#seed, `secret/${name}`).toString("base64"),
      passphrase: digestOf(this.#seed, `passphrase/${name}`).toString("hex"),
      address: owner.address
    }
    this.#keys.set(key.apiKey, key)
    this.#byOwner.set(name, key)
    return this.#show(key)
  }

  async #derive(request: Request): Promise<Reply> {
    const owner = await this.#attester(request)
    if (owner === undefined) return refusal("Invalid L1 Request headers", 401)
    const key = this.#byOwner.get(`${owner.address}/${owner.nonce}`)
    return key === undefined ? refusal("Could not derive api key!") : this.#show(key)
  }

  #show({ apiKey, passphrase, secret }: ApiKey): Reply {
    return json({ apiKey, secret, passphrase })
  }

  /** Who signed the attestation in the headers; `undefined` when it does not hold. */
  async #attester(request: Request): Promise<{ readonly address: Address; readonly nonce: string } | undefined> {
    const address = headerOf(request, "poly_address")
    const timestamp = headerOf(request, "poly_timestamp")
    const nonce = headerOf(request, "poly_nonce") || "0"
    if (!/^0x[0-9a-fA-F]{40}$/.test(address) || !this.#isTimely(timestamp) || !/^\d{1,20}$/.test(nonce)) {
      return undefined
    }
    try {
      const { recoverTypedDataAddress } = await import("viem/utils")
      const signer = await recoverTypedDataAddress({
        ...attested,
        message: { address: address as Address, timestamp, nonce: BigInt(nonce), message },
        signature: headerOf(request, "poly_signature") as Hex
      })
      return signer === checksummed(address) ? { address: signer, nonce } : undefined
    } catch {
      return undefined
    }
  }
}
