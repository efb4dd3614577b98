package access

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

func TestShortenedDetailKeepsWhatIsShort(t *testing.T) {
	calls := make([]Call, 5000)
	for i := range calls {
		calls[i] = Call{Action: "iam:DetachRolePolicy", At: time.Unix(int64(i), 0).UTC(), Outcome: "done"}
	}
	c, err := record.Append("elevation#e1", &evidence.Head{}, evidence.Entry{Kind: "elevation.stuck", Detail: stuck{Receipt{Elevation: "e1", Seen: seenGone, Digest: strings.Repeat("d", 64), Calls: calls, Overstay: 7}, strings.Repeat("why ", 10_000)}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.DecodeRecord(c.Row)
	if err != nil {
		t.Fatal(err)
	}
	var kept stuck
	if err := json.Unmarshal(r.Detail, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.Elevation != "e1" || kept.Seen != seenGone || len(kept.Digest) != 64 || kept.Overstay != 7 || !strings.HasSuffix(kept.Why, "…") {
		t.Errorf("kept %+v", kept.Receipt)
	}
	n := len(kept.Calls)
	if n < 100 || n > 1000 || kept.Calls[n-1] != calls[n-1] {
		t.Errorf("%d calls, want the first of them, whole", n)
	}
	if r.Untruncated < 400 {
		t.Errorf("it says that it had %d KiB", r.Untruncated)
	}
}
