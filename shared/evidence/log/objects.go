package log

import "context"

// Objects are files with names as in the package doc. All methods are safe for concurrent use.
type Objects interface {
	// Read returns the bytes and a tag of this version for Replace. NotFound: no such object.
	Read(ctx context.Context, name string) (data []byte, tag string, err error)
	// Create writes an object once. Success also if it has these bytes already. Conflict: it has others. After
	// Transient it may exist.
	Create(ctx context.Context, name string, data []byte) error
	// Replace writes the checkpoint, if its newest version has the tag; "": if there is none. Conflict: it has another.
	Replace(ctx context.Context, name string, data []byte, tag string) error
}

// CheckpointName is the only object that is replaced.
const CheckpointName = "checkpoint"

// Object is a file of the log.
type Object struct {
	Name string
	Data []byte
}
