package accesstest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
)

var odd = finding.Kind{Name: "odd", PageInterval: time.Hour, Severity: finding.High, Why: "it should not be", Do: "look"}

func raises(s *story, o finding.Occurrence) {
	s.WantKind(finding.Report(s.Context(), s.Service.Base, odd, o), "")
}

// wantFinding checks the state, the number of occurrences and the number of pages.
func wantFinding(s *story, t *testing.T, state finding.State, count int64, pages int) finding.Stored {
	t.Helper()
	s.Advance(time.Second) // the outbox
	page, err := access.Findings{Service: s.Service}.List(s.Context(), s.As("dee").Caller, access.FindingFilter{Kind: odd.Name, States: finding.States()})
	s.WantKind(err, "")
	if len(page.Findings) != 1 {
		t.Fatalf("%d findings, want 1", len(page.Findings))
	}
	got := 0
	for _, m := range s.Notifier.Messages() {
		if m.Kind == "page" {
			got++
		}
	}
	was := page.Findings[0]
	if was.State() != state || was.Value.Count != count || got != pages {
		t.Errorf("%s, %d occurrences, %d pages; want %s, %d, %d", was.State(), was.Value.Count, got, state, count, pages)
	}
	return was
}

func TestStormOfEventsIsOneFindingAndOnePage(t *testing.T) {
	tell(t, func(s *story) {
		for i := range 700 {
			o := finding.Occurrence{Subject: "role x", What: "changed", Principal: accesstest.Engineer, Events: []string{fmt.Sprint("e", i)}}
			raises(s, o)
			raises(s, o) // delivered twice
		}
		was := wantFinding(s, t, finding.Open, 500, 1) // more are noted once an hour
		if f := was.Value; len(f.Events) != 20 || f.EventCount != 500 || f.Account != "111122223333" || !f.FirstAt.Before(f.LastAt.Add(1)) {
			t.Errorf("%+v", f)
		}
	})
}

// Log files bring each event again, hours after a person closed its finding.
func TestRepeatedEventDoesNotOpenAClosedFinding(t *testing.T) {
	tell(t, func(s *story) {
		o := finding.Occurrence{Subject: "x", What: "changed", Events: []string{"e1"}}
		raises(s, o)
		_, err := access.Findings{Service: s.Service}.Close(s.Context(), s.As("dee").Caller, wantFinding(s, t, finding.Open, 1, 1).Value.ID, "it was me")
		s.WantKind(err, "")
		raises(s, o)
		wantFinding(s, t, finding.Closed, 1, 1)
		o.Events = []string{"e1", "e2"}
		raises(s, o)
		wantFinding(s, t, finding.Open, 2, 2)
	})
}

func TestStateThatLastsIsRecordedOnceAnInterval(t *testing.T) {
	tell(t, func(s *story) {
		for range 90 {
			raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
			s.Advance(time.Minute)
		}
		wantFinding(s, t, finding.Open, 2, 2)
	})
}

func TestAcknowledgedFindingPagesOnceAWeek(t *testing.T) {
	tell(t, func(s *story) {
		dee := s.As("dee").Caller
		raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
		id := wantFinding(s, t, finding.Open, 1, 1).Value.ID
		for range 2 { // a second one changes nothing
			_, err := access.Findings{Service: s.Service}.Acknowledge(s.Context(), dee, id, "")
			s.WantKind(err, "")
		}
		for range 6 {
			s.Advance(24 * time.Hour)
			raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
		}
		if was := wantFinding(s, t, finding.Acknowledged, 7, 1); was.Closing.Row.Version != 1 || was.Closing.Value.Acknowledged.By != dee.ID {
			t.Errorf("%+v", was.Closing)
		}
		s.Advance(24 * time.Hour)
		raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
		wantFinding(s, t, finding.Acknowledged, 8, 2)
	})
}

