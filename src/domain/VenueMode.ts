/** What a venue takes: everything, nothing while it restarts, post-only orders and cancels, cancels alone, or nothing until further notice. */
import { Schema } from "effect"

/** A venue's mode. */
export const VenueMode = Schema.Literals(["open", "restarting", "post_only", "cancel_only", "disabled"])
export type VenueMode = typeof VenueMode.Type

/** Whether a text is one. */
export const isVenueMode = Schema.is(VenueMode)
