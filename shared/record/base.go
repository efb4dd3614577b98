package record

import (
	"context"
	"log/slog"
	"time"

	"curfew/shared/fault"
)

// Base is what every part of the domain stands on. All fields must be set.
type Base struct {
	Store Store
	Log   *slog.Logger
	Now   func() time.Time
	NewID func() string // lower-case ULIDs: they sort by the time they were made
}

// Instant is the present, in the form in which instants are stored.
func (b Base) Instant() time.Time { return Instant(b.Now()) }

// Logged writes the one line of a verb. Call it deferred, with the address of the verb's error. more are further keys and values,
// as slog takes them.
func (b Base) Logged(ctx context.Context, verb, id, actor string, err *error, more ...any) {
	if !b.Log.Enabled(ctx, slog.LevelError) { // no handler would write it
		return
	}
	attrs := append([]any{"verb", verb, "elevation", id, "actor", actor}, more...)
	level := slog.LevelInfo
	if *err != nil {
		attrs = append(attrs, "kind", string(fault.KindOf(*err)), "error", fault.Causes(*err))
		// Denied of revoke is AWS's word about us, not ours about a caller.
		if k := fault.KindOf(*err); k == fault.Internal || k == fault.Transient || k == fault.Denied && (verb == "revoke" || verb == "contain") {
			level = slog.LevelError
		}
	}
	b.Log.Log(ctx, level, "access", attrs...)
}
