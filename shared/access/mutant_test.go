package access

import (
	"testing"
	"time"

	"curfew/shared/fault"
)

// Safeguards behind others: no other test fails without them. The command mutants removes them one by one.

func TestOneWayIntoTheRoleThatPinsNothingIsOneTooMany(t *testing.T) {
	const pins = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}`
	const open = `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}`
	for _, c := range []struct {
		name, statements string
		want             bool
	}{
		{"two that pin", pins + "," + pins, true},
		{"the second does not", pins + "," + open, false},
		{"the first does not", open + "," + pins, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pinned(BindUserID, `{"Version":"2012-10-17","Statement":[`+c.statements+`]}`); got != c.want {
				t.Errorf("pinned = %v, want %v", got, c.want)
			}
		})
	}
}

// The clocks of the two functions may differ by clockSkew.
func TestCauseByTheClock(t *testing.T) {
	deadline := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	silent, heard := deadline.Add(-time.Hour), deadline.Add(-time.Second)
	for _, c := range []struct {
		name  string
		state State
		beat  time.Time
		now   time.Time
		want  Cause
	}{
		{"silent at the deadline", Active, silent, deadline, Deadline},
		{"silent a little before", Active, silent, deadline.Add(-ClockSkew), Deadline},
		{"silent, and time was left", Active, silent, deadline.Add(-ClockSkew - time.Second), HeartbeatLost},
		{"heard, and the workflow is gone", Active, heard, deadline.Add(-time.Minute), Failed},
		{"not granted yet", Granting, time.Time{}, deadline.Add(-time.Minute), Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := Life{Terms: Terms{Heartbeat: 300}, Elevation: Elevation{State: c.state, Deadline: deadline, LastBeat: c.beat}}
			if got, _ := l.causeByClock(c.now); got != c.want {
				t.Errorf("cause = %s, want %s", got, c.want)
			}
		})
	}
}

func TestHoldIsAnsweredFromTheDeadlineOn(t *testing.T) {
	deadline := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		state State
		now   time.Time
		want  bool
	}{
		{"before", Active, deadline.Add(-time.Second), false},
		{"at", Active, deadline, true},
		{"after", Granting, deadline.Add(time.Minute), true},
		{"ended before", Revoking, deadline.Add(-time.Second), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Elevation{State: c.state, Deadline: deadline}
			if failure, got := e.answers(Token{For: "hold"}, c.now); got != c.want || failure != "" {
				t.Errorf("answered = %v with %q, want %v with none", got, failure, c.want)
			}
		})
	}
}

func TestWhoWasSilentForTooLongIsNotHeard(t *testing.T) {
	last := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	e, terms := Elevation{State: Active, LastBeat: last}, Terms{Heartbeat: 300}
	if next, err := e.Beat(terms, last.Add(299*time.Second)); err != nil || !next.LastBeat.After(last) {
		t.Errorf("in time: last beat %s, %v, want it heard", next.LastBeat, err)
	}
	if next, err := e.Beat(terms, last.Add(300*time.Second)); fault.KindOf(err) != fault.Conflict || !next.LastBeat.Equal(last) {
		t.Errorf("too late: last beat %s, %v, want a conflict", next.LastBeat, err)
	}
}
