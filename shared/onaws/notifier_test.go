package onaws_test

import (
	"context"
	"log/slog"
	"testing"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/onaws"
)

type outside struct {
	onaws.Publisher
	fails error
}

func (outside) PublishFinding(context.Context, finding.Stored) error { return nil }

func (o outside) ImportFinding(context.Context, finding.Stored) error { return o.fails }

var _ access.Notifier = onaws.Notifier{}

// Its repeat would page people again.
func TestSecurityHubThatIsOffIsNotRepeated(t *testing.T) {
	for kind, want := range map[fault.Kind]fault.Kind{fault.Internal: "", fault.Denied: "", fault.Transient: fault.Transient} {
		o := outside{fails: fault.Errorf(kind, "no")}
		n := onaws.Notifier{Publisher: o, Importer: o, Log: slog.New(slog.DiscardHandler)}
		if err := n.PublishFinding(t.Context(), finding.Stored{}); fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %q", kind, err, want)
		}
	}
}
