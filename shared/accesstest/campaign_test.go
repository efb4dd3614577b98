package accesstest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/campaign"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/sweep"
)

const engineerID, strayID = "AROAEXAMPLE0000000001", "AROAEXAMPLE0000000099"

// privileged is what a review may find: a role with an entitlement of ben's, and one with none.
func privileged() []campaign.Privileged {
	return []campaign.Privileged{
		{Principal: accesstest.Engineer, PrincipalID: engineerID, Score: 40, Classes: []string{"credentials"}, Why: "may create access keys of any user"},
		{Principal: "arn:aws:iam::111122223333:role/legacy/ben", PrincipalID: strayID, Score: 90, Classes: []string{"admin"}, Why: "AdministratorAccess\u202e, unused for 400 days"},
	}
}

// takes stores a review of the account that began now.
func takes(s *story, month string, found ...campaign.Privileged) access.Taken {
	taken, err := access.Campaigns{Service: s.Service}.Take(s.Context(), access.Reviewed{Account: "111122223333", Campaign: month, Began: time.Now(), Privileged: found})
	s.WantKind(err, "")
	s.Advance(time.Second)
	return taken
}

func item(s *story, principal string) campaign.Stored {
	all, err := campaign.Read(s.Context(), s.Store, principal)
	s.WantKind(err, "")
	return all[0]
}

// answers says something of a principal's item as it is now.
func answers(s *story, c identity.Caller, principal string, says campaign.State) error {
	i := item(s, principal).Value
	_, err := access.Campaigns{Service: s.Service}.Answer(s.Context(), c, i.ID(), says, i.Digest(), "it is so")
	s.Advance(time.Second)
	return err
}

func listed(s *story, c identity.Caller, f access.CampaignFilter) (ids []string) {
	for {
		page, err := access.Campaigns{Service: s.Service}.List(s.Context(), c, f)
		s.WantKind(err, "")
		for _, i := range page.Items {
			ids = append(ids, i.Value.PrincipalID)
		}
		if f.After = page.Next; page.Next == "" {
			return ids
		}
	}
}

func wantState(t *testing.T, s *story, principal string, want campaign.State) {
	t.Helper()
	if got := item(s, principal).State(); got != want {
		t.Errorf("the item of %s is %s, want %s", principal, got, want)
	}
}

