package sweep

import (
	"context"
	"errors"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/finding"
)

// Moved is the evidence that a writer of the catalog changed what a principal may do by itself. It asks for nothing.
var Moved = finding.Kind{
	Name: "baseline-moved", PageInterval: finding.Daily, Severity: finding.Informational, Settled: true,
	Why: "A writer that the catalog names in iac changed a marked principal: its standing privilege is another now.",
	Do:  "Nothing. An auditor compares the events with the writer's own history, and the digests with the baselines.",
}

// reportMoves stores one finding for each new value that such writes explain.
func (s inIAM) reportMoves(ctx context.Context, account string) error {
	moves, err := baseline.Moves(ctx, s.Store, account, s.Now())
	for _, m := range moves {
		last := m.Writes[len(m.Writes)-1]
		o := finding.Occurrence{
			Subject: m.PrincipalID + " " + m.Since.Format(time.RFC3339), Principal: m.ARN, Account: account, Detail: m,
			What: last.Writer + " changed " + m.ARN + " (" + last.Call + "); what differs: " + strings.Join(m.Differs, ", "),
		}
		for _, w := range m.Writes {
			o.Events = append(o.Events, w.Event)
		}
		err = errors.Join(err, finding.Report(ctx, s.Base, Moved, o))
	}
	return errors.Join(err, s.reportUnexplained(ctx, account))
}

// reportUnexplained raises what IAM shows and CloudTrail did not: the event was lost, or the writer is not named in iac.
func (s inIAM) reportUnexplained(ctx context.Context, account string) error {
	moves, done, err := baseline.Unexplained(ctx, s.Store, account, s.Now())
	for _, m := range moves {
		err = errors.Join(err, finding.Report(ctx, s.Base, access.ForeignChange, finding.Occurrence{
			Subject: m.PrincipalID, What: m.ARN + " was changed in IAM, and by no writer that the catalog names; what differs: " + strings.Join(m.Differs, ", "),
			Principal: m.ARN, Account: account, Form: m.After, Detail: m,
		}))
	}
	if err != nil {
		return err
	}
	return done()
}
