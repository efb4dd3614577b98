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

// Names of the functions, each with its own clock.
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

// statesStand is the prefix of an outage in which executions make no step.
const statesStand = "states"

// mostSkew is the largest clock skew of a function, in worlds with skew.
const mostSkew = 5 * time.Second

// world is all of Curfew and its environment, in one bubble.
type world struct {
	dice   dice
	gate   *gate
	oracle *oracle
	began  time.Time
	skewed bool

	budgets map[string][]access.Budget // by entitlement

	events map[Event]bool // events of the bus and TTL in this world

	iam      *inprocess.IAM
	store    *inprocess.Store
	cloud    *inprocess.Cloud
	workflow *inprocess.Workflow
	services map[string]*access.Service
	archive  *inprocess.Archive
	ids      map[string]int        // numbers of the elevations
	names    map[int]string        // ids of elevations that existed before
	starts   map[int]time.Duration // when lives ask

	alive   context.Context
	end     context.CancelFunc
	running sync.WaitGroup // callers, sweep, deliveries
	pool    workerPool
}

// id returns an elevation's id, fixed before the request, so that its number is known everywhere.
func (w *world) id(life int) string {
	if id := w.names[life]; id != "" {
		return id
	}
	var id ulid.ULID
	if err := id.SetTime(ulid.Timestamp(w.began.Add(w.starts[life])) + uint64(life)); err != nil {
		return ""
	}
	copy(id[6:], fmt.Sprintf("%010d", life))
	return strings.ToLower(id.String())
}

// clockSlack is the tolerance for clock skew and whole seconds.
func (w *world) clockSlack() time.Duration {
	if w.skewed {
		return 2*mostSkew + 2*time.Second
	}
	return 2 * time.Second
}

// lifeOf returns the number of the elevation at the end of a partition's name; 0: none.
func (w *world) lifeOf(partition string) int {
	return w.ids[partition[strings.LastIndexByte(partition, '#')+1:]]
}

// pause sleeps, and reports whether the world still runs.
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

// oracle tracks every elevation as last written and every grant in IAM, and checks each change against both.
type oracle struct {
	w *world

	mu     sync.Mutex // guards the fields below; held during every store write, so records do not change under it
	lives  map[string]*tracked
	there  map[string]*tracked // those with a grant in IAM
	wrongs []Wrong
	cutByFault,
	changes int
	restoredAt time.Time
	oldUntil   time.Time // handlers of the first release write until then
	look       int       // counts the looks at IAM
	revision   int       // of IAM at the last read
	grants     []access.Found
	denials    int    // containments at the last look
	goneBy     string // who ordered the removal being checked
}

type tracked struct {
	id      string
	is      access.Elevation
	text    []byte // source of is, as last written
	terms   access.Terms
	reasons map[access.Cause]bool // allowed causes of an early end
	path    []access.State        // all its states, in order

	seen       int // the last look that saw its grant
	docs       []string
	verdicts   []verdict // of docs
	thereSince time.Time
	goneAt     time.Time // when its grant left IAM; zero: present, or never there
	goneBy     string    // who ordered the removal; empty: by hand
	ever       bool
	handAt     time.Time // last change by hand
	orderedAt  time.Time // when an order to end was accepted
	forgotten  bool      // a restore lost or reverted its record
}

type verdict struct {
	until  time.Time
	isSame bool // as in the terms
	err    error
}

func newOracle(w *world) *oracle {
	return &oracle{w: w, revision: -1, lives: map[string]*tracked{}, there: map[string]*tracked{}}
}

func (o *oracle) wrong(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addFinding(Rule, format, args...)
}

// addFinding adds a finding; o.mu is held.
func (o *oracle) addFinding(which Oracle, format string, args ...any) {
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
