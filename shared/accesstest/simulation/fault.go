package simulation

import (
	"fmt"
	"strings"
	"time"

	"curfew/shared/accesstest"
)

// Kind is a kind of fault of one call.
type Kind string

// The kinds of fault. Stale is only for reads that may be stale.
const (
	ErrorBefore Kind = "error before" // error, not done
	ErrorAfter  Kind = "error after"  // error, but done: the answer is lost
	EffectLate  Kind = "effect late"  // error, and done some seconds later
	CrashBefore Kind = "crash before" // the process crashes before the call
	CrashAfter  Kind = "crash after"  // the process crashes after the call
	Delayed     Kind = "delayed"      // done some seconds late
	Frozen      Kind = "frozen"       // the process stops for 15 minutes, then continues
	Stale       Kind = "stale"        // a read that shows no write yet
	Duplicate   Kind = "duplicate"    // done twice; the second answer counts
	Throttled   Kind = "throttled"    // this operation fails for all callers, for minutes
)

// Kinds returns all kinds of fault.
func Kinds() []Kind {
	return []Kind{ErrorBefore, ErrorAfter, EffectLate, CrashBefore, CrashAfter, Delayed, Frozen, Stale, Duplicate, Throttled}
}

const (
	frozenFor    = 15 * time.Minute
	throttledFor = 3 * time.Minute
)

// mayStale are the eventually consistent reads.
var mayStale = map[string]bool{"store.List": true, "cloud.Look": true, "cloud.Read": true, "cloud.Survey": true}

// invoked is the operation for the invocation of a function.
const invoked = "invoke"

func (k Kind) fits(op string) bool {
	switch {
	case k == Stale:
		return mayStale[op]
	case op == invoked:
		return k == CrashBefore || k == CrashAfter || k == Delayed || k == Frozen || k == Duplicate || k == ErrorBefore
	case k == EffectLate:
		return op == "cloud.Attach" || op == "cloud.Remove" || op == "store.Write" || strings.HasPrefix(op, "workflow.")
	}
	return true
}

// Call names the n-th call (from 1) of an operation that a function makes for an elevation.
type Call struct {
	Function string // such as "grant"; for callers the verb, such as "submit"
	Life     int    // the elevation, from 1; 0: none, such as the sweep's
	Op       string // such as "store.Write"; "invoke" is the invocation itself
	N        int
}

// String returns the call in one line.
func (c Call) String() string {
	if c.Life == 0 {
		return fmt.Sprintf("%s: %s #%d", c.Function, c.Op, c.N)
	}
	return fmt.Sprintf("%s of elevation %d: %s #%d", c.Function, c.Life, c.Op, c.N)
}

// Event is a fault of a whole world.
type Event string

// The events. The last seven apply from the beginning of the world.
const (
	StoreDown    Event = "store down"
	IAMDown      Event = "IAM control plane down"
	WorkflowDown Event = "workflow down"
	PolicyEdited Event = "grant edited by hand"
	PolicyGone   Event = "grant deleted by hand"
	FenceGone    Event = "fence removed by hand"
	PolicyBack   Event = "grant put back by hand after its end"
	RoleAnew     Event = "role made anew by hand"
	Restored     Event = "table restored"
	Aborted      Event = "execution aborted"
	Redriven     Event = "execution aborted and redriven"
	StreamDown   Event = "stream disabled"
	Deployed     Event = "deploy in the middle"   // from the first release's state machine to this one
	RolledBack   Event = "rollback in the middle" // and back
	OldHandlers  Event = "handlers of the first release"

	EventsLost    Event = "events lost"
	EventsLate    Event = "events late and out of order"
	EventsDoubled Event = "events doubled"
	TTLLate       Event = "TTL late"
	ReadsLag      Event = "IAM reads lag"
	ClockSkew     Event = "clock skew"
	OldDefinition Event = "state machine of the first release"
)

// Happening is an event at an instant.
type Happening struct {
	Event Event
	At    time.Duration // since the beginning of the world
	For   time.Duration // duration of an outage, or how far back a restore goes
	Life  int           // whose grant is changed by hand
}

// String returns the event in one line.
func (h Happening) String() string {
	s := string(h.Event)
	if h.At > 0 {
		s += " at " + h.At.String()
	}
	if h.For > 0 {
		s += " for " + h.For.String()
	}
	if h.Life > 0 {
		s += fmt.Sprintf(" (elevation %d)", h.Life)
	}
	return s
}

// Fault is a fault of a call if Kind is set, else of the world.
type Fault struct {
	Kind      Kind
	Call      Call
	Happening Happening
}

// Name returns the kind or the event.
func (f Fault) Name() string {
	if f.Kind != "" {
		return string(f.Kind)
	}
	return string(f.Happening.Event)
}

// String returns the fault in one line.
func (f Fault) String() string {
	if f.Kind != "" {
		return f.Call.String() + ": " + string(f.Kind)
	}
	return f.Happening.String()
}

// Schedule is all faults of a world.
type Schedule []Fault

// failures maps kinds to the faults of accesstest.
var failures = map[Kind]accesstest.Failure{
	ErrorBefore: accesstest.ErrorBefore, ErrorAfter: accesstest.ErrorAfter, EffectLate: accesstest.EffectLate,
	CrashBefore: accesstest.Crash, CrashAfter: accesstest.CrashAfter, Delayed: accesstest.Delayed, Stale: accesstest.Stale,
	Throttled: accesstest.ErrorBefore,
}
