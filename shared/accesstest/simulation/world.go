package simulation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/inprocess"
)

// Names of the functions whose clocks may differ.
const (
	fnAPI       = "api"
	fnWait      = "wait"
	fnGrant     = "grant"
	fnRevoke    = "revoke"
	fnContain   = "contain"
	fnReconcile = "reconcile"
	fnExpire    = "expire"
	fnClosed    = "execution-closed"
	fnNotify    = "notify"
	fnLate      = "append-late"
)

// statesStand is the prefix of an outage in which no execution makes a step.
const statesStand = "states"

// mostSkew is how far the clock of a function may be off, in a world whose clocks disagree.
const mostSkew = 5 * time.Second

// world is one whole Curfew with everything around it, in one bubble.
type world struct {
	dice   dice
	gate   *gate
	oracle *oracle
	began  time.Time
	skewed bool
	events map[Event]bool // how the bus and TTL of this world are

	iam      *inprocess.IAM
	store    *inprocess.Store
	cloud    *inprocess.Cloud
	workflow *inprocess.Workflow
	services map[string]*access.Service
	ids      map[string]int // the number of each elevation
	names    map[int]string // the ids of those that were there before

	alive   context.Context
	end     context.CancelFunc
	running sync.WaitGroup // callers, sweep, what is delivered
	hands   hands
}

// id is the id of an elevation, known before it is asked for: so its number is known wherever the id is seen.
func (w *world) id(life int) string {
	if id := w.names[life]; id != "" {
		return id
	}
	var id ulid.ULID
	if err := id.SetTime(ulid.Timestamp(w.began) + uint64(life)); err != nil {
		return ""
	}
	copy(id[6:], fmt.Sprintf("%010d", life))
	return strings.ToLower(id.String())
}

// clockSlack is what clocks that disagree, and whole seconds, may make of an instant.
func (w *world) clockSlack() time.Duration {
	if w.skewed {
		return 2*mostSkew + 2*time.Second
	}
	return 2 * time.Second
}

// lifeOf is the number of the elevation whose id ends a partition's name; 0 if it is none.
func (w *world) lifeOf(partition string) int {
	return w.ids[partition[strings.LastIndexByte(partition, '#')+1:]]
}

// pause waits, and reports whether the world is still there.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// oracle knows every elevation as it was last written and every grant as it is in IAM, and holds each change against both.
type oracle struct {
	w *world

	mu     sync.Mutex // guards what follows, and is held across every write to the store: records stand still under it
	lives  map[string]*tracked
	there  map[string]*tracked // those whose grant is in IAM
	wrongs []Wrong
	cutByFault,
	changes int
	restoredAt time.Time
	oldUntil   time.Time // until then handlers of the first release write
	look       int       // of IAM, counted
	revision   int       // of IAM, as it was last read
	grants     []access.Found
	denials    int    // containments that were there at the last look
	goneBy     string // whose order is being looked at
}

// tracked is one elevation.
type tracked struct {
	id      string
	is      access.Elevation
	text    []byte // that is was read from, as it was written last
	terms   access.Terms
	reasons map[access.Cause]bool // why it may end early
	path    []access.State        // all its states, in order

	seen       int // the look that saw its grant last
	docs       []string
	verdicts   []verdict // on its documents, as they were seen last
	thereSince time.Time
	goneAt     time.Time // IAM has had no grant since; zero: it has, or never had
	goneBy     string    // whose order took it away; empty: somebody's own hand
	ever       bool
	handAt     time.Time // somebody last changed it by hand
	orderedAt  time.Time // an order to end it was accepted
	forgotten  bool      // a restore took its record, or took it back
}

// verdict is what a document says.
type verdict struct {
	until time.Time
	same  bool // it is what the terms say
	err   error
}

func newOracle(w *world) *oracle {
	return &oracle{w: w, revision: -1, lives: map[string]*tracked{}, there: map[string]*tracked{}}
}

func (o *oracle) wrong(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.found(Rule, format, args...)
}

// found notes what is wrong; o.mu is held.
func (o *oracle) found(which Oracle, format string, args ...any) {
	o.wrongs = append(o.wrongs, Wrong{which, time.Since(o.w.began), fmt.Sprintf(format, args...)})
}

func (o *oracle) life(id string) *tracked {
	t := o.lives[id]
	if t == nil {
		t = &tracked{id: id, reasons: map[access.Cause]bool{}}
		o.lives[id] = t
	}
	return t
}
