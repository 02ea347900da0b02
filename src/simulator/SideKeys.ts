/**
 * Keys beside those that trade: read-only ones and builders'. They are given out, listed and taken back, drawn from the seed; what they would open,
 * the simulator opens to nobody.
 * @see https://docs.polymarket.com/api-reference/authentication
 */
import { json, parseJson, refusal, type Reply, type Request } from "./Http.ts"
import { digestOf, uuidOf } from "./Seeded.ts"

interface SideKey {
  readonly key: string
  readonly address: string
  readonly createdAt: string
  revokedAt?: string
}

type Kind = "readonly" | "builder"

/** The side keys of all addresses. */
export class SideKeys {
  readonly #seed: number
  readonly #now: () => number
  readonly #keys: Readonly<Record<Kind, Array<SideKey>>> = { readonly: [], builder: [] }

  /** `now` in ms UTC. */
  constructor(seed: number, now: () => number) {
    this.#seed = seed
    this.#now = now
  }

  /** Answers a request of an address; `undefined`: it is about something else. */
  answer({ body, method, path }: Request, address: string): Reply | undefined {
    const { builder, readonly } = this.#keys
    const own = (keys: ReadonlyArray<SideKey>) => keys.filter((one) => one.address === address)
    switch (`${method} ${path}`) {
      case "POST /auth/readonly-api-key":
        return json({ apiKey: this.#make("readonly", address).key })
      case "GET /auth/readonly-api-keys":
        return json({
          readonlyApiKeys: own(readonly).filter(({ revokedAt }) => revokedAt === undefined).map(({ key }) => key)
        })
      case "DELETE /auth/readonly-api-key": {
        const wanted = (parseJson(body) as { readonly key?: unknown } | null | undefined)?.key
        return this.#revoke(own(readonly).filter(({ key }) => key === wanted), "could not delete the readonly api key")
      }
      case "POST /auth/builder-api-key": {
        const { key } = this.#make("builder", address)
        const proof = digestOf(this.#seed, `builder/${key}`)
        return json({ key, secret: proof.toString("base64"), passphrase: proof.toString("hex") })
      }
      case "GET /auth/builder-api-key":
        return json(own(builder).map(({ createdAt, key, revokedAt }) => ({ key, createdAt, revokedAt })))
      case "DELETE /auth/builder-api-key":
        return this.#revoke(own(builder), "could not revoke the builder api key")
      default:
        return undefined
    }
  }

  #make(kind: Kind, address: string): SideKey {
    const keys = this.#keys[kind]
    const key = uuidOf(digestOf(this.#seed, `${kind}/${address}/${keys.length}`).toString("hex"))
    const made = { key, address, createdAt: this.#time() }
    keys.push(made)
    return made
  }

  #revoke(keys: ReadonlyArray<SideKey>, otherwise: string): Reply {
    const live = keys.filter(({ revokedAt }) => revokedAt === undefined)
    for (const one of live) one.revokedAt = this.#time()
    return live.length === 0 ? refusal(otherwise) : json("OK")
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }
}
