package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// TestDigestsOfAReportAreOneRecord, so that an hour's limit never records some of them: the archive enters it into the log, as it does all evidence.
func TestDigestsOfAReportAreOneRecord(t *testing.T) {
	tell(t, func(s *story) {
		dee, reports := s.As("dee").Caller, access.Reports{Service: s.Service}
		made := access.ReportMade{From: time.Now().AddDate(0, -1, 0), To: time.Now(), Files: []access.ReportFile{{Name: "report.html", Digest: strings.Repeat("0d", 32), Size: 7}, {Name: "report.csv", Digest: strings.Repeat("0e", 32), Size: 8}}}
		chain, head, err := reports.Record(s.Context(), dee, made)
		s.WantKind(err, "")
		all := records(s, "report.made")
		if len(all) != 1 || all[0].Chain != evidence.CallerChain(dee.ID, time.Now()) || all[0].Chain != chain || all[0].Hash != head.Hash || all[0].Actor != dee.ID || !strings.Contains(string(all[0].Detail), made.Files[0].Digest) || !strings.Contains(string(all[0].Detail), made.Files[1].Digest) {
			t.Errorf("%+v, and the answer %s %+v", all, chain, head)
		}
		_, _, err = reports.Record(s.Context(), s.As("zoe").Caller, made)
		s.WantKind(err, fault.Denied)
		for _, bad := range []func(*access.ReportMade){
			func(r *access.ReportMade) { r.Files[1].Digest = strings.ToUpper(r.Files[1].Digest) },
			func(r *access.ReportMade) { r.Files[1].Digest = "0d" },
			func(r *access.ReportMade) { r.To = r.From },
			func(r *access.ReportMade) { r.Files[1].Name = "" },
			func(r *access.ReportMade) { r.Files[1].Size = 0 },
			func(r *access.ReportMade) { r.Files = nil },
			func(r *access.ReportMade) { r.Files = make([]access.ReportFile, 21) },
		} {
			wrong := made
			wrong.Files = slices.Clone(made.Files)
			bad(&wrong)
			_, _, err := reports.Record(s.Context(), dee, wrong)
			s.WantKind(err, fault.Invalid)
		}
		if n := len(records(s, "report.made")); n != 1 {
			t.Errorf("%d records, want 1", n)
		}
	})
}

// TestReportsOfOneCallerAreLimited: a caller who took over an operator's session must not fill the log.
func TestReportsOfOneCallerAreLimited(t *testing.T) {
	tell(t, func(s *story) {
		dee, reports := s.As("dee").Caller, access.Reports{Service: s.Service}
		made := access.ReportMade{From: time.Now().AddDate(0, -1, 0), To: time.Now(), Files: []access.ReportFile{{Name: "report.html", Digest: strings.Repeat("0d", 32), Size: 7}, {Name: "report.csv", Digest: strings.Repeat("0e", 32), Size: 8}}}
		var err error
		for range 61 {
			_, _, err = reports.Record(s.Context(), dee, made)
		}
		s.WantKind(err, fault.Conflict)
	})
}
