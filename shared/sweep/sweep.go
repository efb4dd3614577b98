package sweep

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// Sweep is the fifth net, and receives events of two others.
type Sweep struct{ *access.Service }

func New(s *access.Service) Sweep { return Sweep{s} }

// Reconcile makes one pass. It continues after errors, returns them joined, and raises a finding.
func (s Sweep) Reconcile(ctx context.Context) (sw PassResult, err error) {
	defer func() {
		s.Logged(ctx, "reconcile", "", "sweep", &err, "looked", sw.Looked, "policies", sw.Policies, "started", len(sw.Started),
			"ordered", len(sw.Ordered), "orphans", len(sw.Orphans), "findings", sw.Findings, "left", sw.Left)
	}()
	sw.began = s.Now()
	lives, active := onRecords(s).sweepActive(ctx, &sw)
	rest, due := pass(s).sweepDue(ctx, &sw)
	waiting := pass(s).sweepWaiting(ctx, &sw)
	accounts, unlisted := pass(s).shards(ctx, lives, &sw)
	inIAM(s).sweepGrants(ctx, accounts, &sw)
	surveyed := inIAM(s).sweepIAM(ctx, accounts, &sw)
	due = errors.Join(due, pass(s).sweepRest(ctx, rest, &sw), pass(s).sweepReviews(ctx, &sw), pass(s).sweepCampaigns(ctx, &sw), pass(s).sweepReviewed(ctx, &sw))
	err = errors.Join(s.noteCatalog(ctx), active, due, waiting, unlisted, surveyed, pass(s).gather(ctx, accounts, &sw), Canaries(s).runCanary(ctx, &sw))
	if err != nil {
		sw.Findings++
		err = errors.Join(err, finding.Report(ctx, s.Base, Failed, finding.Occurrence{Subject: "sweep " + string(fault.KindOf(err)), What: "the sweep failed in part: " + fault.FirstLine(err)}))
	}
	if len(sw.late) > 0 {
		sw.Findings++
		late := errors.Join(sw.late...)
		err = errors.Join(err, late, finding.Report(ctx, s.Base, Failed, finding.Occurrence{Subject: "sweep time", What: "the sweep has more to do than a minute allows: " + fault.FirstLine(late)}))
	}
	return sw, err
}

func (s Sweep) noteCatalog(ctx context.Context) error {
	if s.Catalogs == nil {
		return nil
	}
	return fault.Wrap(s.Catalogs.Note(ctx), "recording which catalog is in force")
}

// againPerPass limits overdue ends: they must not block others. Passes take turns.
const againPerPass = 300

// sweepDue orders due ends, and returns those it had no time for.
func (s pass) sweepDue(ctx context.Context, sw *PassResult) (rest []record.Key, err error) {
	keys, err := s.dueKeys(ctx)
	rest, failed := s.sweepRecords(ctx, startingAt(s.randomStart(sw, len(keys)), keys), s.timeLeft(sw, dueBy), sw)
	return rest, errors.Join(err, failed)
}

// sweepRest continues sweepDue after the other parts.
func (s pass) sweepRest(ctx context.Context, keys []record.Key, sw *PassResult) error {
	left, err := s.sweepRecords(ctx, keys, s.timeLeft(sw, restBy), sw)
	sw.addOutOfTime(len(left), len(keys), "ends that are due")
	return err
}

// sweepRecords returns what is left. It gives all orders before it answers tasks: removals do not need the answers.
func (s pass) sweepRecords(ctx context.Context, keys []record.Key, within func() bool, sw *PassResult) (left []record.Key, err error) {
	var failed []error
	var ordered []access.Life
	for i, k := range keys {
		if !within() {
			left = keys[i:]
			break
		}
		sw.Looked++
		l, err := s.sweepRecord(ctx, access.IDOf(k), sw)
		failed = append(failed, err)
		if l.Terms.ID != "" {
			ordered = append(ordered, l)
		}
	}
	for _, l := range ordered {
		if !within() {
			break // they end at the deadline
		}
		failed = append(failed, access.Waiting{Service: s.Service}.Answer(ctx, l))
	}
	return left, errors.Join(failed...)
}

func (s pass) dueKeys(ctx context.Context) (keys []record.Key, err error) {
	q := record.Query{Index: record.ByDue, Partition: access.DueOpen, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return keys, fault.Wrap(err, "listing what is due")
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// sweepRecord returns the life if ordered to end.
func (s pass) sweepRecord(ctx context.Context, id string, sw *PassResult) (access.Life, error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return access.Life{}, err
	}
	now := s.Now()
	e := l.Elevation
	switch e.State {
	case access.Granting:
		if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {
			return access.Life{}, nil // Grant may still run
		}
	case access.Active:
		if !e.SettlesAt.IsZero() && now.Before(e.Deadline) {
			return access.Life{}, access.Ender{Service: s.Service}.Settled(ctx, l)
		}
		if now.Before(e.Deadline) || Canaries(s).IsReservedForOtherNet(l, access.NetSweep) {
			return access.Life{}, nil // for sweepActive, or another net
		}
	case access.Revoking, access.Stuck:
		if !now.Before(e.EndDue.Add(access.OverdueAfter)) {
			if sw.again == againPerPass {
				return access.Life{}, nil
			}
			sw.again++
		}
	default:
		return access.Life{}, nil
	}
	sw.Ordered = append(sw.Ordered, id)
	return l, s.Workflow.Revoke(ctx, e.Order("sweep", orderedAt(e, now)))
}

func orderedAt(e access.Elevation, now time.Time) time.Time {
	if e.EndDue.IsZero() {
		return now
	}
	return e.EndDue
}
