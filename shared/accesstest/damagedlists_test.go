package accesstest_test

import (
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/review"
)

// One row that could not be read made the lists of reviews and findings fail. Later they lacked it and did not say so.
func TestADamagedRowFailsNoListOfReviewsOrFindingsAndIsNamed(t *testing.T) {
	for name, form := range map[string]int64{"its text": record.Form, "its form": 99} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				dee := s.As("dee").Caller
				bad := s.As("ana").Asks("incident", time.Hour)
				good := s.As("cem").Asks("incident", time.Hour)
				s.WantKind(s.As("ana").Ends(bad), "")
				s.WantKind(s.As("cem").Ends(good), "")
				s.Advance(2 * time.Minute)
				for _, subject := range []string{"one", "other"} {
					s.WantKind(finding.Report(s.Context(), s.Service.Base, access.Uncontained, finding.Occurrence{Subject: subject, What: "x"}), "")
				}
				var unread []string
				lists := func() (int, int) {
					r, err := access.Reviews{Service: s.Service}.List(s.Context(), dee, access.ReviewFilter{})
					f, failed := access.Findings{Service: s.Service}.List(s.Context(), dee, access.FindingFilter{Kind: access.Uncontained.Name})
					if err != nil || failed != nil {
						t.Errorf("reviews: %v; findings: %v", err, failed)
					}
					unread = slices.Concat(r.Unreadable, f.Unreadable)
					return len(r.Reviews), len(f.Findings)
				}
				if r, f := lists(); r != 2 || f != 2 || len(unread) > 0 {
					t.Errorf("%d reviews and %d findings, want 2 and 2", r, f)
				}
				s.WorldMayBeWrong(func() {
					for _, k := range []record.Key{review.Key(bad), finding.Key(access.Uncontained, "one")} {
						rows, err := s.Store.Read(s.Context(), k)
						if err != nil || len(rows) != 1 {
							t.Error(k, err)
						}
						row := rows[k]
						defer s.Store.Overwrite(row, record.Form)
						row.Body = []byte(`{"id":7,"subject":7,"elevation":7}`)
						s.Store.Overwrite(row, form)
					}
					if r, f := lists(); r != 1 || f != 1 {
						t.Errorf("%d reviews and %d findings, want 1 and 1", r, f)
					}
					if want := []string{bad, finding.IDOf(finding.Key(access.Uncontained, "one"))}; !slices.Equal(unread, want) {
						t.Errorf("unreadable: %q, want %q", unread, want)
					}
					if r, err := (access.Reviews{Service: s.Service}).List(s.Context(), s.As("ana").Caller, access.ReviewFilter{}); err != nil || len(r.Unreadable) > 0 {
						t.Errorf("ana, no operator, is told %q, %v", r.Unreadable, err)
					}
				})
			})
		})
	}
}
