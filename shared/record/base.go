package record

import (
	"context"
	"log/slog"
	"time"

	"curfew/shared/fault"
)

// Base is shared by the domain. Set all fields.
type Base struct {
	Store Store
	Log   *slog.Logger
	Now   func() time.Time
	NewID func() string // lower-case ULIDs: they sort by time
}

func (b Base) Instant() time.Time { return Instant(b.Now()) }

// Logged writes one log line. Defer it with the address of the error. more is for slog.
func (b Base) Logged(ctx context.Context, verb, id, actor string, err *error, more ...any) {
	if !b.Log.Enabled(ctx, slog.LevelError) {
		return
	}
	attrs := append([]any{"verb", verb, "elevation", id, "actor", actor}, more...)
	level := slog.LevelInfo
	if *err != nil {
		attrs = append(attrs, "kind", string(fault.KindOf(*err)), "error", fault.Causes(*err))
		// From revoke and contain, Denied means that AWS refused.
		if k := fault.KindOf(*err); k == fault.Internal || k == fault.Transient || k == fault.Denied && (verb == "revoke" || verb == "contain") {
			level = slog.LevelError
		}
	}
	b.Log.Log(ctx, level, "access", attrs...)
}
