package simulation

import (
	"fmt"
	"strings"
	"time"

	"curfew/shared/accesstest"
)

// Kind is what goes wrong with one call.
type Kind string

// The kinds of fault of a call. Stale is for reads that may be stale.
const (
	ErrorBefore Kind = "error before" // it fails and was not done
	ErrorAfter  Kind = "error after"  // it fails and was done: the answer was lost
	EffectLate  Kind = "effect late"  // it fails, and is done some seconds later
	CrashBefore Kind = "crash before" // the process dies before the call
	CrashAfter  Kind = "crash after"  // the process dies after the call
	Delayed     Kind = "delayed"      // it is done some seconds late
	Frozen      Kind = "frozen"       // the process stands still for 15 minutes, and then goes on as if nothing had been
	Stale       Kind = "stale"        // it answers as if nothing had been written yet
	Duplicate   Kind = "duplicate"    // it is done twice, and the second answer counts
	Throttled   Kind = "throttled"    // this operation fails for everybody, for minutes from now
)

// Kinds are all the kinds of fault of a call.
func Kinds() []Kind {
	return []Kind{ErrorBefore, ErrorAfter, EffectLate, CrashBefore, CrashAfter, Delayed, Frozen, Stale, Duplicate, Throttled}
}

const (
	frozenFor    = 15 * time.Minute
	throttledFor = 3 * time.Minute
)

// mayStale are the reads that are not promised to be consistent.
var mayStale = map[string]bool{"store.List": true, "cloud.Look": true, "cloud.Read": true, "cloud.Survey": true}

// invoked is the operation that stands for the invocation of a function itself.
const invoked = "invoke"

// fits reports whether a call of this operation can go wrong in this way.
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

// Call names one call: the n-th of an operation that a function makes for an elevation, counted from 1.
type Call struct {
	Function string // as "grant"; what callers do is named by its verb, as "submit"
	Life     int    // the elevation, counted from 1; 0: of none, as the sweep's
	Op       string // as "store.Write"; "invoke" is the invocation of the function itself
	N        int
}

// String names the call in one line.
func (c Call) String() string {
	if c.Life == 0 {
		return fmt.Sprintf("%s: %s #%d", c.Function, c.Op, c.N)
	}
	return fmt.Sprintf("%s of elevation %d: %s #%d", c.Function, c.Life, c.Op, c.N)
}

// Event is what happens to a whole world.
type Event string

// The events. The last seven are how a world is from its beginning.
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
	Deployed     Event = "deploy in the middle"   // from the state machine of the first release to this one
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

// Happening is an event at an instant of a world.
type Happening struct {
	Event Event
	At    time.Duration // from the beginning of the world
	For   time.Duration // of an outage; how far back, of a restore
	Life  int           // whose grant, of what is done by hand
}

// String tells it in one line.
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

// Fault is one thing that goes wrong: with a call if Kind is set, else to the world.
type Fault struct {
	Kind      Kind
	Call      Call
	Happening Happening
}

// Name is the kind of the fault, of a call or of the world.
func (f Fault) Name() string {
	if f.Kind != "" {
		return string(f.Kind)
	}
	return string(f.Happening.Event)
}

// String tells the fault in one line.
func (f Fault) String() string {
	if f.Kind != "" {
		return f.Call.String() + ": " + string(f.Kind)
	}
	return f.Happening.String()
}

// Schedule is all that goes wrong in a world.
type Schedule []Fault

// failures are the faults that the faulty ports of accesstest know how to make.
var failures = map[Kind]accesstest.Failure{
	ErrorBefore: accesstest.ErrorBefore, ErrorAfter: accesstest.ErrorAfter, EffectLate: accesstest.EffectLate,
	CrashBefore: accesstest.Crash, CrashAfter: accesstest.CrashAfter, Delayed: accesstest.Delayed, Stale: accesstest.Stale,
	Throttled: accesstest.ErrorBefore,
}
