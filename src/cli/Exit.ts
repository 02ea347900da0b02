/** Exit codes that other programs rely on, and the failure that carries one. */
import { Data, Runtime } from "effect"

/** Wrong use of the command line. */
export const usage = 2
/** Policies or settings that cannot be used. */
export const badData = 65
/** No feed ever connected. */
export const unavailable = 69
/** The data folder or the wallet is in use. */
export const locked = 75

/** Ends the program with a code, its message printed on stderr unless it is empty. */
export class Failed extends Data.TaggedError("Failed")<{ readonly code: number; readonly message: string }> {
  override readonly [Runtime.errorReported] = false
  override get [Runtime.errorExitCode](): number {
    return this.code
  }
}
