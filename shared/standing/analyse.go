package standing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/authdetails"
)

// Analyse makes the report. It is a pure function of its arguments; only an error of Options.Tell is returned.
func Analyse(d *authdetails.Details, o Options) (*Report, error) {
	r := &Report{Format: Format, At: o.Now, Accounts: []Account{}, Entries: []*Entry{}, Problems: slices.Clone(d.Problems)}
	find, err := o.paths(d)
	if err != nil {
		return nil, err
	}
	a := analysis{paths: find, r: newReader(&o), k: newKinds(d, &o), o: &o, own: map[string]bool{}}
	for _, account := range o.Accounts {
		a.own[account] = true
	}
	for _, p := range d.Principals {
		a.own[p.Account] = true
	}
	for i, p := range d.Principals {
		r.Entries = append(r.Entries, a.entry(p))
		if o.Tell != nil {
			if err := o.Tell("weighing principals", i+1, len(d.Principals)); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(r.Entries, func(a, b *Entry) int {
		return cmp.Or(b.Score-a.Score, strings.Compare(a.Principal, b.Principal), strings.Compare(a.ID, b.ID))
	})
	r.sum()
	r.roots(&o)
	r.Notes = a.notes(d)
	return r, nil
}

type analysis struct {
	r   *reader
	k   *kinds
	o   *Options
	own map[string]bool // accounts

	paths finder
}

func (a *analysis) entry(p *authdetails.Principal) *Entry {
	e := &Entry{Principal: p.ARN, ID: p.ID, Account: p.Account, Name: p.Name, User: p.User, Protected: protected(p), Unknown: unknown(p), Boundary: p.Boundary, LastUsed: p.LastUsed}
	is := a.k.of(p)
	e.Kind, e.How, e.Machine = is.kind, is.how, is.kind == Machine
	all, everywhere := a.r.reached(p)
	e.Admin, e.Classes = a.r.admin(p, all), classes(all, everywhere)
	if !isServiceLinked(p) { // only its service uses it
		complete := true
		e.Paths, complete = a.paths(p)
		e.MorePaths = !complete
	}
	e.Unused = a.o.looker(p).unused(actionsOf(all))
	e.Outside = a.o.outside(p, a.own)
	c := a.o.Credentials[p.ARN]
	if !p.User {
		c = nil
	}
	if c != nil {
		e.Keys = c.keys(a.o.Now)
	}
	e.MissingBoundary = e.Protected == "" && e.Privileged() && !a.o.accepts(p.Boundary)
	if !isServiceLinked(p) {
		e.score(c)
	}
	return e
}

// unknown says what is not known of a principal's policies, or of whom it trusts.
func unknown(p *authdetails.Principal) string { return cmp.Or(p.Unknown, p.TrustUnknown) }

func (r *Report) sum() {
	by, scores, every := map[string]*Account{}, map[string][]int{}, []int{}
	for _, e := range r.Entries {
		a := by[e.Account]
		if a == nil {
			a = &Account{ID: e.Account}
			by[e.Account] = a
		}
		a.count(e)
		scores[e.Account], every = append(scores[e.Account], e.Score), append(every, e.Score)
		r.Points += e.Score
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		by[id].Score = total(scores[id])
		r.Accounts = append(r.Accounts, *by[id])
	}
	r.Score = total(every)
}

func (a *Account) count(e *Entry) {
	a.Principals++
	a.Points += e.Score
	for n, is := range map[*int]bool{
		&a.Privileged: e.Privileged(), &a.Admins: e.Admin != "", &a.Unknown: e.Unknown != "",
		&a.Machines: e.Kind == Machine || e.Kind == Both, &a.People: e.Kind == Human || e.Kind == Both,
	} {
		if is {
			*n++
		}
	}
}

func (r *Report) roots(o *Options) {
	for _, arn := range slices.Sorted(maps.Keys(o.Credentials)) {
		if c := o.Credentials[arn]; c.Root && c.root() != "" {
			r.Roots = append(r.Roots, Root{c.Account, c.root()})
		}
	}
}

func (a *analysis) notes(d *authdetails.Details) (notes []string) {
	users, without, open := 0, 0, 0
	for _, p := range d.Principals {
		if p.User {
			users++
			if a.o.Credentials[p.ARN] == nil {
				without++
			}
		}
		if unknown(p) != "" {
			open++
		}
	}
	if without > 0 {
		notes = append(notes, fmt.Sprintf("keys and passwords of %d of %d users are not known: no credential report has them", without, users))
	}
	if len(a.o.Accessed) == 0 && len(a.o.Used) == 0 {
		notes = append(notes, "what is unused is not known: there are no last-accessed data and no CloudTrail records")
	}
	if over := a.o.recorded(); !over.from.IsZero() {
		notes = append(notes, fmt.Sprintf("the CloudTrail records are taken to be complete, of all Regions, from %s to %s", over.from.Format(time.DateOnly), over.to.Format(time.DateOnly)))
	}
	if a.o.SCPs == nil {
		notes = append(notes, "the organization's policies are not known: they may refuse part of what is told")
	}
	if open > 0 {
		notes = append(notes, fmt.Sprintf("the policies of %d principals are not all known: they may have more privilege than is told", open))
	}
	return notes
}
