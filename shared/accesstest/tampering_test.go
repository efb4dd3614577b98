package accesstest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// Stories of an attacker with write access to the tables: the change is detected, or has no effect. Package adversary
// has changes between approval and grant.

// evidenceRows returns the rows of an elevation's evidence, in order.
func evidenceRows(s *story, id string) []record.Row {
	var rows []record.Row
	for _, row := range s.Store.All(record.AuditTable) {
		if row.Key.Partition == evidence.ElevationChain(id) {
			rows = append(rows, row)
		}
	}
	return rows
}

// A function that may write review# can neither sign a review nor choose who signs it.
func TestReviewRowAloneIsNoSignature(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("incident", 10*time.Minute)
		s.Advance(12 * time.Minute)
		forged := `{"elevation":"` + id + `","requester":{"id":"person:x","kind":"person","name":"x"},"reviewers":["group:engineers"],
			"opened_at":"2026-01-01T00:00:00Z","signed_by":"person:x","signed_at":"2026-01-01T00:00:00Z","note":"fine","version":2}`
		s.Store.Overwrite(record.Row{Key: review.Key(id), Version: 2, Body: json.RawMessage(forged)}, record.Form)
		v, err := s.Service.Show(t.Context(), s.As("ben").Caller, id)
		s.WantKind(err, "")
		if r := v.Review; r == nil || r.Signature != nil || r.Requester.ID != s.As("ana").ID {
			t.Errorf("the review is %+v, want it open", r)
		}
		_, err = s.Service.SignReview(t.Context(), s.As("ana").Caller, id, "fine")
		s.WantKind(err, fault.Denied)
		_, err = s.Service.SignReview(t.Context(), mallory(s), id, "fine")
		s.WantKind(err, fault.NotFound)
		_, err = s.Service.SignReview(t.Context(), s.As("ben").Caller, id, "looked at it")
		s.WantKind(err, "")
	})
}

// A reviewer of forged terms signs nothing: the terms must be those that were asked for.
func TestReviewOfForgedTermsIsNotSigned(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("incident", 10*time.Minute)
		s.Advance(12 * time.Minute)
		s.WorldMayBeWrong(func() {
			rows, err := s.Store.Read(t.Context(), access.TermsKey(id))
			s.WantKind(err, "")
			row := rows[access.TermsKey(id)]
			forged := row
			forged.Body = json.RawMessage(strings.Replace(string(row.Body), `"group:leads"`, `"group:engineers"`, 1))
			s.OverwritesEvidence(forged)
			_, err = s.Service.SignReview(t.Context(), mallory(s), id, "fine")
			s.WantKind(err, fault.Denied)
			s.Store.Overwrite(row, record.Form)
		})
	})
}

// mallory is an engineer, and no reviewer.
func mallory(s *story) identity.Caller {
	c := s.As("ana").Caller
	c.ID, c.Name = identity.PersonID("https://id.example.com", "mallory"), "mallory"
	return c
}

func TestTamperingWithEvidenceIsSeen(t *testing.T) {
	overwritten := func(s *story, row record.Row, old, new string) {
		was := string(row.Body)
		row.Body = json.RawMessage(strings.Replace(was, old, new, 1))
		if string(row.Body) == was {
			t.Fatalf("%s does not say %q", was, old)
		}
		s.Store.Overwrite(row, record.Form)
	}
	for name, c := range map[string]struct {
		tamper func(s *story, rows []record.Row)
		want   evidence.State
		says   string
	}{
		"a record overwritten": {func(s *story, rows []record.Row) { overwritten(s, rows[1], "00u1ben", "00u1eva") }, evidence.Broken, "at record 2: "},
		"a record overwritten, with its hash": {func(s *story, rows []record.Row) {
			r, err := record.DecodeRecord(rows[1])
			s.WantKind(err, "")
			r, _, err = evidence.Append(r.Chain, evidence.Head{Seq: 1, Hash: r.Prev}, evidence.Entry{At: r.At, Kind: r.Kind, Actor: "person:eva", Detail: r.Detail})
			s.WantKind(err, "")
			s.Store.Overwrite(record.EvidenceRow(r), record.Form)
		}, evidence.Broken, "at record 3: "},
		"a record removed from the middle": {func(s *story, rows []record.Row) { s.Store.Erase(rows[2].Key) }, evidence.Broken, "at record 3: "},
		"two records changed about": {func(s *story, rows []record.Row) {
			rows[1].Key, rows[2].Key = rows[2].Key, rows[1].Key
			s.Store.Overwrite(rows[1], record.Form)
			s.Store.Overwrite(rows[2], record.Form)
		}, evidence.Broken, "at record 2: "},
		"the first record removed": {func(s *story, rows []record.Row) { s.Store.Erase(rows[0].Key) }, evidence.Broken, "at record 1: "},
		"the tail cut off":         {func(s *story, rows []record.Row) { s.Store.Erase(rows[len(rows)-1].Key) }, evidence.Truncated, "missing"},
		"all of it removed": {func(s *story, rows []record.Row) {
			for _, row := range rows {
				s.Store.Erase(row.Key)
			}
		}, evidence.Truncated, "at record 1: missing"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin", time.Hour)
				s.WantKind(s.As("ben").Approves(id), "")
				s.Advance(time.Second)
				s.WantKind(s.As("ana").Ends(id), "")
				s.Advance(10 * time.Minute)
				s.Want(id, "ended released")
				if p := s.Receipt(id).Proof; p.State != evidence.Verified {
					t.Fatalf("before: %s: %s", p.State, p.Why)
				}
				s.WorldMayBeWrong(func() {
					before := s.Store.Snapshot()
					c.tamper(s, evidenceRows(s, id))
					if p := s.Receipt(id).Proof; p.State != c.want || !strings.Contains(p.Why, c.says) {
						t.Errorf("the proof is %s: %s; want %s: …%s…", p.State, p.Why, c.want, c.says)
					}
					s.Restores(before)
				})
			})
		})
	}
}