func TestClosedFindingThatOccursAgainIsOpenAndPages(t *testing.T) {
	tell(t, func(s *story) {
		dee := s.As("dee").Caller
		o := finding.Occurrence{Subject: "x", What: "it is so"}
		raises(s, o)
		id := wantFinding(s, t, finding.Open, 1, 1).Value.ID
		_, err := access.Findings{Service: s.Service}.Close(s.Context(), dee, id, "")
		s.WantKind(err, fault.Invalid)
		closed, err := access.Findings{Service: s.Service}.Close(s.Context(), dee, id, "explained by CHG-9")
		s.WantKind(err, "")
		if closed.State() != finding.Closed || closed.Closing.Value.Closed.Why != "explained by CHG-9" {
			t.Errorf("%+v", closed)
		}
		wantFinding(s, t, finding.Closed, 1, 1)
		_, err = access.Findings{Service: s.Service}.Acknowledge(s.Context(), dee, id, "")
		s.WantKind(err, fault.Conflict)
		raises(s, o)
		wantFinding(s, t, finding.Open, 2, 2)
		if told := s.Notifier.Findings(); len(told) != 3 || told[1].State() != finding.Closed || told[2].State() != finding.Open {
			t.Errorf("systems were told %d times: %+v", len(told), told)
		}
		if got := records(s, "finding.closed"); len(got) != 1 || got[0].Actor != dee.ID {
			t.Errorf("evidence of the closing: %+v", got)
		}
	})
}

// A closing that was decided before an occurrence must not hide it.
func TestOccurrenceDuringAClosingConflictsWithIt(t *testing.T) {
	tell(t, func(s *story) {
		raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
		was := wantFinding(s, t, finding.Open, 1, 1)
		closing, err := was.Close(s.As("dee").Caller, "done", time.Now())
		s.WantKind(err, "")
		raise, err := finding.Raise(was, odd, finding.Occurrence{Subject: "x", Events: []string{"e"}}, time.Now())
		s.WantKind(err, "")
		s.WantKind(s.Store.Write(s.Context(), raise...), "")
		s.WantKind(s.Store.Write(s.Context(), closing...), fault.Conflict)
		wantFinding(s, t, finding.Open, 2, 1)
	})
}

// findingAbout makes a finding about an elevation of who.
func findingAbout(s *story, who string) (id string) {
	l, err := s.Service.Load(s.Context(), s.As(who).Asks("deploy", time.Hour))
	s.WantKind(err, "")
	raises(s, l.Found("it is so"))
	return finding.IDOf(finding.Key(odd, l.Terms.ID))
}

func TestWhoMayDoWhatWithFindings(t *testing.T) {
	tell(t, func(s *story) {
		about := findingAbout(s, "ana")
		do := access.Findings{Service: s.Service}
		ana := s.As("ana").Caller
		ana.Groups = append(ana.Groups, "security", "platform")
		robot := s.As("agent").Caller
		robot.Groups = append(robot.Groups, "security")
		namesake := s.As("dee").Caller
		namesake.Name = "Ana"
		for name, c := range map[string]struct {
			as   identity.Caller
			want fault.Kind
			by   string
		}{
			"the requester, though an operator": {ana, fault.Denied, "curfew.self"},
			"a namesake of the requester":       {namesake, fault.Denied, "curfew.self"},
			"a machine":                         {robot, fault.Denied, "curfew.person"},
			"a person without a role":           {s.As("zoe").Caller, fault.NotFound, ""},
			"an approver":                       {s.As("eva").Caller, fault.NotFound, ""},
			"an owner":                          {s.As("ben").Caller, "", ""},
			"an operator":                       {s.As("dee").Caller, "", ""},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := do.Acknowledge(s.Context(), c.as, about, "")
				if fault.KindOf(err) != c.want || c.by != "" && fault.Reasons(err)[0] != c.by {
					t.Errorf("%v, want %s by %s", err, c.want, c.by)
				}
			})
		}
		_, hidden := do.Show(s.Context(), s.As("zoe").Caller, about)
		_, missing := do.Show(s.Context(), s.As("zoe").Caller, "odd-0000000000000000")
		if fault.KindOf(hidden) != fault.NotFound || fault.KindOf(missing) != fault.NotFound {
			t.Errorf("hidden: %v; missing: %v", hidden, missing)
		}
		_, err := do.List(s.Context(), s.As("ben").Caller, access.FindingFilter{})
		s.WantKind(err, fault.Denied)
	})
}

