package trail_test

import (
	"fmt"
	"testing"

	"curfew/shared/trail"
)

// A record without a time was dropped as too old, and its reason was never told.
func TestRecordWithoutATimeIsUnresolved(t *testing.T) {
	ledger := trail.NewLedger(trail.NewRights([]trail.Grant{{Elevation: "e", PrincipalID: "AROAX"}}, nil), trail.Key{})
	ledger.Now = later
	var reader trail.Reader
	const text = `{"eventID":"%d","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","eventTime":%q,"userIdentity":{"type":"AssumedRole","principalId":"AROAX:s"}}`
	for _, record := range []string{fmt.Sprintf(text, 1, "2026-11-29T10:00:00Z"), fmt.Sprintf(text, 2, ""), fmt.Sprintf(text, 2, ""), fmt.Sprintf(text, 3, "2026-11-30T10:00:00Z"), fmt.Sprintf(text, 2, "")} {
		if err := reader.ReadText("f", record, func(r *trail.Record) error { ledger.Add(r); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if u := ledger.Unresolved[trail.WhyTime]; u == nil || u.Events != 1 || ledger.TooOld != 0 {
		t.Errorf("unresolved %+v, too old %d; want one without a time", u, ledger.TooOld)
	}
}
