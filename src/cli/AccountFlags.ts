/** Flags of commands about an account, apart from what reads keys, which is loaded only when such a command runs. */
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { endpointsFlag } from "./Venue.ts"

const optional = <A>(flag: Flag.Flag<A>) => flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

/** Flags that say where the venue is and whose account it is about. */
export const accountFlags = {
  endpoints: endpointsFlag,
  account: optional(
    Flag.Int("account").pipe(
      Flag.withDescription(
        "Use this account of the --endpoints file (simulator), counted from 0, instead of the wallet"
      )
    )
  ),
  signatureType: optional(
    Flag.Int("signature-type").pipe(
      Flag.withDescription("0 EOA, 1 proxy, 2 Safe, 3 deposit wallet; else POLYMARKET_SIGNATURE_TYPE, else 0")
    )
  ),
  funder: optional(
    Flag.String("funder").pipe(
      Flag.withDescription("The wallet that holds the funds; else POLYMARKET_FUNDER, else derived from key and type")
    )
  )
}

/** What reads keys. */
export const loadAccount = Effect.promise(() => import("./Account.ts"))

/** What reads secrets from the environment. */
export const loadWalletKey = Effect.promise(() => import("../client/WalletKey.ts"))
