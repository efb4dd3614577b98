package accountreview

import (
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/authdetails"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/record"
	"curfew/shared/standing"
)

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
