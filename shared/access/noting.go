package access

import (
	"context"

	"curfew/shared/directory"
	"curfew/shared/identity"
)

// noting is the service for one call of a caller who changes something. What it reads of suspensions it reads together with
// the caller's row of the directory.
func noting(s *Service, c identity.Caller) *Service {
	one := *s
	one.noted = directory.NewCall(c)
	return &one
}

// noteCaller notes the caller of a call in the directory, and whether they were refused: see [directory.Directory.Note].
func noteCaller(ctx context.Context, s *Service, refused error) {
	directory.Directory{Base: s.Base, Operators: s.Settings.Operators}.Note(ctx, s.noted, refused)
}
