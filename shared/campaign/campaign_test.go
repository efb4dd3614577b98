package campaign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

const role, id, account = "arn:aws:iam::111122223333:role/ops", "AROAEXAMPLE0000000001", "111122223333"

var (
	november = time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	december = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	ben      = identity.Caller{ID: "person:ben", Kind: identity.Person, Name: "ben", Groups: []string{"platform"}}
)

func found() Privileged {
	return Privileged{Principal: role, PrincipalID: id, Score: 3, Classes: []string{"admin"}, Why: "all", Owners: []string{"group:platform", "group:platform"}}
}

// stored makes an item of November with an answer, or none.
func stored(t *testing.T, says State, at time.Time) Stored {
	t.Helper()
	var was Stored
	was.Row.Key = Key(id)
	_, next, err := was.Open(account, found(), "2026-11", november, november)
	if err != nil {
		t.Fatal(err)
	}
	was.Value, was.Row.Version = next, 1
	was.answer.Row.Key = AnswerKey(next.ID())
	if says == Open {
		return was
	}
	_, was, err = was.Say(ben, says, next.Digest(), "so it is", at)
	if err != nil {
		t.Fatal(err)
	}
	return was
}

func TestIDsNameACampaignAndAPrincipal(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-" + id: id, "2026-13-" + id: "", "2026-11": "", "2026-11-": "", "2026-11-aroaexample0000000001": "", "2026-11_" + id: "", "2026-11-AROA": "", "2026-11-" + strings.Repeat("A", 129): "", "": "", "2026-11-" + id + "\n": "",
	} {
		if got := PrincipalIn(in); got != want {
			t.Errorf("PrincipalIn(%q) = %q, want %q", in, got, want)
		}
	}
	if k := Key(id); PrincipalOf(k) != id || stored(t, Open, november).Value.ID() != "2026-11-"+id {
		t.Errorf("the key is %s", k)
	}
}

func TestACampaignOfAFutureMonthHasNotBegun(t *testing.T) {
	end := time.Date(2026, 11, 30, 23, 59, 30, 0, time.UTC)
	for m, want := range map[string]bool{"2026-11": true, "2026-01": true, "2026-12": true, "2027-01": false, "2026-13": false, "": false} {
		if got := HasBegun(m, end); got != want {
			t.Errorf("HasBegun(%q) = %v", m, got)
		}
	}
	if HasBegun("2026-12", end.Add(-time.Minute)) {
		t.Error("the next month has begun")
	}
}

// An item opens once a campaign, never while it is open, and never by what was read before the answer.
func TestAnItemOpensOnceACampaign(t *testing.T) {
	answered := november.AddDate(0, 0, 3)
	for name, c := range map[string]struct {
		was      State
		campaign string
		began    time.Time
		opens    bool
		again    bool
	}{
		"open, the same campaign":         {Open, "2026-11", november.Add(time.Hour), false, false},
		"open, the next":                  {Open, "2026-12", december, false, false},
		"signed, the same":                {Signed, "2026-11", answered.Add(time.Hour), false, false},
		"signed, the next":                {Signed, "2026-12", december, true, false},
		"signed, an earlier, late":        {Signed, "2026-10", december, false, false},
		"removed, the same":               {Removed, "2026-11", answered.Add(time.Hour), false, false},
		"removed, the next":               {Removed, "2026-12", december, true, true},
		"removed, read before the answer": {Removed, "2026-12", answered.Add(-time.Second), false, false},
		"removed, read with the answer":   {Removed, "2026-12", answered, true, true},
	} {
		changes, next, err := stored(t, c.was, answered).Open(account, found(), c.campaign, c.began, c.began)
		if err != nil || (len(changes) > 0) != c.opens || next.Again != c.again {
			t.Errorf("%s: %d changes, again %v, %v", name, len(changes), next.Again, err)
		}
		if c.opens && (next.Last == nil || next.Last.Says != c.was || !next.DueBy.Equal(c.began.Add(Within)) || next.Evidence.Seq != 2 || record.CheckChanges(changes) != nil) {
			t.Errorf("%s: %+v", name, next)
		}
	}
}

