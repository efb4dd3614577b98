package sweep

import (
	"context"
	"errors"
	"time"

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
			What: last.Writer + " changed " + m.ARN + " (" + last.Call + "): its baseline " + m.Before[:12] + " became " + m.After[:12],
		}
		for _, w := range m.Writes {
			o.Events = append(o.Events, w.Event)
		}
		err = errors.Join(err, finding.Report(ctx, s.Base, Moved, o))
	}
	return err
}