func TestFindingsAreListedOpenFirstThenNewestInPages(t *testing.T) {
	tell(t, func(s *story) {
		dee := s.As("dee").Caller
		do := access.Findings{Service: s.Service}
		for i := range 7 {
			raises(s, finding.Occurrence{Subject: fmt.Sprint(i), What: "it is so", Account: fmt.Sprint(i % 2)})
			s.Advance(time.Minute)
		}
		_, err := do.Close(s.Context(), dee, finding.IDOf(finding.Key(odd, "6")), "done")
		s.WantKind(err, "")
		var got []string
		f := access.FindingFilter{States: finding.States(), Limit: 2}
		for range 9 {
			page, err := do.List(s.Context(), dee, f)
			s.WantKind(err, "")
			for _, was := range page.Findings {
				got = append(got, was.Value.Subject)
			}
			if f.After = page.Next; f.After == "" {
				break
			}
		}
		if fmt.Sprint(got) != "[5 4 3 2 1 0 6]" {
			t.Errorf("listed %v", got)
		}
		for name, c := range map[string]struct {
			f    access.FindingFilter
			want int
		}{
			"not closed":            {access.FindingFilter{}, 6},
			"closed":                {access.FindingFilter{States: []finding.State{finding.Closed}}, 1},
			"of an account":         {access.FindingFilter{Account: "1"}, 3},
			"of a higher severity":  {access.FindingFilter{Lowest: finding.Critical}, 0},
			"of a lower severity":   {access.FindingFilter{Lowest: finding.Low}, 6},
			"since":                 {access.FindingFilter{Since: time.Now().Add(-4*time.Minute - time.Second)}, 3},
			"of another kind":       {access.FindingFilter{Kind: "even"}, 0},
			"of another principal":  {access.FindingFilter{Principal: accesstest.Engineer}, 0},
			"of no such elevation":  {access.FindingFilter{Elevation: "01k6y3m1x8q2v4t6w8y0a2c4e6"}, 0},
			"after a place nowhere": {access.FindingFilter{After: "finding-open|2000"}, 0},
		} {
			page, err := do.List(s.Context(), dee, c.f)
			if err != nil || len(page.Findings) != c.want {
				t.Errorf("%s: %d, %v, want %d", name, len(page.Findings), err, c.want)
			}
		}
	})
}

// A function that may write finding# cannot close a finding there: only closing# says that it is closed.
func TestFindingThatIsMovedInTheIndexIsStillOpen(t *testing.T) {
	tell(t, func(s *story) {
		raises(s, finding.Occurrence{Subject: "x", What: "it is so"})
		was := wantFinding(s, t, finding.Open, 1, 1)
		s.WorldMayBeWrong(func() {
			row := was.Row
			row.Version, row.Index = 2, map[record.Index]record.Place{record.ByState: {Partition: finding.Closed.Indexed(), Sort: "x"}}
			s.WantKind(s.Store.Write(s.Context(), record.Change{Row: row}), "")
			wantFinding(s, t, finding.Open, 1, 1)
			raises(s, finding.Occurrence{Subject: "x", What: "again", Events: []string{"e"}})
		})
		wantFinding(s, t, finding.Open, 2, 1)
	})
}

// TestEvidenceOfAFindingSaysWhatItIsWithoutItsRow: each member once, until it changes. A closing has the same id.
func TestEvidenceOfAFindingSaysWhatItIsWithoutItsRow(t *testing.T) {
	tell(t, func(s *story) {
		o := finding.Occurrence{Subject: "x", What: "changed", Principal: accesstest.Engineer, Events: []string{"e1"}}
		raises(s, o)
		o.Events, o.Elevation = []string{"e2"}, "01jd2q7v3x0000000000000abc"
		raises(s, o)
		graver := odd
		graver.Severity, o.Events = finding.Critical, []string{"e3"}
		s.WantKind(finding.ReportRemedy(s.Context(), s.Service.Base, graver, o), "")
		id := finding.IDOf(finding.Key(odd, "x"))
		_, err := access.Findings{Service: s.Service}.Close(s.Context(), s.As("dee").Caller, id, "it was me")
		s.WantKind(err, "")
		var got []string
		for _, chain := range []string{"finding#" + id, "closing#" + id} {
			rows, err := s.Store.Partition(s.Context(), record.AuditTable, chain, "")
			s.WantKind(err, "")
			for _, row := range rows {
				r, err := record.DecodeRecord(row)
				s.WantKind(err, "")
				var d struct{ Kind, Severity, Elevation, Principal, Account string }
				if err := json.Unmarshal(r.Detail, &d); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(r.Kind, " ", d))
			}
		}
		want := []string{
			"finding.raised {odd high  " + accesstest.Engineer + " 111122223333}", "finding.raised {  01jd2q7v3x0000000000000abc  }",
			"finding.mended { critical   }", "finding.closed {    }",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the evidence says %q, want %q", got, want)
		}
	})
}
