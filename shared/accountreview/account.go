package accountreview

import (
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/authdetails"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// leastLeft is the time of an invocation that a part needs: IAM's jobs, and conditional writes.
const leastLeft = 3 * time.Minute

// account is one reading of an account.
type account struct {
	*Service
	message
	began   time.Time
	options standing.Options
	entries []reviewed // the oldest first
	row     record.Stored[progress]
}

// reviewed is an entry with its principal.
type reviewed struct {
	*standing.Entry
	of *authdetails.Principal
}

func (r reviewed) at() position { return position{r.of.Created.UTC(), r.ID} }

func (s *Service) review(ctx context.Context, m message) (Outcome, error) {
	row, err := s.progressOf(ctx, m)
	switch {
	case err != nil:
		return "", err
	case row.Value.isLater(m):
		return Superseded, nil
	case row.Value.is(m) && row.Value.Done:
		return Reviewed, nil
	case !row.Value.is(m):
		row.Value = progress{Campaign: m.Campaign, Begun: m.Begun}
	}
	a := account{Service: s, message: m, began: record.Instant(s.Now()), row: row}
	if err := a.analyse(ctx); err != nil {
		return "", err
	}
	o, err := a.run(ctx)
	if fault.KindOf(err) == fault.Conflict {
		// The row, or an item, was written meanwhile: the row says by whom.
		now, read := s.progressOf(ctx, m)
		if read == nil && now.Row.Version != a.row.Row.Version {
			return Superseded, nil
		}
	}
	return o, err
}

// analyse reads the account.
func (a *account) analyse(ctx context.Context) error {
	d, err := a.Reader.Details(ctx, a.Account)
	if err != nil {
		return fault.Wrap(err, "reading account %s", a.Account)
	}
	accounts, err := access.Accounts(a.Service.Service).Governed(ctx)
	if err != nil {
		return err
	}
	a.options = standing.Options{Now: a.began, Name: a.Settings.Name, Boundaries: a.Settings.BoundariesIn(a.Account), Accounts: accounts}
	report, err := standing.Analyse(d, a.options)
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		a.Log.WarnContext(ctx, "a policy could not be read", "account", a.Account, "problem", fault.Printable(problem))
	}
	byARN := map[string]*authdetails.Principal{}
	for _, p := range d.Principals {
		byARN[p.ARN] = p
	}
	for _, e := range report.Entries {
		if p := byARN[e.Principal]; e.Account == a.Account && p != nil && !iamarn.IsServiceLinked(e.Principal) { // only its service uses such a role
			a.entries = append(a.entries, reviewed{e, p})
		}
	}
	slices.SortFunc(a.entries, func(x, y reviewed) int { return x.at().compare(y.at()) })
	return nil
}

// run does the parts that are left, then closes what is gone.
func (a *account) run(ctx context.Context) (Outcome, error) {
	at, found := slices.BinarySearchFunc(a.entries, a.row.Value.After, func(r reviewed, p position) int { return r.at().compare(p) })
	if found {
		at++
	}
	left := a.entries[at:]
	if a.row.Value.Parts == 0 {
		left = a.entries
	}
	for done := 0; len(left) > 0; done++ {
		if done > 0 && a.isLate(ctx, done) {
			next := a.message
			next.Parts = a.row.Value.Parts
			return Continues, a.send(ctx, next)
		}
		part := a.nextPart(left)
		if err := a.take(ctx, part); err != nil {
			return "", err
		}
		left = left[len(part):]
	}
	return Reviewed, a.finish(ctx)
}

func (a *account) isLate(ctx context.Context, done int) bool {
	end, limited := ctx.Deadline()
	return a.Service.Parts > 0 && done >= a.Service.Parts || limited && time.Until(end) < leastLeft
}

// nextPart has at most [MostAccessed] privileged principals.
func (a *account) nextPart(left []reviewed) []reviewed {
	most := MostAccessed
	if a.Size > 0 {
		most = min(a.Size, most)
	}
	n := 0
	for i, e := range left {
		if e.Privileged() {
			n++
		}
		if n > most {
			return left[:i]
		}
	}
	return left
}

// take opens and refreshes the items of a part, then says in the row that it is done: a crash in between repeats the part, which
// changes no item again.
func (a *account) take(ctx context.Context, part []reviewed) error {
	next := a.row.Value
	looked, err := a.look(ctx, part, &next)
	if err != nil {
		return err
	}
	r := access.Reviewed{Account: a.Account, Campaign: a.Campaign, Began: a.began, Part: true}
	for _, e := range looked {
		add(&r, e)
		next.Tally.Add(e)
	}
	taken, err := access.Campaigns{Service: a.Service.Service}.Take(ctx, r)
	if err != nil {
		return err
	}
	next.Counts.Opened += len(taken.Opened)
	next.Counts.Again += len(taken.Again)
	next.Counts.Refreshed += len(taken.Refreshed)
	next.Parts, next.After = next.Parts+1, part[len(part)-1].at()
	return a.keep(ctx, &a.row, next)
}

// finish closes the items of what this reading does not find, and stores the score.
func (a *account) finish(ctx context.Context) error {
	r := access.Reviewed{Account: a.Account, Campaign: a.Campaign, Began: a.began}
	for _, e := range a.entries {
		add(&r, e.Entry)
	}
	for _, p := range r.Privileged {
		r.Stay = append(r.Stay, p.PrincipalID)
	}
	r.Privileged = nil
	taken, err := access.Campaigns{Service: a.Service.Service}.Take(ctx, r)
	if err != nil {
		return err
	}
	if err := a.keepScore(ctx, len(taken.Gone)); err != nil {
		return err
	}
	next := a.row.Value
	next.Done = true
	return a.keep(ctx, &a.row, next)
}

func (a *account) keepScore(ctx context.Context, gone int) (err error) {
	p := a.row.Value
	t := p.Tally
	now := campaign.Score{Campaign: a.Campaign, Began: a.began, Score: t.Score, Points: t.Points, Principals: t.Principals, Privileged: t.Privileged, Admins: t.Admins, Unknown: t.Unknown}
	defer a.Logged(ctx, "review-account", "", "review", &err, "account", a.Account, "campaign", a.Campaign, "score", now.Score, "privileged", now.Privileged, "unknown", now.Unknown,
		"parts", p.Parts, "opened", p.Counts.Opened, "again", p.Counts.Again, "refreshed", p.Counts.Refreshed, "gone", gone, "use_unknown", p.Counts.UseUnknown)
	return now.Keep(ctx, a.Store, a.Account)
}

// look returns the entries of a part, with what is known of the use of privileged ones.
func (a *account) look(ctx context.Context, part []reviewed, next *progress) ([]*standing.Entry, error) {
	o := a.options
	var err error
	if o.Accessed, err = a.accessed(ctx, part, next); err != nil {
		return nil, err
	}
	if o.Used, err = a.used(ctx, part); err != nil {
		return nil, err
	}
	all := make([]*standing.Entry, len(part))
	for i, e := range part {
		all[i] = e.Entry
		if e.Privileged() {
			all[i] = e.Looked(e.of, o)
		}
	}
	return all, nil
}
