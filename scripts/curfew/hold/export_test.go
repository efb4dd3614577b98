package hold

import (
	"context"

	"curfew/scripts/curfew/client"
)

// Keep is keep.
func (h *Holder) Keep(ctx context.Context, e client.Elevation) *OverError { return h.keep(ctx, e) }
