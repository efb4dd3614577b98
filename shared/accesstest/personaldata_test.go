package accesstest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/archive"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// The stored decision does not show the group that a later policy forbids.
func TestApproverOfAGroupThatIsForbiddenLaterDoesNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*story)
		want   string
	}{
		"forbidden":      {func(s *story) { s.Catalog.Forbid("contractors") }, "ended refused"},
		"no more groups": {func(s *story) { s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Max += time.Hour }) }, "active"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin", 2*time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(time.Hour) })
				ben := s.As("ben")
				ben.Groups = append(ben.Groups, "contractors")
				s.WantKind(ben.Approves(id), "")
				c.change(s)
				s.Advance(61 * time.Minute)
				s.Want(id, c.want)
			})
		})
	}
}

// The stored terms do not show the group that a later policy forbids.
func TestRequesterOfAGroupThatIsForbiddenLaterGetsNoGrant(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*story)
		groups []string
		want   string
	}{
		"forbidden":       {func(s *story) { s.Catalog.Forbid("contractors") }, []string{"contractors"}, "ended refused"},
		"others":          {func(s *story) { s.Catalog.Forbid("contractors") }, nil, "active"},
		"no more groups":  {func(s *story) { s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Max += time.Hour }) }, []string{"contractors"}, "active"},
		"nothing changes": {func(*story) {}, []string{"contractors"}, "active"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				ana := s.As("ana")
				ana.Groups = append(slices.Clone(ana.Groups), c.groups...)
				id := ana.Asks("admin", 2*time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(time.Hour) })
				s.WantKind(s.As("ben").Approves(id), "")
				c.change(s)
				s.Advance(61 * time.Minute)
				s.Want(id, c.want)
			})
		})
	}
}

// TestTermsThatTheLogCannotKeepAreRefused: nothing is stored.
func TestTermsThatTheLogCannotKeepAreRefused(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Reviewers = []string{"group:" + strings.Repeat("x", 66_000)} })
		_, err := s.As("ana").Tries("admin", time.Hour)
		s.WantKind(err, fault.Quota)
		if all := s.Store.All(record.AccessTable); slices.ContainsFunc(all, func(r record.Row) bool { return r.Key.Sort == "terms" }) {
			t.Error("terms were stored")
		}
	})
}

// marked is a caller whose name, groups and subject occur in no other text.
func marked(s *story, name string) accesstest.Actor {
	a := s.As(name)
	a.ID, a.Name = identity.PersonID("https://id.example.com", "marked-id-"+name), "marked-name-"+name+"@example.com"
	for i := range 200 {
		a.Groups = append(a.Groups, fmt.Sprintf("marked-group-%d", i))
	}
	return a
}

// tellMarked makes callers leave all they can in evidence and in the rows on which a grant depends.
func tellMarked(s *story) {
	ctx, ana, ben, eva, dee := s.Context(), marked(s, "ana"), marked(s, "ben"), marked(s, "eva"), marked(s, "dee")
	reason := func(r *access.Request) { r.Reason = "marked-text of the request" }
	id := ana.Asks("admin", time.Hour, reason)
	_, err := s.Service.Decide(ctx, ben.Caller, id, s.Digest(id), true, "marked-text of the approval")
	s.WantKind(err, "")
	s.Advance(time.Minute)
	s.WantKind(ana.Ends(id), "")
	id = ana.Asks("admin", time.Hour, reason)
	_, err = s.Service.Decide(ctx, ben.Caller, id, s.Digest(id), false, "marked-text of the denial")
	s.WantKind(err, "")
	id = ana.Asks("admin", time.Hour, reason)
	s.WantKind(ana.Approves(id), fault.Denied)
	s.WantKind(dee.Approves(id), fault.Denied) // an operator, who may see it
	id2 := marked(s, "cem").Asks("deploy", time.Hour, reason)
	s.WantKind(ana.Approves(id2), fault.NotFound)
	_, err = ana.Tries("deploy", time.Hour, func(r *access.Request) { r.Session = "marked-name-of-another" })
	s.WantKind(err, fault.Denied)
	s.WantKind(ana.Withdraws(id), "")
	id = ana.Asks("incident", time.Hour, reason)
	s.Advance(2 * time.Hour)
	_, err = s.Service.SignReview(ctx, eva.Caller, id, "marked-text of the review")
	s.WantKind(err, "")
	_, _ = marked(s, "zoe").Tries("admin", time.Hour, reason)
	_, _ = s.Service.Show(ctx, marked(s, "zoe").Caller, id)
	_, err = s.Service.Suspensions().Suspend(ctx, dee.Caller, suspension.Scope{Requester: ana.ID}, "marked-text of the suspension", suspension.Meant{})
	s.WantKind(err, "")
	_, err = access.Accounts(s.Service).Add(ctx, dee.Caller, "222233334444", "marked-text of the account")
	s.WantKind(err, "")
	o := finding.Occurrence{Subject: "a subject", What: "it happened"}
	s.WantKind(finding.Report(ctx, s.Service.Base, access.Uncontained, o), "")
	_, err = access.Findings(struct{ *access.Service }{s.Service}).Close(ctx, dee.Caller, finding.IDOf(finding.Key(access.Uncontained, o.Subject)), "marked-text of the finding")
	s.WantKind(err, "")
}

