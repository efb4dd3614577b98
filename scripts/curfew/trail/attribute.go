package trail

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"curfew/shared/trail"
)

// Input is what a run needs.
type Input struct {
	Files      []File
	Stdin      io.Reader
	Elevations []Elevation
	Baselines  Baselines
	DataEvents bool // the trail logs data events
	// Each is told each record that counts, with its right; nil: it is not wanted. It must clone what it keeps.
	Each func(*trail.Record, trail.Verdict)
	// Tell is told the bytes of the files that were read, and ends the run by an error.
	Tell func(n int) error
}

// run is one attribution.
type run struct {
	Input
	reader trail.Reader
	ledger *trail.Ledger
	from   time.Time
	to     time.Time

	people  map[string]map[trail.Who]bool               // by right
	pending map[string]map[trail.SessionKey]bool        // sessions whose beginning was not known when the record came
	arns    map[string]string                           // by principal id
	counts  struct{ service, other, twice, late int64 } // records
}

// Attribute reads all records and says which right was behind each.
func Attribute(in Input) (Report, error) {
	x := &run{Input: in, people: map[string]map[trail.Who]bool{}, pending: map[string]map[trail.SessionKey]bool{}, arns: map[string]string{}}
	x.ledger = trail.NewLedger(in.rights(), keyOf(in.Files))
	if slices.ContainsFunc(in.Files, func(f File) bool { return f.stamp == "" }) {
		// The records may come in any order: each is remembered, so that one that comes twice counts once.
		x.ledger.Keep = math.MaxInt64
	}
	if err := readAll(&x.reader, in.Files, in.Stdin, in.Tell, x.add); err != nil {
		return Report{}, err
	}
	x.settle()
	return x.report(), nil
}

// rights are final: a run learns no others. Of a principal without a baseline the own policies stay unknown.
func (in *Input) rights() *trail.Rights {
	var grants []trail.Grant
	var baselines []trail.Baseline
	for _, e := range in.Elevations {
		grants = append(grants, e.grant())
		baselines = append(baselines, trail.Baseline{PrincipalID: e.PrincipalID, Unknown: true})
	}
	baselines = append(baselines, in.Baselines.all...) // the last of a principal counts
	for i := range baselines {
		baselines[i].Until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return trail.NewRights(grants, baselines)
}

// keyOf makes a key of the files, so that the same files give the same report. Callers whose calls the files show cannot know beforehand
// what CloudTrail calls the files, nor how long they become.
func keyOf(files []File) (key trail.Key) {
	h := sha256.New()
	for _, f := range files {
		if f.Path == "" {
			_, _ = rand.Read(key[:]) // standard input; Read never fails
			return key
		}
		fmt.Fprintln(h, filepath.Base(f.Path), f.Size)
	}
	return trail.Key(h.Sum(nil))
}

func (x *run) add(r *trail.Record) error {
	if !r.Time.IsZero() {
		if x.from.IsZero() || r.Time.Before(x.from) {
			x.from = r.Time
		}
		if r.Time.After(x.to) {
			x.to = r.Time
		}
	}
	tooOld := x.ledger.TooOld
	v, counted := x.ledger.Add(r)
	switch {
	case x.ledger.TooOld > tooOld:
		x.counts.late++
	case !counted:
		x.counts.twice++
	case v.Right == trail.Service:
		x.counts.service++
	case v.Right == trail.Other:
		x.counts.other++
	case v.Right == trail.ByElevation, v.Right == trail.Standing:
		x.person(r, v)
	}
	if counted && x.Each != nil {
		x.Each(r, v)
	}
	return nil
}

// person notes who is at the beginning of a record's sessions.
func (x *run) person(r *trail.Record, v trail.Verdict) {
	a := r.Identity.Actor()
	right := cmp.Or(v.Elevation, a.PrincipalID)
	if x.people[right] == nil {
		right = strings.Clone(right)
		x.people[right], x.pending[right] = map[trail.Who]bool{}, map[trail.SessionKey]bool{}
	}
	if _, there := x.arns[a.PrincipalID]; !there {
		x.arns[strings.Clone(a.PrincipalID)] = strings.Clone(a.ARN)
	}
	if who := x.ledger.Sessions.Who(&r.Identity); who.Kind != trail.WhoUnknown || a.Session.PrincipalID == "" {
		x.people[right][who] = true
	} else if !x.pending[right][a.Session] {
		x.pending[right][trail.SessionKey{PrincipalID: strings.Clone(a.Session.PrincipalID), Created: a.Session.Created}] = true
	}
}

// settle finds the beginnings of sessions whose opening came later than their use.
func (x *run) settle() {
	known := map[trail.SessionKey]trail.Who{}
	for _, s := range x.ledger.Settle(x.to, 0) {
		known[s.Session] = s.Who
	}
	for right, sessions := range x.pending {
		for key := range sessions {
			who := known[key]
			who.Kind = cmp.Or(who.Kind, trail.WhoUnknown)
			x.people[right][who] = true
		}
	}
}
