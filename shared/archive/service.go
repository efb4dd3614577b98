package archive

import (
	"context"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/record"
)

// Service writes one log. Set all fields but View, Unwitnessed and Undone; Retention if rows expire. It is safe for concurrent use,
// and so are several of them.
type Service struct {
	record.Base
	Evidence *log.Log
	Chains   Chains // for Pass
	// Retention is that of the functions that write evidence.
	Retention record.Retention
	View      View // nil: none
	// Unwitnessed is called if a checkpoint was published without its witness.
	Unwitnessed func(context.Context, error)
	// Undone is called if a finding or an image of it could not be stored, or if a pass could not write the view. The log goes on.
	Undone func(context.Context, error)

	mu       sync.Mutex // one call at a time
	edge     *log.Edge  // of the last head that this process published; nil: not known
	entered  entered
	late     int       // entered late
	viewAt   time.Time // after a failure: when the view is written again
	tiles    log.Tiles
	verifier []string // of Evidence.Keys
}

// View is made from the log, and can be made again.
type View interface {
	// Add shows a growth after it was published. Growths may be missing between two calls.
	Add(ctx context.Context, g log.Growth) error
	// Pass shows what Add missed of a published tree.
	Pass(ctx context.Context, tree tlog.Tree) error
}

// Chains is the audit table.
type Chains interface {
	// Scan calls f for each row of the audit table, in any order, one at a time. It may miss what is written meanwhile.
	Scan(ctx context.Context, f func(Image) error) error
}

// Change is one change of a table's stream.
type Change struct {
	ID            string // of the stream's record
	Key           record.Key
	Before, After *Image // nil: absent
	TTL           bool   // DynamoDB removed the row when it expired
}

// Image is a stored item.
type Image struct {
	Row record.Row // if Damaged, only its key and body
	// Damaged says why the item is not a row: the body is then the whole item as JSON. Empty: it is one.
	Damaged string
}
