package access

import (
	"context"
	"slices"

	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// Suspensions returns the suspensions.
func (s *Service) Suspensions() suspension.Suspensions {
	return suspension.Suspensions{Base: s.Base, Domain: domain{s}, Operators: s.Settings.Operators, Call: s.noted, Ahead: s.ahead, Refused: refusals{s}.refused}
}

// domain implements [suspension.Domain].
type domain struct{ of *Service }

func (d domain) Entitlements(ctx context.Context) (all []suspension.Entitlement, err error) {
	ents, err := d.of.Decider.Entitlements(ctx)
	for _, e := range ents {
		all = append(all, suspension.Entitlement{Name: e.Name, Principals: e.Principals, Callers: slices.Concat(e.Requesters, e.Owners, e.Reviewers, e.approval().All())})
	}
	return all, err
}

func (d domain) Machines(ctx context.Context) (all []suspension.Machine, err error) {
	machines, err := d.of.Decider.Machines(ctx)
	for _, m := range machines {
		all = append(all, suspension.Machine(m))
	}
	return all, err
}

func (d domain) Groups(ctx context.Context, arn string) ([]string, error) {
	return d.of.Decider.Groups(ctx, arn)
}

func (d domain) Look(ctx context.Context, arn string) (uniqueID string, err error) {
	sight, err := d.of.Cloud.Look(ctx, arn)
	return sight.Principal.ID, err
}

// Recent reads the index, which may lag.
func (d domain) Recent(ctx context.Context, most int) (all []suspension.Elevation, more bool, err error) {
	for _, in := range slices.Concat(underWay(), []string{string(Ended), string(WithdrawnState)}) {
		ofState, open := most, slices.Contains(underWay(), in)
		if !open {
			ofState = record.ReadAtOnce
		}
		q := record.Query{Index: record.ByState, Partition: in, Newest: true, Limit: record.ReadAtOnce}
		for n := 0; n < ofState; n += record.ReadAtOnce {
			es, next, err := d.inState(ctx, q)
			if err != nil {
				return nil, false, err
			}
			all = append(all, es...)
			if q.After = next; next == "" {
				break
			}
		}
		more = more || q.After != "" && open
	}
	return all, more, nil
}

func (d domain) inState(ctx context.Context, q record.Query) (all []suspension.Elevation, next string, err error) {
	page, err := d.of.Store.List(ctx, q)
	if err != nil {
		return nil, "", fault.Wrap(err, "listing what is %s", q.Partition)
	}
	rows, err := d.of.Store.Read(ctx, page.Keys...)
	if err != nil {
		return nil, "", fault.Wrap(err, "reading what is %s", q.Partition)
	}
	for _, row := range rows {
		if e, err := DecodeElevation(row); err == nil {
			all = append(all, suspension.Elevation{Key: row.Key, Principal: e.Principal.ARN, Requester: e.Requester, Entitlement: e.Entitlement})
		}
	}
	return all, page.Next, nil
}

func (d domain) Requesters(ctx context.Context, elevations []record.Key) ([]identity.Caller, error) {
	var all []identity.Caller
	for some := range slices.Chunk(elevations, record.ReadAtOnce) {
		var keys []record.Key
		for _, k := range some {
			keys = append(keys, TermsKey(IDOf(k)))
		}
		rows, err := d.of.Store.Read(ctx, keys...)
		if err != nil {
			return nil, fault.Wrap(err, "reading who asked")
		}
		for _, k := range keys {
			t, err := record.Decode[Terms](rows[k])
			if err != nil { // requester unknown
				t = Terms{}
			}
			all = append(all, t.Requester)
		}
	}
	return all, nil
}

// noting returns a service for one changing call: it reads suspensions and the caller's directory row together.
func noting(s *Service, c identity.Caller) *Service {
	one := *s
	one.noted = directory.NewCall(c)
	return &one
}

// noteCaller stores the caller in the directory: see [directory.Directory.Record].
func noteCaller(ctx context.Context, s *Service, refused error) {
	directory.Directory{Base: s.Base, Operators: s.Settings.Operators}.Record(ctx, s.noted, refused)
}