func TestAnItemIsClosedOnce(t *testing.T) {
	was := stored(t, Removed, november.Add(time.Hour))
	if changes, err := was.Close(november.Add(-time.Second), december); err != nil || changes != nil {
		t.Errorf("read before it was opened: %v, %v", changes, err)
	}
	changes, err := was.Close(december, december)
	if err != nil || len(changes) != 2 || changes[0].Row.Index != nil {
		t.Fatalf("%v, %v", changes, err)
	}
	if was.Value, err = record.Decode[Item](changes[0].Row); err != nil || was.State() != Gone {
		t.Errorf("it is %s, %v", was.State(), err)
	}
	if changes, err := was.Close(december, december); err != nil || changes != nil {
		t.Errorf("again: %v, %v", changes, err)
	}
	if _, _, err := was.Say(ben, Signed, was.Value.Digest(), "x", december); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an answer to what is gone: %v", err)
	}
	if changes, _, err := was.Open(account, found(), "2027-01", december.Add(-time.Second), december); err != nil || changes != nil {
		t.Errorf("read before it was gone: %v, %v", changes, err)
	}
	changes, next, err := was.Open(account, found(), "2027-01", december.AddDate(0, 1, 0), december.AddDate(0, 1, 0))
	if err != nil || len(changes) != 2 || next.Again {
		t.Errorf("what came back: %v, %+v, %v", changes, next, err)
	}
}

// What an owner saw is what they answer: each fact is in the digest.
func TestTheDigestHasEveryFact(t *testing.T) {
	f := stored(t, Open, november).Value.Facts
	seen := map[string]bool{f.Digest(): true}
	for _, change := range []func(*Facts){
		func(f *Facts) { f.Campaign = "2026-12" }, func(f *Facts) { f.Principal += "x" }, func(f *Facts) { f.PrincipalID += "X" }, func(f *Facts) { f.Account = "444455556666" },
		func(f *Facts) { f.Kind = Both }, func(f *Facts) { f.Score++ }, func(f *Facts) { f.Classes = nil }, func(f *Facts) { f.Why += "x" }, func(f *Facts) { f.Owners = nil },
		func(f *Facts) { f.OpenedAt = december }, func(f *Facts) { f.DueBy = december.Add(1e9) }, func(f *Facts) { f.Last = &Said{} }, func(f *Facts) { f.Again = true },
	} {
		g := f
		change(&g)
		if d := g.Digest(); len(d) != 64 || seen[d] {
			t.Errorf("%+v has the digest of another", g)
		} else {
			seen[d] = true
		}
	}
}

func TestWhatAReviewSaysIsBounded(t *testing.T) {
	p := found()
	p.Why, p.Classes = "a\u202e\n"+strings.Repeat("ü", 999), make([]string, 50)
	var was Stored
	was.Row.Key = Key(id)
	_, i, err := was.Open(account, p, "2026-11", november, november)
	if err != nil || len([]rune(i.Why)) != 500 || !strings.HasPrefix(i.Why, "a  ü") || !strings.HasSuffix(i.Why, "…") || len(i.Classes) != 20 || !slices.Equal(i.Owners, []string{"group:platform"}) {
		t.Errorf("%+v, %v", i, err)
	}
	for name, change := range map[string]func(*Privileged){
		"no owners":       func(p *Privileged) { p.Owners = nil },
		"another account": func(p *Privileged) { p.Principal = "arn:aws:iam::444455556666:role/ops" },
		"no principal":    func(p *Privileged) { p.Principal = "arn:aws:s3:::111122223333:x" },
		"no unique id":    func(p *Privileged) { p.PrincipalID = "x#y" },
		"another kind":    func(p *Privileged) { p.Kind = "robot" },
		"a score below 0": func(p *Privileged) { p.Score = -1 },
	} {
		p := found()
		change(&p)
		if _, _, err := was.Open(account, p, "2026-11", november, november); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAYearIsTwelveMonths(t *testing.T) {
	var all Trend
	for _, m := range []string{"2024-01", "2025-11", "2025-12", "2026-11"} {
		all.Scores = append(all.Scores, Score{Campaign: m})
	}
	if got := all.Year(november); len(got) != 2 || got[0].Campaign != "2025-12" {
		t.Errorf("%+v", got)
	}
	if got := all.Year(november.AddDate(5, 0, 0)); got != nil {
		t.Errorf("five years later: %+v", got)
	}
}
