package access_test

import (
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A copy of the moves in design.md, so that a change must be made twice.
func TestMoves(t *testing.T) {
	allowed := map[access.State][]access.State{
		access.Requested: {access.Approved, access.DeniedState, access.WithdrawnState, access.LapsedState},
		access.Approved:  {access.Granting, access.WithdrawnState, access.LapsedState, access.Revoking},
		access.Granting:  {access.Active, access.Revoking},
		access.Active:    {access.Revoking},
		access.Revoking:  {access.Stuck, access.Ended},
		access.Stuck:     {access.Ended},
	}
	for _, from := range access.States() {
		for _, to := range access.States() {
			if got, want := access.MayMove(from, to), slices.Contains(allowed[from], to); got != want {
				t.Errorf("%s to %s = %v, want %v", from, to, got, want)
			}
		}
		if got, want := from.Terminal(), len(allowed[from]) == 0; got != want {
			t.Errorf("%s terminal = %v, want %v", from, got, want)
		}
	}
}

func TestAfterGrantingThereIsOneWayOut(t *testing.T) {
	for _, s := range access.States() {
		if !s.Open() {
			continue
		}
		for _, to := range access.States() {
			if access.MayMove(s, to) && !to.Open() && to != access.Ended {
				t.Errorf("%s leads to %s", s, to)
			}
		}
	}
}

func TestGrantComputesTheDeadlineOnce(t *testing.T) {
	for _, c := range []struct {
		name     string
		duration int64
		latest   time.Time
		want     time.Time
		kind     fault.Kind
	}{
		{"the duration", 1800, noon.Add(2 * time.Hour), noon.Add(30 * time.Minute), ""},
		{"the latest end", 1800, noon.Add(10 * time.Minute), noon.Add(10 * time.Minute), ""},
		{"the latest end has come", 1800, noon, time.Time{}, fault.Denied},
		{"the latest end is past", 1800, noon.Add(-time.Second), time.Time{}, fault.Denied},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := access.Elevation{ID: "x", State: access.Approved}
			got, err := e.Grant(access.Terms{Duration: c.duration, LatestEnd: c.latest}, "execution", 20*time.Second, noon.Add(300*time.Millisecond))
			if fault.KindOf(err) != c.kind {
				t.Fatalf("error = %v, want %q", err, c.kind)
			}
			if err == nil && (!got.Deadline.Equal(c.want) || !got.AttachBy.Equal(noon.Add(20*time.Second))) {
				t.Errorf("deadline %s, attach by %s; want %s", got.Deadline, got.AttachBy, c.want)
			}
		})
	}
}

func TestApprovalCountsOnlyBeforeDecideBy(t *testing.T) {
	e := access.Elevation{State: access.Requested, DecideBy: noon}
	if _, err := e.Approve(noon.Add(-time.Second)); err != nil {
		t.Errorf("a second before: %v", err)
	}
	if _, err := e.Approve(noon); fault.KindOf(err) != fault.Conflict {
		t.Errorf("at the instant: %v, want a conflict", err)
	}
}

func TestGone(t *testing.T) {
	due := noon
	for _, c := range []struct {
		name     string
		before   access.Elevation
		at       time.Time
		proof    time.Time
		state    access.State
		goneAt   time.Time
		overstay int64
	}{
		{"at once", access.Elevation{State: access.Revoking, EndDue: due}, noon.Add(2 * time.Second), time.Time{}, access.Ended, noon.Add(2 * time.Second), 2},
		{"a late attach is possible", access.Elevation{State: access.Revoking, EndDue: due}, noon.Add(2 * time.Second), noon.Add(50 * time.Second), access.Revoking, noon.Add(2 * time.Second), 0},
		{"and then not any more", access.Elevation{State: access.Revoking, EndDue: due, GoneAt: noon.Add(2 * time.Second)}, noon.Add(50 * time.Second), noon.Add(50 * time.Second), access.Ended, noon.Add(2 * time.Second), 2},
		{"after it was stuck", access.Elevation{State: access.Stuck, EndDue: due}, noon.Add(time.Hour), time.Time{}, access.Ended, noon.Add(time.Hour), 3600},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.before.Gone(c.at, c.proof)
			if err != nil {
				t.Fatal(err)
			}
			if got.State != c.state || !got.GoneAt.Equal(c.goneAt) || got.Overstay != c.overstay {
				t.Errorf("got %s, gone at %s, overstay %d; want %s, %s, %d", got.State, got.GoneAt, got.Overstay, c.state, c.goneAt, c.overstay)
			}
		})
	}
	for _, s := range access.States() {
		if s == access.Revoking || s == access.Stuck {
			continue
		}
		if _, err := (access.Elevation{State: s}).Gone(noon, time.Time{}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v, want a conflict", s, err)
		}
	}
}

func TestSeenMakesStuckAndPagesAgain(t *testing.T) {
	e := access.Elevation{State: access.Revoking, EndDue: noon, GoneAt: noon}
	e, changed := e.Seen(true, noon.Add(time.Minute))
	if !changed || e.State != access.Revoking || !e.GoneAt.IsZero() {
		t.Errorf("seen after a minute = %+v: want revoking, and not gone", e)
	}
	if _, changed := e.Seen(true, noon.Add(2*time.Minute)); changed {
		t.Error("seen again: nothing is to be stored")
	}
	e, _ = e.Seen(true, noon.Add(5*time.Minute))
	if e.State != access.Stuck || !e.PagedAt.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("after five minutes = %s, paged at %s", e.State, e.PagedAt)
	}
	if _, changed := e.Seen(true, noon.Add(34*time.Minute)); changed {
		t.Error("paged again before half an hour")
	}
	again, changed := e.Seen(false, noon.Add(35*time.Minute))
	if !changed || !again.PagedAt.Equal(noon.Add(35*time.Minute)) {
		t.Error("not paged again after half an hour")
	}
	e.AcknowledgedBy = "dee"
	if _, changed := e.Seen(true, noon.Add(2*time.Hour)); changed {
		t.Error("paged after somebody took it on")
	}
}

func TestEndIsDueNoLaterThanTheDeadline(t *testing.T) {
	e := access.Elevation{State: access.Active, Deadline: noon}
	for at, want := range map[time.Duration]time.Time{-time.Minute: noon.Add(-time.Minute), time.Minute: noon} {
		got, err := e.End(access.Released, "ana", noon.Add(at))
		if err != nil || !got.EndDue.Equal(want) {
			t.Errorf("ordered %s from the deadline: due %s, %v; want %s", at, got.EndDue, err, want)
		}
	}
}

func TestErrorNameSurvivesWrapping(t *testing.T) {
	for _, name := range fault.ErrorNames() {
		err := fault.Errorf(fault.Denied, "granting: %w", fault.Errorf(fault.Kind(name), "inner"))
		if got := fault.ErrorName(err); got != "Denied" {
			t.Errorf("outermost kind = %s, want Denied", got)
		}
	}
	if got := fault.ErrorName(noKind()); got != "Internal" {
		t.Errorf("error without a kind = %s, want Internal", got)
	}
}
