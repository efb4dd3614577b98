package access

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
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

// A removal succeeded, the next read still showed the grant, and neither was stored. A later read counted from before
// the removal.
func TestRemovalThatCouldNotBeStoredIsKeptThoughItsGrantIsStillSeen(t *testing.T) {
	var kept keeps
	s := &Service{Base: record.Base{Store: unreadable{}, Log: slog.New(slog.DiscardHandler), Now: time.Now}, Workflow: &kept}
	r := Receipt{Elevation: "01jd2q7v3x0000000000000000", Seen: seenThere, Calls: []Call{{Action: "iam:DeleteRolePolicy", Outcome: "done"}}}
	revoker{s}.overdue(t.Context(), r.Elevation, r, fault.Errorf(fault.NotYet, "it is still to be seen"))
	if len(kept.late) != 1 || len(kept.late[0].Calls) != 1 {
		t.Errorf("kept %+v, want the removal", kept.late)
	}
}

// keeps is a workflow that only keeps late evidence.
type keeps struct {
	Workflow
	late []Late
}

func (k *keeps) Postpone(_ context.Context, l Late) error {
	k.late = append(k.late, l)
	return nil
}

// unreadable is a store that fails.
type unreadable struct{ record.Store }

func (unreadable) Partition(context.Context, record.Table, string, string) ([]record.Row, error) {
	return nil, fault.Errorf(fault.Transient, "out of order")
}
