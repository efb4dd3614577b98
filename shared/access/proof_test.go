package access

import (
	"strings"
	"testing"

	"curfew/shared/evidence"
)

func TestStateWithoutItsRecordIsTruncatedEvidence(t *testing.T) {
	for _, c := range []struct {
		state State
		kinds string
		want  evidence.State
	}{
		{Requested, "requested", evidence.Verified},
		{Requested, "requested approval", evidence.Verified},
		{Approved, "approved", evidence.Verified},
		{DeniedState, "denied", evidence.Verified},
		{DeniedState, "requested approval denied", evidence.Verified},
		{LapsedState, "requested lapsed", evidence.Verified},
		{Active, "requested approved joined granting active settling", evidence.Verified},
		{Revoking, "approved refused", evidence.Verified},
		{Ended, "approved granting active revoking stuck stuck acknowledged contained ended looked-again", evidence.Verified},
		{Active, "approved granting active revoking restored:active", evidence.Verified},
		{Ended, "approved granting active revoking restored:active revoking ended", evidence.Verified},
		{Approved, "requested", evidence.Truncated},
		{Granting, "approved", evidence.Truncated},
		{Active, "approved granting", evidence.Truncated},
		{Revoking, "approved granting active", evidence.Truncated},
		{Stuck, "approved granting active revoking", evidence.Truncated},
		{Ended, "approved granting active revoking", evidence.Truncated},
		{WithdrawnState, "requested", evidence.Truncated},
		{LapsedState, "requested", evidence.Truncated},
		{DeniedState, "requested approval", evidence.Truncated},
		{Requested, "", evidence.Truncated},
		{Active, "approved granting active revoking", evidence.Broken},
		{Ended, "approved granting active ended", evidence.Broken},
		{Active, "granting active", evidence.Broken},
		{Active, "approved active", evidence.Broken},
		{Ended, "approved granting active revoking ended ended", evidence.Broken},
		{Approved, "joined", evidence.Broken},
	} {
		e := Elevation{ID: "01jd2q7v3x0000000000000000", State: c.state}
		var records []evidence.Record
		for _, kind := range strings.Fields(c.kinds) {
			kind, state, _ := strings.Cut(kind, ":")
			detail := map[string]string{"digest": "d1", "state": state}
			if kind == "joined" {
				delete(detail, "digest")
			}
			r, head, err := evidence.Append(evidence.ElevationChain(e.ID), e.Evidence, evidence.Entry{Kind: "elevation." + kind, Detail: detail})
			if err != nil {
				t.Fatal(err)
			}
			records, e.Evidence = append(records, r), head
		}
		if got := evidence.VerdictOf(CheckEvidence(e, "d1", records)); got.State != c.want {
			t.Errorf("%s with records of %q: %+v, want %s", c.state, c.kinds, got, c.want)
		}
	}
}

func TestEvidenceOfOtherTermsIsBroken(t *testing.T) {
	e := Elevation{ID: "01jd2q7v3x0000000000000000", State: Requested}
	r, head, _ := evidence.Append(evidence.ElevationChain(e.ID), e.Evidence, evidence.Entry{Kind: "elevation.requested", Detail: map[string]string{"digest": "d1"}})
	e.Evidence = head
	if got := evidence.VerdictOf(CheckEvidence(e, "d2", []evidence.Record{r})); got.State != evidence.Broken {
		t.Errorf("%+v, want broken", got)
	}
}