// TestPersonalDataInEvidenceIsWhatSecurityMdNames looks for what callers brought in all that the log keeps. What is not named in
// SECURITY.md must not be there, and the other way round.
func TestPersonalDataInEvidenceIsWhatSecurityMdNames(t *testing.T) {
	found := map[string]map[string]bool{}
	tell(t, func(s *story) {
		tellMarked(s)
		for _, row := range slices.Concat(s.Store.All(record.AuditTable), s.Store.All(record.AccessTable)) {
			if !archive.IsEvidence(row.Key) {
				continue
			}
			var body any
			if err := json.Unmarshal(row.Body, &body); err != nil {
				t.Fatal(err)
			}
			marks(found, "", body)
		}
	})
	security, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for mark, row := range map[string]string{"marked-id": "caller's id", "marked-name": "session name", "marked-text": "reasons, notes", "marked-group": "groups"} {
		line := regexp.MustCompile(`(?m)^\| ` + row + ` \|([^|]*)\|`).FindSubmatch(security)
		if line == nil {
			t.Fatalf("SECURITY.md has no row of the %s", row)
		}
		var named []string
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(line[1], -1) {
			named = append(named, string(m[1]))
		}
		if mark == "marked-group" {
			named = nil // those that the catalog names, which no mark is
		}
		slices.Sort(named)
		if got := slices.Sorted(maps.Keys(found[mark])); !slices.Equal(got, named) {
			t.Errorf("%s is in %q, and SECURITY.md names %q", row, got, named)
		}
	}
}

// marks adds the names of the fields that hold a mark.
func marks(found map[string]map[string]bool, field string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, each := range v {
			marks(found, name, each)
		}
	case []any:
		for _, each := range v {
			marks(found, field, each)
		}
	case string:
		for _, mark := range []string{"marked-id", "marked-name", "marked-text", "marked-group"} {
			if strings.Contains(v, mark) {
				if found[mark] == nil {
					found[mark] = map[string]bool{}
				}
				found[mark][field] = true
			}
		}
	}
}

// keeping is a store whose rows expire.
type keeping struct {
	record.Store
	by record.Retention
}

func (k keeping) Write(ctx context.Context, changes ...record.Change) error {
	return k.Store.Write(ctx, k.by.Apply(changes)...)
}

// TestAllOfAnElevationExpiresAtOneInstant: no chain is left without its beginning, and no row without its evidence.
func TestAllOfAnElevationExpiresAtOneInstant(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Store: inprocess.StoreSettings{TTLDelay: 48 * time.Hour}}, func(s *story) {
		by := record.Retention{Elevations: 800, Refusals: 400}
		s.Service.Store = keeping{s.Service.Store, by}
		ana := s.As("ana")
		id := ana.Asks("incident", time.Hour)
		s.Advance(2 * time.Hour)
		_, err := s.Service.SignReview(s.Context(), s.As("ben").Caller, id, "it was right")
		s.WantKind(err, "")
		two := ana.Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Approves(two), "")
		s.Advance(2 * time.Hour)
		s.Want(two, "ended deadline")
		at := by.Expires(access.ElevationKey(id))
		kinds := map[string]bool{}
		for _, row := range slices.Concat(s.Store.All(record.AuditTable), s.Store.All(record.AccessTable)) {
			of, of2, _ := strings.Cut(row.Key.Partition, "#")
			if of2 == id && !row.Expires.Before(time.Now().AddDate(0, 3, 0)) { // tokens expire sooner
				kinds[string(row.Key.Table)+" "+of] = true
				if !row.Expires.Equal(at) {
					t.Errorf("%s expires at %s, and the elevation at %s", row.Key, row.Expires, at)
				}
			}
		}
		want := []string{"access decision", "access elevation", "access granted", "access request", "access review", "access signature", "audit elevation", "audit signature"}
		if got := slices.Sorted(maps.Keys(kinds)); len(got) != len(want)-1 { // a break-glass elevation has no decision
			t.Errorf("rows of %q, want all but decisions of %q", got, want)
		}
		s.WorldMayBeWrong(func() { time.Sleep(time.Until(at)) })
		if _, err := s.Service.Show(s.Context(), s.As("dee").Caller, id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("what expired is shown: %v", err)
		}
		if all, err := s.Service.List(s.Context(), s.As("dee").Caller, access.Filter{Requester: ana.ID}); err != nil || slices.ContainsFunc(all.Lives, func(l access.Life) bool { return l.Terms.ID == id }) {
			t.Errorf("what expired is listed: %v, %v", all, err)
		}
	})
}
