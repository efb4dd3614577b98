package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
)

// containment reports whether f is Contain's policy for l, which is being revoked.
func containment(l access.Life, f access.Found) bool {
	e := l.Elevation
	if e.ContainedAt.IsZero() || e.State != access.Revoking && e.State != access.Stuck {
		return false
	}
	return !slices.ContainsFunc(f.Documents, func(d string) bool {
		_, until, err := iampolicy.Fenced([]byte(d))
		return err != nil || !until.Equal(e.Deadline) || !iampolicy.OnlyDenies([]byte(d))
	})
}

// asGranted compares bytes: usually nothing needs to be parsed.
func asGranted(l access.Life, docs []string) bool {
	from, until := l.Elevation.GrantedAt.Format(time.RFC3339), l.Elevation.Deadline.Format(time.RFC3339)
	return slices.EqualFunc(docs, l.Terms.Policies, func(d, p string) bool {
		fenced := strings.Count(p, `"Effect":`)
		return fenced > 0 && strings.Count(p, iampolicy.MarkNotBefore) >= fenced && strings.Count(p, iampolicy.MarkNotAfter) >= fenced &&
			d == strings.ReplaceAll(strings.ReplaceAll(p, iampolicy.MarkNotBefore, from), iampolicy.MarkNotAfter, until)
	})
}

func hasDrift(l access.Life, f access.Found) bool {
	why, _ := driftReason(l, f)
	return why != ""
}

func driftReason(l access.Life, f access.Found) (why string, kind finding.Kind) {
	if asGranted(l, f.Documents) {
		return "", finding.Kind{}
	}
	if len(f.Documents) != len(l.Terms.Policies) {
		return fmt.Sprintf("%s has %d policies and was granted %d", f.Grant, len(f.Documents), len(l.Terms.Policies)), Edited
	}
	for i, d := range f.Documents {
		_, until, err := iampolicy.Fenced([]byte(d))
		switch {
		case err != nil:
			return fmt.Sprintf("%s on %s: %v", f.Grant, f.Principal.ARN, err), Unfenced
		case !until.Equal(l.Elevation.Deadline) || !iampolicy.SameButInstants([]byte(d), []byte(l.Terms.Policies[i])):
			return fmt.Sprintf("%s on %s differs from what was granted", f.Grant, f.Principal.ARN), Edited
		}
	}
	return "", finding.Kind{}
}

// inIAM is the part of a pass that reads all of IAM.
type inIAM struct{ *access.Service }

func (s inIAM) endDrifted(ctx context.Context, l access.Life, f access.Found, sh *shard) error {
	why, drifted := driftReason(l, f)
	if why == "" {
		return nil
	}
	sh.Findings++
	_, ended := access.Ender{Service: s.Service}.EndNow(ctx, onRecords(s).withTokens(ctx, l), access.Drift, why, "sweep")
	return errors.Join(ended, finding.Report(ctx, s.Base, drifted, l.Found(why)))
}

// onRecords is the part of a pass that reads active elevations.
type onRecords struct{ *access.Service }

func (s onRecords) sweepEnds(ctx context.Context, l access.Life, cause access.Cause, why string, sw *PassResult) error {
	sw.Ordered = append(sw.Ordered, l.Terms.ID)
	_, err := access.Ender{Service: s.Service}.EndNow(ctx, s.withTokens(ctx, l), cause, why, "sweep")
	return err
}

// withTokens adds what loadActive omits. Without tokens the task ends at the deadline.
func (s onRecords) withTokens(ctx context.Context, l access.Life) access.Life {
	if whole, err := s.Load(ctx, l.Terms.ID); err == nil {
		return whole
	}
	return l
}