// The fence is in IAM: a later deadline in the record changes nothing.
func TestTamperingWithTheDeadlineGrantsNoLonger(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WantCan(accesstest.Engineer, "ana", true)
		s.WorldMayBeWrong(func() {
			deadline := s.Elevation(id).Deadline
			rewriteRows(s, id, func(_ *access.Terms, e *access.Elevation) { e.Deadline = e.Deadline.Add(24 * time.Hour) })
			s.Advance(time.Until(deadline) - time.Second)
			s.WantCan(accesstest.Engineer, "ana", true)
			s.Advance(time.Second)
			s.WantCan(accesstest.Engineer, "ana", false)
			s.Advance(10 * time.Minute)
			s.WantCan(accesstest.Engineer, "ana", false)
			if left := policiesOf(s, accesstest.Engineer); slices.Contains(left, access.GrantName("curfew", id)) {
				t.Errorf("its grant is still there: %q", left)
			}
			rewriteRows(s, id, func(_ *access.Terms, e *access.Elevation) { e.Deadline = deadline })
		})
		s.WantClean()
	})
}

// Grant decides by the rows and does not read the evidence. If somebody overwrites a denial with an approval, and the
// elevation's state too, Grant grants. Only IAM prevents that: only the function decide may write the partition
// decision#, and package permissions tests all others. Afterwards the evidence shows it.
func TestTamperingThatTurnsADenialIntoAnApprovalIsSeen(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Denies(id), "")
		s.Want(id, "denied")
		s.WorldMayBeWrong(func() {
			before := s.Store.Snapshot()
			approves(s, id)
			rewriteRows(s, id, func(_ *access.Terms, e *access.Elevation) { e.State, e.Cause = access.Approved, "" })
			_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: s.Elevation(id).Execution})
			s.WantKind(err, "")
			s.Want(id, "active")
			if p := s.Receipt(id).Proof; p.State != evidence.Broken || !strings.Contains(p.Why, `at record 3: an elevation does not become "granting" when it is "denied"`) {
				t.Errorf("the proof is %s: %s; want broken at record 3", p.State, p.Why)
			}
			s.Restores(before)
			s.Sweeps()
			s.Advance(10 * time.Minute)
		})
		s.WantClean()
	})
}

// approves overwrites each decision on an elevation with an approval.
func approves(s *story, id string) {
	for _, row := range s.Store.All(record.AccessTable) {
		if row.Key.Partition != "decision#"+id {
			continue
		}
		var d access.Decision
		s.WantKind(json.Unmarshal(row.Body, &d), "")
		d.Approve = true
		row.Body, _ = json.Marshal(d)
		s.Store.Overwrite(row, record.Form)
	}
}

// After a rollback there are rows of a later release. This release does not guess their meaning, and shows and grants
// nothing by them. Revoke needs no record.
func TestRowsOfALaterReleaseGrantNothingAndAreStillRevoked(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			before := s.Store.Snapshot()
			for _, row := range s.Store.All(record.AccessTable) {
				if row.Key.Partition == "elevation#"+id {
					s.Store.Overwrite(row, record.Form+1)
				}
			}
			_, err := s.Service.Show(s.Context(), s.As("dee").Caller, id)
			s.WantKind(err, fault.Internal)
			_, err = s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "another"})
			s.WantKind(err, fault.Internal)
			_, err = s.Service.Revoke(s.Context(), access.Order{ID: id, Account: "111122223333", Principal: accesstest.Engineer, By: "api", OrderedAt: time.Now()})
			s.WantKind(err, fault.Internal) // it removed the grant, and could not store that
			s.WantCan(accesstest.Engineer, "ana", false)
			s.Restores(before)
			s.WantKind(s.As("ana").Ends(id), "")
			s.Advance(10 * time.Minute)
		})
		s.WantClean()
	})
}
