package access

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/identity"
)

func escalated() (Terms, time.Time) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	return Terms{
		ID: "01jd0000000000000000000000", Requester: identity.Caller{ID: "person:i|1", Kind: identity.Person, Name: "ana"}, RequestedAt: at,
		Approval: Approval{Need: 1, Of: []string{"group:leads"}, Then: []ApprovalStep{{1800, []string{"group:heads"}}, {3600, []string{"group:board", "group:security"}}}},
	}, at
}

func approver(name, group string) identity.Caller {
	return identity.Caller{ID: "person:i|" + name, Kind: identity.Person, Name: name, Groups: []string{group}}
}

func TestAnApprovalCountsFromTheTimeOfItsGroupOn(t *testing.T) {
	terms, at := escalated()
	for _, c := range []struct {
		group string
		after time.Duration
		want  bool
	}{
		{"leads", 0, true}, {"leads", 2 * time.Hour, true}, {"heads", 30*time.Minute - time.Second, false}, {"heads", 30 * time.Minute, true},
		{"security", 30 * time.Minute, false}, {"security", time.Hour, true}, {"board", time.Hour, true}, {"engineers", 3 * time.Hour, false},
	} {
		who := approver("ben", c.group)
		d := Decision{By: who, Approve: true, Digest: terms.Digest(), At: at.Add(c.after)}
		err := terms.MayDecide(who, d.At)
		if got := terms.Enough([]Decision{d}); got != c.want || (err == nil) != c.want {
			t.Errorf("%s after %s: counts %t and %v, want %t", c.group, c.after, got, err, c.want)
		}
		if early := c.group == "heads" && !c.want; early && !strings.Contains(err.Error(), "from 2026-10-05T09:30:00Z on") {
			t.Errorf("%v does not say from when on", err)
		}
	}
}

func TestEachStepIsToldOnce(t *testing.T) {
	terms, at := escalated()
	e := AskNext(Elevation{State: Requested}, terms, at)
	var told []string
	for now := at; now.Before(at.Add(2 * time.Hour)); now = now.Add(7 * time.Minute) {
		if due := !e.AskNextAt.IsZero() && !now.Before(e.AskNextAt); !due {
			continue
		}
		was := e
		e = AskNext(e, terms, now)
		told = append(told, terms.Approval.askedNow(was, e)...)
	}
	if got := strings.Join(told, " "); got != "group:heads group:board group:security" || !e.AskNextAt.IsZero() {
		t.Errorf("told %s, next at %s", got, e.AskNextAt)
	}
	late := AskNext(Elevation{State: Requested}, terms, at)
	if got := terms.Approval.askedNow(late, AskNext(late, terms, at.Add(2*time.Hour))); len(got) != 3 {
		t.Errorf("after an outage of the sweep these were told: %v", got)
	}
	e.Steps, e.State = 0, Approved
	if e = AskNext(e, terms, at.Add(time.Hour)); e.Steps != 0 || !e.AskNextAt.IsZero() {
		t.Errorf("a decided one asks on: %+v", e)
	}
}
