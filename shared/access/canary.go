package access

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
)

// A net that is never needed is not known to work. Once a day an elevation that nobody uses is left to one net alone, each
// in its turn, and what is measured is how late that net came. The others leave it alone until that net had its time; its
// fence, like every fence, waits for nobody.

// CanaryEntitlement is the entitlement of canaries. It is for one principal, which is for nothing else.
const CanaryEntitlement = "canary"

// Net is one of the nets under a grant that act; the fence only is.
type Net string

// The nets, as they sign their orders.
const (
	NetWorkflow  Net = "workflow"  // the state machine's Hold
	NetExecution Net = "execution" // the rule on the execution's own end
	NetTTL       Net = "ttl"       // the TTL record, through the table's stream
	NetSweep     Net = "sweep"
)

// SilentNet is a net that did not end the canary that was left to it.
var SilentNet = finding.Kind{Name: "silent-net", Again: finding.Daily}

// canaryTurns is the order in which the nets take their turn.
func canaryTurns() []Net { return []Net{NetWorkflow, NetExecution, NetSweep, NetTTL} }

// patience is how long after its deadline a canary is left to a net alone; later than that the net is silent, and any may
// end it. DynamoDB promises no time for TTL.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func (n Net) patience() time.Duration {
	if n == NetTTL {
		return 50 * time.Hour
	}
	return 5 * time.Minute
}

// CanarySettings say whether there are canaries. The zero value: there are none.
type CanarySettings struct {
	Principal string        // ARN
	Every     time.Duration // from one to the next
}

// canaryFor is how long a canary has its access.
const canaryFor = 2 * time.Minute

// Canary is what one canary told.
type Canary struct {
	Net       Net       `json:"net"`
	Elevation string    `json:"elevation"`
	BegunAt   time.Time `json:"begun_at"`
	EndedBy   string    `json:"ended_by,omitempty"` // the net that it was, if it is over
	Late      int64     `json:"late_seconds"`       // from its deadline until it was gone
}

// canaryNet gives the net that a canary is left to; empty for all that is no canary.
func (t Terms) canaryNet() Net {
	if t.Entitlement != CanaryEntitlement || t.Requester.ID != canaryCaller().ID {
		return ""
	}
	net, _, _ := strings.Cut(t.Task.ID, "-")
	return Net(net)
}

// canaries tries the nets.
type canaries struct{ *Service }

// leftToAnother reports whether a net has to leave an elevation alone: it is a canary, on the principal of canaries, and
// the net that it was left to still has its time. Each net asks before it gives its order; Revoke asks nothing.
func (s canaries) leftToAnother(l life, asks Net) bool {
	n := l.terms.canaryNet()
	return n != "" && n != asks && l.terms.Principal.ARN == s.Settings.Canary.Principal &&
		l.elevation.State == Active && s.Now().Before(l.elevation.Deadline.Add(n.patience()))
}

// canaryCaller asks for canaries. Nobody signs in as it: the id is of no role.
func canaryCaller() identity.Caller {
	return identity.Caller{ID: identity.MachineID("canary"), Kind: identity.Machine, Name: "canary", Groups: []string{"canary"}}
}

// diesWithin is how long after a canary was begun its execution has died, if it is to die, and long enough after that for the
// alarms that look at quarters of an hour to have both in view: the death, and that it was expected.
const diesWithin = canaryFor + 15*time.Minute

// dies reports whether an execution of a canary is about to die on purpose, or has just died: see [Terms.elevation].
func (c Canary) dies(now time.Time) bool {
	return c.Elevation != "" && c.Net != NetWorkflow && now.Before(c.BegunAt.Add(diesWithin))
}

// DiedOnPurpose reports whether an execution that ended so is the one of a canary, whose input was made so that it fails:
// see [Terms.elevation]. The record says that it is a canary, and which input its execution has: no text that a caller can
// choose counts. One that was stopped or timed out did not die on purpose. If the record cannot be read the answer is no.
func (s *Service) DiedOnPurpose(ctx context.Context, status, input string) bool {
	var in Input
	if status != "FAILED" || json.Unmarshal([]byte(input), &in) != nil || in.Account != "" {
		return false
	}
	l, err := s.load(ctx, in.ID)
	var stored Input
	if err != nil || json.Unmarshal([]byte(l.elevation.Input), &stored) != nil || stored != in {
		return false
	}
	n := l.terms.canaryNet()
	return n != "" && n != NetWorkflow && l.terms.Principal.ARN == s.Settings.Canary.Principal
}

