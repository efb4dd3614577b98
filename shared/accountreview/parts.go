package accountreview

import (
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/campaign"
)

// leastLeft is the time of an invocation that a part needs: IAM's jobs, and conditional writes.
const leastLeft = 3 * time.Minute

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
	next.Tally.Unknown += len(taken.Skipped)
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