func TestCampaignIsSignedByOwnersOnly(t *testing.T) {
	tell(t, func(s *story) {
		taken := takes(s, "2000-01", privileged()...)
		if !slices.Equal(taken.Opened, []string{engineerID, strayID}) {
			t.Fatalf("opened %v", taken.Opened)
		}
		engineer, stray := item(s, engineerID).Value, item(s, strayID).Value
		if !slices.Equal(engineer.Owners, []string{"group:platform"}) || !slices.Equal(stray.Owners, []string{"group:security"}) {
			t.Errorf("owners are %v and %v, want those of the entitlement, and the operators", engineer.Owners, stray.Owners)
		}
		if strings.ContainsRune(stray.Why, '\u202e') || engineer.DueBy.Sub(engineer.OpenedAt) != 30*24*time.Hour {
			t.Errorf("the item is %+v", stray)
		}
		for who, want := range map[string][]string{"ben": {engineerID}, "dee": {engineerID, strayID}, "ana": nil, "zoe": nil, "backup": nil} {
			if got := listed(s, s.As(who).Caller, access.CampaignFilter{}); !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", who, got, want)
			}
		}
		if got := listed(s, s.As("dee").Caller, access.CampaignFilter{ToSign: true}); !slices.Equal(got, []string{strayID}) {
			t.Errorf("dee may sign %v", got)
		}
		owner := s.As("ben").Caller
		machine := s.As("backup").Caller
		machine.Groups = []string{"platform"}
		named := s.As("dee").Caller
		named.Name, named.ID = "BEN", identity.PersonID("https://id.example.com", "another")
		for name, c := range map[string]struct {
			by        identity.Caller
			principal string
			want      fault.Kind
		}{
			"a machine of the owners":          {machine, engineerID, fault.Denied},
			"an operator who is no owner":      {s.As("dee").Caller, engineerID, fault.Denied},
			"a requester":                      {s.As("ana").Caller, engineerID, fault.NotFound},
			"a stranger":                       {s.As("zoe").Caller, engineerID, fault.NotFound},
			"an owner of another":              {owner, strayID, fault.NotFound},
			"an owner who has the role's name": {named, strayID, fault.Denied},
		} {
			if err := answers(s, c.by, c.principal, campaign.Signed); fault.KindOf(err) != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
		_, err := access.Campaigns{Service: s.Service}.Answer(s.Context(), owner, engineer.ID(), campaign.Signed, stray.Digest(), "others")
		s.WantKind(err, fault.Conflict)
		_, err = access.Campaigns{Service: s.Service}.Answer(s.Context(), owner, engineer.ID(), campaign.Signed, engineer.Digest(), "")
		s.WantKind(err, fault.Invalid)
		_, err = access.Campaigns{Service: s.Service}.Answer(s.Context(), owner, "1999-12-"+engineerID, campaign.Signed, engineer.Digest(), "an older campaign")
		s.WantKind(err, fault.NotFound)
		wantState(t, s, engineerID, campaign.Open)
		refused, err := s.Store.Partition(s.Context(), record.AuditTable, evidence.CallerChain(machine.ID, time.Now()), "")
		s.WantKind(err, "")
		if len(refused) != 1 || !strings.Contains(string(refused[0].Body), `"subject":"2000-01-`+engineerID) || !strings.Contains(string(refused[0].Body), "curfew.person") {
			t.Errorf("the machine's refusal left %d records, or others", len(refused))
		}
		s.WantKind(answers(s, owner, engineerID, campaign.Signed), "")
		wantState(t, s, engineerID, campaign.Signed)
		s.WantKind(answers(s, owner, engineerID, campaign.Removed), fault.Conflict)
		if got := listed(s, owner, access.CampaignFilter{}); got != nil {
			t.Errorf("still open: %v", got)
		}
		if got := listed(s, owner, access.CampaignFilter{State: campaign.Signed}); !slices.Equal(got, []string{engineerID}) {
			t.Errorf("signed: %v", got)
		}
		a := item(s, engineerID).Answer()
		rows, err := s.Store.Partition(s.Context(), record.AuditTable, campaign.AnswerChain(engineer.ID()), "")
		s.WantKind(err, "")
		if len(rows) != 1 || a.By.ID != owner.ID || slices.Contains(a.By.Groups, "leads") {
			t.Fatalf("the answer is %+v with %d records", a, len(rows))
		}
		if r := evidence.DecodeLenient(rows[0].Body); r.Kind != "campaign.signed" || r.Actor != owner.ID || !strings.Contains(string(r.Detail), engineer.Digest()) {
			t.Errorf("the evidence is %+v", r)
		}
		if taken := takes(s, "2000-01", privileged()...); taken.Opened != nil || taken.Gone != nil {
			t.Errorf("the same review again: %+v", taken)
		}
	})
}

// What was removed is verified by the next review.
func TestCampaignOfWhatWasRemovedOpensAgain(t *testing.T) {
	tell(t, func(s *story) {
		found := privileged()
		takes(s, "2000-01", found...)
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Removed), "")
		s.WantKind(answers(s, s.As("dee").Caller, strayID, campaign.Removed), "")
		before := time.Now().Add(-time.Minute)
		s.Advance(31 * 24 * time.Hour)
		taken, err := access.Campaigns{Service: s.Service}.Take(s.Context(), access.Reviewed{Account: "111122223333", Campaign: "2000-02", Began: before, Privileged: found})
		s.WantKind(err, "")
		if taken.Opened != nil {
			t.Errorf("a reading from before the answer opened %v", taken.Opened)
		}
		taken = takes(s, "2000-02", found[0])
		if !slices.Equal(taken.Again, []string{engineerID}) || !slices.Equal(taken.Gone, []string{strayID}) {
			t.Errorf("taken: %+v", taken)
		}
		s.WantPaged(campaign.NotRemoved.Name)
		wantState(t, s, engineerID, campaign.Open)
		wantState(t, s, strayID, campaign.Gone)
		if i := item(s, engineerID).Value; !i.Again || i.Last == nil || i.Last.Says != campaign.Removed || i.Last.Name != "ben" {
			t.Errorf("the item is %+v", i)
		}
		s.WantKind(answers(s, s.As("dee").Caller, strayID, campaign.Signed), fault.Conflict)
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "")
		s.Advance(29 * 24 * time.Hour)
		taken = takes(s, "2000-03", found...)
		if !slices.Equal(taken.Opened, []string{engineerID, strayID}) || taken.Again != nil {
			t.Errorf("the third campaign: %+v", taken)
		}
		if i := item(s, strayID).Value; i.Again || i.Last.Says != campaign.Removed {
			t.Errorf("what came back is %+v", i)
		}
	})
}

