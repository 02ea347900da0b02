/** Where policies come from that may change while the engine runs. Implementation: `storage/file/PolicyFolder.ts`. */
import { Context, type Effect } from "effect"
import type { CompiledPolicy } from "./policy/Compile.ts"
import type { PolicyLoadError } from "./policy/Load.ts"

export class PolicySource extends Context.Service<PolicySource, {
  /** As people know it, for example the folder. */
  readonly name: string
  /** Another text whenever the policies may be others than before. Cheap, and never fails: what cannot be looked at has a signature, too. */
  readonly signature: Effect.Effect<string>
  /** Says that they are about to be read, which may take preparation. */
  readonly prepare: Effect.Effect<void>
  /** All of them, or everything that is wrong with them. Does not hold up events while it reads. */
  readonly read: Effect.Effect<ReadonlyArray<CompiledPolicy>, PolicyLoadError>
}>()("polymarket-hft/engine/PolicySource") {}