// sing sees to the canary: it begins one when it is time, and tells how the last one ended. sw.Canary stays nil if there is
// nothing new to tell.
func (s canaries) sing(ctx context.Context, sw *Swept) error {
	if s.Settings.Canary.Principal == "" {
		return nil
	}
	rows, err := s.Store.Read(ctx, canaryKey())
	if err != nil {
		return fault.Wrap(err, "reading whose turn it is")
	}
	row, ok := rows[canaryKey()]
	if !ok {
		return s.beginCanary(ctx, Canary{}, record.Change{If: record.Absent}, sw)
	}
	last, err := record.Decode[Canary](row)
	if err != nil {
		return err
	}
	sw.CanaryDies = last.dies(s.Now())
	put := record.Change{If: record.Unchanged, Version: row.Version}
	if last.EndedBy != "" {
		if s.Now().Before(last.BegunAt.Add(s.Settings.Canary.Every)) {
			return nil
		}
		return s.beginCanary(ctx, last, put, sw)
	}
	sw.Canary, err = s.concludeCanary(ctx, last, put)
	return err
}

// beginCanary asks for the next one. The row is stored first: two at once would be one too many, and one that could not be
// asked for is told of as one that did not end.
func (s canaries) beginCanary(ctx context.Context, last Canary, put record.Change, sw *Swept) error {
	if all, err := (suspending{s.Service}).held(ctx, Scope{Everything: true}); err != nil || all != "" {
		return err // while everything is suspended a canary would be refused
	}
	turns := canaryTurns()
	next := Canary{Net: turns[0], BegunAt: s.Instant()}
	for i, n := range turns {
		if n == last.Net {
			next.Net = turns[(i+1)%len(turns)]
		}
	}
	t, err := submission{s.Service}.canaryTerms(ctx, next.Net)
	if err != nil {
		return fault.Wrap(err, "asking for a canary")
	}
	next.Elevation = t.ID
	if put.Row, err = record.Encode(canaryKey(), put.Version+1, next); err != nil {
		return err
	}
	if err := s.Store.Write(ctx, put); err != nil {
		return fault.Wrap(err, "storing whose turn it is")
	}
	sw.CanaryDies = next.dies(s.Now())
	e, err := submission{s.Service}.store(ctx, t.Requester, t, Request{}, record.Change{}, func(Terms) ([]record.Change, error) { return nil, nil })
	if err != nil {
		return fault.Wrap(err, "asking for a canary")
	}
	return fault.Wrap(s.Workflow.Start(ctx, e.ID, e.Input), "starting a canary")
}

func (s submission) canaryTerms(ctx context.Context, n Net) (Terms, error) {
	r := Request{
		Entitlement: CanaryEntitlement, Principal: s.Settings.Canary.Principal, Duration: canaryFor,
		Reason: "to see that the " + string(n) + " ends what is left to it",
		Task:   task.Task{Kind: "change", ID: string(n) + "-" + s.Instant().Format("2006-01-02T15-04-05Z")},
	}
	if err := r.check(s.Instant()); err != nil {
		return Terms{}, err
	}
	return s.makeTerms(ctx, s.NewID(), canaryCaller(), r)
}

// concludeCanary tells how the canary ended, or that the net whose turn it was is silent.
func (s canaries) concludeCanary(ctx context.Context, last Canary, put record.Change) (*Canary, error) {
	l, err := s.load(ctx, last.Elevation)
	switch {
	case fault.KindOf(err) == fault.NotFound: // it was never asked for
		last.EndedBy = "nobody"
	case err != nil:
		return nil, err
	case l.elevation.State == Ended:
		last.EndedBy, last.Late = l.elevation.OrderedBy, max(0, int64(l.elevation.GoneAt.Sub(l.elevation.Deadline)/time.Second))
	case l.elevation.State.Terminal():
		last.EndedBy = "nobody"
	default:
		return nil, nil // its net has its time, and then all have theirs
	}
	if put.Row, err = record.Encode(canaryKey(), put.Version+1, last); err != nil {
		return nil, err
	}
	if err := s.Store.Write(ctx, put); err != nil {
		return nil, fault.Wrap(err, "storing how a canary ended")
	}
	// An operator, or newer policy, was faster than its net: that says nothing of the net.
	if cause := l.elevation.Cause; cause == Revoked || cause == PolicyDenied {
		return &last, nil
	}
	if last.EndedBy != string(last.Net) {
		return &last, finding.Report(ctx, s.Base, SilentNet, string(last.Net),
			"the "+string(last.Net)+" did not end a canary that was left to it: "+last.EndedBy+" did, see "+last.Elevation, last)
	}
	return &last, nil
}