// An item that a review could not read stays.
func TestCampaignKeepsWhatCouldNotBeRead(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		s.Advance(31 * 24 * time.Hour)
		taken, err := access.Campaigns{Service: s.Service}.Take(s.Context(), access.Reviewed{Account: "111122223333", Campaign: "2000-02", Began: time.Now(), Stay: []string{engineerID}})
		s.WantKind(err, "")
		if !slices.Equal(taken.Gone, []string{strayID}) {
			t.Errorf("gone: %v", taken.Gone)
		}
		wantState(t, s, engineerID, campaign.Open)
		for name, r := range map[string]access.Reviewed{
			"no month":          {Account: "111122223333", Campaign: "2000-13", Began: time.Now()},
			"a future month":    {Account: "111122223333", Campaign: "2000-03", Began: time.Now()},
			"from the future":   {Account: "111122223333", Campaign: "2000-02", Began: time.Now().Add(time.Hour)},
			"another account":   {Account: "444455556666", Campaign: "2000-02", Began: time.Now(), Privileged: privileged()},
			"no such principal": {Account: "111122223333", Campaign: "2000-02", Began: time.Now(), Privileged: []campaign.Privileged{{Principal: "arn:aws:s3:::x", PrincipalID: "AROAEXAMPLE0000000077"}}},
		} {
			if _, err := (access.Campaigns{Service: s.Service}).Take(s.Context(), r); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

// A principal that got worse while its item is open is signed as it is now: an owner who read the item before is told to read it again.
func TestAnOpenItemSaysWhatTheNewestReviewFound(t *testing.T) {
	tell(t, func(s *story) {
		found := privileged()
		takes(s, "2000-01", found...)
		seen := item(s, engineerID).Value
		read := time.Now()
		s.Advance(time.Minute)
		found[0].Score, found[0].Classes, found[0].Why = 95, []string{"admin"}, "AdministratorAccess"
		if taken := takes(s, "2000-01", found...); !slices.Equal(taken.Refreshed, []string{engineerID}) || taken.Opened != nil {
			t.Fatalf("taken: %+v", taken)
		}
		now := item(s, engineerID).Value
		if now.Score != 95 || now.Why != "AdministratorAccess" || now.ID() != seen.ID() || !now.DueBy.Equal(seen.DueBy) || !now.OpenedAt.Equal(seen.OpenedAt) {
			t.Errorf("the item is %+v", now)
		}
		_, err := access.Campaigns{Service: s.Service}.Answer(s.Context(), s.As("ben").Caller, seen.ID(), campaign.Signed, seen.Digest(), "as I read it")
		s.WantKind(err, fault.Conflict)
		before := len(s.Store.All(record.AuditTable))
		if taken := takes(s, "2000-01", found...); taken.Refreshed != nil || len(s.Store.All(record.AuditTable)) != before {
			t.Errorf("the same again: %+v", taken)
		}
		late, err := access.Campaigns{Service: s.Service}.Take(s.Context(), access.Reviewed{Account: "111122223333", Campaign: "2000-01", Began: read, Privileged: privileged(), Part: true})
		s.WantKind(err, "")
		if late.Refreshed != nil || item(s, engineerID).Value.Score != 95 {
			t.Errorf("an older reading, late: %+v", late)
		}
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "")
		found[0].Score = 99
		if taken := takes(s, "2000-01", found...); taken.Refreshed != nil {
			t.Errorf("a signed item: %+v", taken)
		}
		wantState(t, s, engineerID, campaign.Signed)
	})
}

// A part of a review closes nothing.
func TestAPartOfAReviewClosesNothing(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		s.Advance(time.Minute)
		taken, err := access.Campaigns{Service: s.Service}.Take(s.Context(), access.Reviewed{Account: "111122223333", Campaign: "2000-01", Began: time.Now(), Part: true})
		s.WantKind(err, "")
		if taken.Gone != nil {
			t.Errorf("gone: %v", taken.Gone)
		}
		wantState(t, s, strayID, campaign.Open)
	})
}

