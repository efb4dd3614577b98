package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Findings are what callers do with findings.
type Findings struct{ *Service }

// FindingFilter lists findings that match all its members.
type FindingFilter struct {
	States    []finding.State  // any; none: those that are not closed
	Lowest    finding.Severity // empty: all
	Kind      string
	Principal string // ARN
	Account   string
	Elevation string
	Since     time.Time // of the last occurrence

	Limit int    // 1 to [MostListed]; 0: 50
	After string // [FindingPage.Next]
}

// FindingPage is one page: those that are not closed first, then in order of the last occurrence, newest first.
type FindingPage struct {
	Findings   []finding.Stored
	Next       string   // empty: done
	Unreadable []string // that may be of it
}

// List is for operators. The index may lag. It reads a limited number of findings: a short page may have a Next.
func (s Findings) List(ctx context.Context, c identity.Caller, f FindingFilter) (p FindingPage, err error) {
	defer s.Logged(ctx, "findings", "", c.ID, &err)
	if !c.In(s.Settings.Operators) {
		return p, refusals(s).refused(ctx, c, "findings", "", deny("curfew.operator", "only operators may list findings"))
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > MostListed {
		return p, fault.Errorf(fault.Invalid, "limit: want 1 to %d", MostListed)
	}
	in, after, _ := strings.Cut(f.After, "|")
	partitions := f.partitions()
	partitions = partitions[max(0, slices.Index(partitions, in)):]
	for looked := 0; len(partitions) > 0; looked += finding.ReadAtOnce {
		if len(p.Findings) == f.Limit || looked >= listLooks {
			p.Next = partitions[0] + "|" + after
			return p, nil
		}
		some, err := s.page(ctx, f, record.Query{
			Index: record.ByState, Partition: partitions[0], Newest: true, After: after, Limit: min(f.Limit-len(p.Findings), finding.ReadAtOnce),
		})
		if err != nil {
			return FindingPage{}, err
		}
		p.Findings, p.Unreadable = append(p.Findings, some.Findings...), append(p.Unreadable, some.Unreadable...)
		if after = some.Next; after == "" {
			partitions = partitions[1:]
		}
	}
	return p, nil
}

func (s Findings) page(ctx context.Context, f FindingFilter, q record.Query) (p FindingPage, err error) {
	page, err := s.Store.List(ctx, q)
	if err != nil || len(page.Keys) == 0 {
		return p, fault.Wrap(err, "listing findings")
	}
	var ids []string
	for _, k := range page.Keys {
		ids = append(ids, finding.IDOf(k))
	}
	all, damaged, err := readUndamaged(ids, func(ids ...string) ([]finding.Stored, error) { return finding.Read(ctx, s.Store, ids...) })
	if err != nil {
		return p, err
	}
	for i, err := range damaged {
		if err != nil {
			s.Log.ErrorContext(ctx, "a finding cannot be read", "finding", ids[i], "error", err)
			p.Unreadable = append(p.Unreadable, ids[i])
		}
	}
	for _, was := range all {
		if was.Exists() && was.Value.LastAt.Before(f.Since) {
			return p, nil // the others are older
		}
		if was.Exists() && f.matches(was) {
			p.Findings = append(p.Findings, was)
		}
	}
	p.Next = page.Next
	return p, nil
}

func (f FindingFilter) partitions() (all []string) {
	for _, state := range finding.States() {
		if f.wants(state) && !slices.Contains(all, state.Indexed()) {
			all = append(all, state.Indexed())
		}
	}
	return all
}

func (f FindingFilter) wants(state finding.State) bool {
	return slices.Contains(f.States, state) || len(f.States) == 0 && state != finding.Closed
}

func (f FindingFilter) matches(was finding.Stored) bool {
	v := was.Value
	is := func(want, got string) bool { return want == "" || want == got }
	return f.wants(was.State()) && slices.Index(finding.Severities(), v.Severity) >= slices.Index(finding.Severities(), f.Lowest) &&
		is(f.Kind, v.Kind) && is(f.Principal, v.Principal) && is(f.Account, v.Account) && is(f.Elevation, v.Elevation)
}

// Show is for operators and the owners of the entitlement. NotFound: none, or hidden.
func (s Findings) Show(ctx context.Context, c identity.Caller, id string) (was finding.Stored, err error) {
	defer s.Logged(ctx, "show-finding", id, c.ID, &err)
	if was, err = finding.ReadOne(ctx, s.Store, id); err == nil {
		_, err = s.life(ctx, c, was, id)
	}
	return was, refusals(s).refused(ctx, c, "show-finding", id, err)
}

// Acknowledge makes the caller the person who has taken a finding on; a second one changes nothing. Conflict: closed.
func (s Findings) Acknowledge(ctx context.Context, c identity.Caller, id, why string) (finding.Stored, error) {
	return s.act(ctx, c, "acknowledge-finding", id, fault.CheckText("reason", why, 0, maxReason), func(was finding.Stored) ([]record.Change, error) {
		return was.Acknowledge(c, why, s.Now())
	})
}

// Close closes a finding until it occurs again. Conflict: another person did.
func (s Findings) Close(ctx context.Context, c identity.Caller, id, why string) (finding.Stored, error) {
	return s.act(ctx, c, "close-finding", id, fault.CheckText("reason", why, 1, maxReason), func(was finding.Stored) ([]record.Change, error) {
		return was.Close(c, why, s.Now())
	})
}

func (s Findings) act(ctx context.Context, c identity.Caller, verb, id string, invalid error, do func(finding.Stored) ([]record.Change, error)) (now finding.Stored, err error) {
	defer s.Logged(ctx, verb, id, c.ID, &err)
	s.Service = noting(s.Service, c)
	if err = invalid; err == nil {
		err = finding.UpdateRow(ctx, s.Store, id, func(was finding.Stored) ([]record.Change, error) {
			if err := s.mayAct(ctx, c, was, id); err != nil {
				return nil, err
			}
			return do(was)
		})
	}
	noteCaller(ctx, s.Service, err)
	if err != nil {
		return now, refusals(s).refused(ctx, c, verb, id, err)
	}
	return finding.ReadOne(ctx, s.Store, id)
}

// life returns the elevation of a finding, empty if there is none, for those who may see the finding.
func (s Findings) life(ctx context.Context, c identity.Caller, was finding.Stored, id string) (l Life, err error) {
	if of := was.Value.Elevation; of != "" {
		if l, err = s.Load(ctx, of); err != nil && fault.KindOf(err) != fault.NotFound {
			return l, err
		}
	}
	if !was.Exists() || !(reading(s)).mayManage(l.Terms, c) {
		return l, fault.Errorf(fault.NotFound, "there is no finding %q", fault.Printable(id))
	}
	return l, nil
}

// mayAct keeps requesters from closing the findings about themselves.
func (s Findings) mayAct(ctx context.Context, c identity.Caller, was finding.Stored, id string) error {
	l, err := s.life(ctx, c, was, id)
	switch {
	case err != nil:
		return err
	case c.Kind != identity.Person:
		return deny("curfew.person", "only a person may acknowledge or close a finding")
	case c.ID == l.Terms.Requester.ID, l.Terms.ID != "" && identity.SameName(c.Name, l.Terms.Requester.Name):
		return deny("curfew.self", "the finding is about your own elevation: another person must act")
	}
	return s.Suspensions().Free(ctx, c, "you may not acknowledge or close findings")
}
