/** What the main thread and the thread that reads policy files say to each other; one request at a time. */
import type { CompileOptions } from "../../engine/policy/Compile.ts"
import type { Policy } from "../../engine/policy/Policy.ts"

/** Asks for the policies of a folder. */
export interface Request {
  readonly id: number
  readonly folder: string
  /** Revisions that need not be sent. */
  readonly known: ReadonlySet<string>
  readonly options: Omit<CompileOptions, "env">
  /** Names that the environment may tell, and whether it has them; values stay where they are. */
  readonly env: ReadonlyMap<string, boolean>
}

/** A policy that is valid and compiles. */
export interface ReadPolicy {
  readonly revision: string
  readonly conditions: string
  /** What was written; absent where the revision is known. */
  readonly written: Policy | undefined
}

/** Where and what a problem is. */
export interface ReadProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** A part of the answer to a request; the last part says whether the policies can be used. */
export interface Reply {
  readonly id: number
  readonly policies?: ReadonlyArray<ReadPolicy>
  readonly end?: { readonly problems: ReadonlyArray<ReadProblem> }
}