// An open item keeps its due date, whatever later reviews find.
func TestOverdueCampaignIsAFinding(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "")
		s.Advance(29 * 24 * time.Hour)
		s.Sweeps()
		if f := foundOf(s, sweep.CampaignOverdue.Name); len(f) != 0 {
			t.Errorf("before the due date: %v", f)
		}
		s.Advance(2 * 24 * time.Hour)
		takes(s, "2000-02", privileged()...)
		s.Sweeps()
		s.Advance(time.Second)
		s.WantPaged(sweep.CampaignOverdue.Name)
		if f := foundOf(s, sweep.CampaignOverdue.Name); len(f) != 1 || !strings.Contains(f[0], "1 principals") || !strings.Contains(f[0], "legacy/ben") {
			t.Errorf("found %v", f)
		}
		if got := listed(s, s.As("dee").Caller, access.CampaignFilter{Overdue: true}); !slices.Equal(got, []string{strayID}) {
			t.Errorf("overdue: %v", got)
		}
		s.WantKind(answers(s, s.As("dee").Caller, strayID, campaign.Signed), "")
		if got := listed(s, s.As("dee").Caller, access.CampaignFilter{Overdue: true}); got != nil {
			t.Errorf("overdue after the answer: %v", got)
		}
	})
}

// Answered items stay in the list of open ones, so a pass of the sweep read all of them and had no time left for what follows.
func TestSweepMayStopAmongAnsweredItems(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "")
		s.Advance(31 * 24 * time.Hour)
		var told []string
		s.WantKind(access.Campaigns{Service: s.Service}.Due(s.Context(), func(i campaign.Stored) bool {
			told = append(told, string(i.State()))
			return false
		}), "")
		if !slices.Equal(told, []string{"signed"}) {
			t.Errorf("the sweep was given %v, want the first item alone", told)
		}
	})
}

func foundOf(s *story, kind string) (what []string) {
	page, err := access.Findings{Service: s.Service}.List(s.Context(), s.As("dee").Caller, access.FindingFilter{Kind: kind})
	s.WantKind(err, "")
	for _, f := range page.Findings {
		what = append(what, f.Value.What)
	}
	return what
}

// A suspended owner signs nothing.
func TestCampaignIsNotSignedByTheSuspended(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: s.As("ben").ID}, "left", suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), fault.Denied)
		wantState(t, s, engineerID, campaign.Open)
	})
}

// Rows that others forged answer nothing: function api cannot write signature#, and what an item says is bound to its answer.
func TestForgedAnswersToCampaignsDoNotCount(t *testing.T) {
	tell(t, func(s *story) {
		takes(s, "2000-01", privileged()...)
		i := item(s, engineerID).Value
		forge := func(change func(*campaign.Answer)) {
			a := campaign.Answer{Item: i.ID(), Says: campaign.Signed, By: s.As("ben").Caller, Digest: i.Digest(), Reason: "fine", At: time.Now()}
			change(&a)
			body, err := json.Marshal(a)
			s.WantKind(err, "")
			s.Store.Overwrite(record.Row{Key: campaign.AnswerKey(i.ID()), Version: 1, Body: body}, record.Form)
		}
		s.WorldMayBeWrong(func() {
			before := s.Store.Snapshot()
			for name, change := range map[string]func(*campaign.Answer){
				"by a machine":         func(a *campaign.Answer) { a.By = s.As("backup").Caller; a.By.Groups = []string{"platform"} },
				"by a stranger":        func(a *campaign.Answer) { a.By = s.As("zoe").Caller },
				"of other facts":       func(a *campaign.Answer) { a.Digest = strings.Repeat("a", 64) },
				"without facts":        func(a *campaign.Answer) { a.Digest = "" },
				"of another item":      func(a *campaign.Answer) { a.Item = "2000-01-" + strayID },
				"that says it is gone": func(a *campaign.Answer) { a.Says = campaign.Gone },
			} {
				forge(change)
				if got := item(s, engineerID).State(); got != campaign.Open {
					t.Errorf("%s: it is %s", name, got)
				}
			}
			s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "") // replaces it
			s.Restores(before)
		})
	})
}
