package log

import (
	"context"
	"time"
)

// Source has the objects of a log to verify, and their versions where it keeps any. Its methods are safe for concurrent
// use.
type Source interface {
	// Versions calls each with every version of every object, in any order.
	Versions(ctx context.Context, each func(Version) error) error
	// ReadVersion returns the bytes of one version; id "": of the newest. NotFound: there is none.
	ReadVersion(ctx context.Context, name, id string) ([]byte, error)
}

// Version is one version of an object. A lock keeps versions, but does not stop newer ones or delete markers.
type Version struct {
	Name, ID string
	Latest   bool
	Deleted  bool // a delete marker
	Modified time.Time
}
