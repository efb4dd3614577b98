package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/strictjson"
)

const removedEntry = "grant.removed"

// mostLateCalls keeps a message below SQS's limit, and a record below its own.
const mostLateCalls = 100

func (r Receipt) late() Late {
	calls := slices.DeleteFunc(slices.Clone(r.Calls), func(c Call) bool { return !c.removed() })
	return Late{
		Elevation: r.Elevation, Grant: r.Grant, Principal: r.Principal, By: lateBy(r.By),
		Calls: calls[:min(len(calls), mostLateCalls)], ReadAt: record.Instant(r.ReadAt), Seen: r.Seen,
	}
}

// lateBy keeps the name of a net. A person or a detection that ordered the end has its own record.
func lateBy(by string) string {
	if slices.Contains([]Net{NetWorkflow, NetExecution, NetTTL, NetSweep}, Net(by)) {
		return by
	}
	return "revoke"
}

// LateRefused is late evidence that does not fit the record.
var LateRefused = finding.Kind{
	Name: "late-refused", PageInterval: finding.Daily, Severity: finding.High,
	Why: "a function that may write to the queue of late evidence may have been taken over",
	Do:  "find out in CloudTrail who sent messages to the queue of late evidence",
}

// AppendLate stores the evidence of a removal, marked late, and corrects the overstay. It raises [LateRefused] for what is
// no such removal, and returns nil: a retry changes nothing.
func (s *Service) AppendLate(ctx context.Context, body []byte) error {
	var l Late
	err := strictjson.Decode(body, strictjson.Rules{MaxBytes: 64 << 10, MaxDepth: 8, Object: true}, &l)
	if err != nil || !ValidID(l.Elevation) {
		return refuseLate(ctx, s.Base, body, "it is no removal of a grant")
	}
	_, err = s.Amend(ctx, l.Elevation, func(of Life) (Amendment, error) {
		if why := l.wrong(s.Settings.Name, of, s.Now()); why != "" {
			return Amendment{}, fault.Errorf(fault.Invalid, "%s", why)
		}
		return Amendment{Next: of.Elevation.RemovedLate(l.ReadAt), entry: evidence.Entry{
			At: l.ReadAt, Kind: removedEntry, Actor: l.By, Late: true, Detail: l,
		}}, nil
	})
	switch fault.KindOf(err) {
	case fault.Invalid:
		return refuseLate(ctx, s.Base, body, err.Error())
	case fault.NotFound:
		return refuseLate(ctx, s.Base, body, "its elevation has no record")
	}
	return err
}

// wrong returns why this is not a removal of the elevation's grant; empty: it is.
func (l Late) wrong(installation string, of Life, now time.Time) string {
	p, known := l.Principal, of.Terms.Principal
	from := of.Terms.RequestedAt
	if at := of.Elevation.GrantedAt; !at.IsZero() {
		from = at
	}
	in := func(at time.Time) bool { return !at.Before(from) && !at.After(now.Add(ClockSkew)) }
	switch {
	case p.ARN != known.ARN, p.ID != "" && p.ID != known.ID, p.Account != "" && p.Account != known.Account:
		return "it is about another principal"
	case l.Grant != GrantName(installation, l.Elevation):
		return "it is about another policy"
	case l.By != lateBy(l.By):
		return "it is not from a function that ends access"
	case !slices.Contains([]string{"", seenGone, seenPrincipalGone, seenThere}, l.Seen):
		return "it does not say what IAM showed"
	case !in(l.ReadAt):
		return "it is in the future, or from before the grant"
	case len(l.Calls) == 0 || len(l.Calls) > mostLateCalls:
		return "nothing was removed"
	}
	for _, c := range l.Calls {
		if !c.removed() || strings.ContainsFunc(strings.TrimPrefix(c.Action, "iam:"), notLetter) || len(c.Action) > 64 || !in(c.At) || c.At.After(l.ReadAt) {
			return "nothing was removed"
		}
	}
	return ""
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// RemovedLate corrects GoneAt and the overstay. They are never later than the proof that the grant was gone.
func (e Elevation) RemovedLate(at time.Time) Elevation {
	if !e.EndedAt.IsZero() {
		at = earliest(at, e.EndedAt)
	}
	if e.GoneAt.IsZero() || !at.After(e.GoneAt) {
		return e
	}
	e.GoneAt = record.Instant(at)
	if e.State == Ended {
		e.Overstay = max(0, int64(e.GoneAt.Sub(e.EndDue)/time.Second))
	}
	return e
}

// refuseLate keeps the digest of what was refused: its text is the sender's.
func refuseLate(ctx context.Context, b record.Base, body []byte, why string) error {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	b.Log.ErrorContext(ctx, "late evidence refused", "why", why, "digest", digest)
	return finding.Report(ctx, b, LateRefused, finding.Occurrence{
		Subject: "late evidence", What: "late evidence was refused: " + why, Events: []string{digest}, Detail: map[string]string{"sha256": digest, "why": why},
	})
}
