/**
 * The venue's limits by signer: a bucket of tokens for orders and one for cancels, of the lowest tier. An order costs a token, a cancel one, a batch one
 * for each entry; cancelling all costs one and then one more for each order that it cancelled, for which the bucket may run into debt.
 * @see https://docs.polymarket.com/api-reference/trading-rate-limits
 */
import { headerOf, parseJson, refusal, type Reply, type Request } from "../Http.ts"

const tier = "standard"

/** Tokens a second, and how many a bucket holds. */
const rates = { orders: [40, 60], cancels: [80, 120] } as const

interface Bucket {
  tokens: number
  at: number
}

type Kind = keyof typeof rates

const costOf = ({ body, method, path }: Request): readonly [Kind, number] | undefined => {
  const entries = () => {
    const value = parseJson(body)
    return Array.isArray(value) ? Math.max(1, value.length) : 1
  }
  switch (`${method} ${path}`) {
    case "POST /order":
      return ["orders", 1]
    case "POST /orders":
      return ["orders", entries()]
    case "DELETE /order":
    case "DELETE /cancel-all":
    case "DELETE /cancel-market-orders":
      return ["cancels", 1]
    case "DELETE /orders":
      return ["cancels", entries()]
  }
  return undefined
}

/** The buckets of all signers. */
export class SignerBuckets {
  /** Requests refused so far. */
  refused = 0
  readonly #factor: number
  /** ms UTC. */
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** `factor` times the published figures. */
  constructor(factor: number, now: () => number) {
    this.#factor = factor
    this.#now = now
  }

  /** Lets a request of the CLOB pass while there are tokens for it; says how many are left in headers of the answer. */
  guard(request: Request, process: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    const cost = costOf(request)
    const signer = headerOf(request, "poly_address").toLowerCase()
    if (cost === undefined || signer === "") return process()
    const [kind, tokens] = cost
    const bucket = this.#bucket(kind, signer)
    if (bucket.tokens < tokens) {
      this.refused++
      const [, capacity] = this.#rate(kind)
      const wait = tokens > capacity ? undefined : this.#waitFor(kind, bucket, tokens)
      return this.#show(kind, bucket, refusal("rate limit exceeded", 429), wait)
    }
    bucket.tokens -= tokens
    const paid = (reply: Reply) => {
      if (request.path.startsWith("/cancel-")) bucket.tokens -= canceledIn(reply)
      return this.#show(kind, bucket, reply)
    }
    const reply = process()
    return reply instanceof Promise ? reply.then(paid) : paid(reply)
  }

  #rate(kind: Kind): readonly [perSecond: number, capacity: number] {
    const [perSecond, capacity] = rates[kind]
    return [perSecond * this.#factor, Math.max(1, Math.floor(capacity * this.#factor))]
  }

  #bucket(kind: Kind, signer: string): Bucket {
    const [perSecond, capacity] = this.#rate(kind)
    const name = `${kind}/${signer}`
    const now = this.#now()
    const known = this.#buckets.get(name)
    if (known === undefined) {
      const fresh = { tokens: capacity, at: now }
      this.#buckets.set(name, fresh)
      return fresh
    }
    known.tokens = Math.min(capacity, known.tokens + Math.max(0, now - known.at) / 1_000 * perSecond)
    known.at = now
    return known
  }

  /** ms until there are so many tokens. */
  #waitFor(kind: Kind, bucket: Bucket, tokens: number): number {
    const [perSecond] = this.#rate(kind)
    return Math.max(0, (tokens - bucket.tokens) / perSecond * 1_000)
  }

  #show(kind: Kind, bucket: Bucket, reply: Reply, waitMs?: number): Reply {
    const ready = waitMs ?? (bucket.tokens < 0 ? this.#waitFor(kind, bucket, 1) : 0)
    return {
      ...reply,
      headers: {
        ...reply.headers,
        "poly-ratelimit-remaining": String(Math.floor(bucket.tokens)),
        "poly-ratelimit-reset": String(Math.ceil((this.#now() + ready) / 1_000)),
        "poly-ratelimit-tier": tier,
        ...(waitMs === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(waitMs / 1_000))) })
      }
    }
  }
}

const canceledIn = ({ body }: Reply): number => {
  const { canceled } = (parseJson(body) ?? {}) as { readonly canceled?: unknown }
  return Array.isArray(canceled) ? canceled.length : 0
}
