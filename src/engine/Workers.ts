/** The fibers that must not stop: main waits on them, so that a failure of one ends the program instead of being silent. */
import { Context, FiberSet, Layer } from "effect"

export class Workers
  extends Context.Service<Workers, FiberSet.FiberSet<void, never>>()("polymarket-hft/engine/Workers")
{
  static readonly layer = Layer.effect(Workers, FiberSet.make<void, never>())
}
