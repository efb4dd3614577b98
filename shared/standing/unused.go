package standing

import (
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/trail"
)

// use is what is known of the use of one action.
type use int8

// Of two sources the larger counts: use that one of them saw is use.
const (
	useNotKnown use = iota
	useUnused
	useUsed
)

// looker looks up the use of actions of one principal.
type looker struct {
	accessed *Accessed
	used     *Usage
	actions  map[string]bool // recorded
	after    time.Duration
	o        *Options
	created  time.Time
}

func (o *Options) looker(p *authdetails.Principal) *looker {
	l := &looker{o.Accessed[p.ARN], o.Used[p.ID], map[string]bool{}, o.unusedAfter(), o, p.Created}
	if l.used != nil {
		for _, c := range l.used.Calls {
			l.actions[strings.ToLower(c.Action)] = true
		}
	}
	return l
}

// knows reports whether anything says what was used.
func (l *looker) knows() bool { return l.accessed != nil || l.used != nil }

// since is the begin of what was looked at; zero: nothing was.
func (l *looker) since() (from time.Time) {
	if l.used != nil {
		from = l.used.From
	}
	if l.accessed != nil {
		if begin := l.trackedFrom(); from.IsZero() || begin.Before(from) {
			from = begin
		}
	}
	return from
}

// trackedFrom is when tracking began: 400 days before the report, or when the principal was made.
func (l *looker) trackedFrom() time.Time {
	from := l.accessed.At.Add(-tracked)
	if l.created.After(from) {
		from = l.created
	}
	return from
}

// unobservable reports whether neither CloudTrail nor IAM shows the use of an action. Some permissions belong to no call of their own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
func (l *looker) unobservable(action string) bool {
	if !l.o.DataEvents && isDataEvent(action) {
		return true
	}
	_, name, _ := strings.Cut(action, ":")
	for _, word := range []string{"Pass", "Bypass", "Use", "Allow"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return slices.Contains([]string{"sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext", "sts:GetServiceBearerToken", "iam:CreateServiceLinkedRole", "rds-db:connect"}, action)
}

// dataEvents are the privileged actions that are data events: they are looked up for each principal.
var dataEvents = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, row := range privileges().rows {
		all[row.action] = trail.DataEvent(row.action)
	}
	return all
})

func isDataEvent(action string) bool {
	is, known := dataEvents()[action]
	return is || !known && trail.DataEvent(action)
}

// of returns what is known of an observable action.
func (l *looker) of(action string) use { return max(l.byAccess(action), l.byRecords(action)) }

func (l *looker) byAccess(action string) use {
	if l.accessed == nil {
		return useNotKnown
	}
	service, name, _ := strings.Cut(action, ":")
	s, listed := l.accessed.Services[service]
	if !listed {
		return useNotKnown // IAM lists the services that policies allow: this one it does not track
	}
	last, own := s.Last, s.Actions
	for tracked, at := range own {
		if strings.EqualFold(tracked, name) {
			return l.judge(at)
		}
	}
	if l.judge(last) == useUnused {
		return useUnused // the service was not used at all
	}
	return useNotKnown
}

func (l *looker) judge(last time.Time) use {
	switch {
	case last.After(l.accessed.At.Add(-l.after)):
		return useUsed
	case l.trackedFrom().After(l.accessed.At.Add(-l.after)):
		return useNotKnown // it is too new
	}
	return useUnused
}

func (l *looker) byRecords(action string) use {
	switch {
	case l.used == nil:
		return useNotKnown
	case l.actions[strings.ToLower(action)]:
		return useUsed
	case l.used.Blind > 0, l.used.Partial, l.used.To.Sub(l.used.From) < l.after, l.created.After(l.used.To.Add(-l.after)):
		return useNotKnown
	}
	return useUnused
}

// unused sums up the privileged actions of a principal.
func (l *looker) unused(actions []string) *Unused {
	if len(actions) == 0 {
		return nil
	}
	u := &Unused{Since: l.since()}
	for _, action := range actions {
		if l.unobservable(action) {
			u.Unobservable++
			continue
		}
		switch l.of(action) {
		case useUsed:
			u.Used++
		case useUnused:
			u.Unused++
			if len(u.Actions) < 100 {
				u.Actions = append(u.Actions, action)
			}
		default:
			u.NotKnown++
		}
	}
	return u
}

// recorded is the span of all usages; zero: there is none.
func (o *Options) recorded() (over span) {
	for _, u := range o.Used {
		if over.from.IsZero() || u.From.Before(over.from) {
			over.from = u.From
		}
		if u.To.After(over.to) {
			over.to = u.To
		}
	}
	return over
}
