package access

import (
	"context"
	"errors"
	"time"

	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Campaigns are what owners say of standing privilege.
type Campaigns struct{ *Service }

// CampaignFilter lists items that match all its members.
type CampaignFilter struct {
	State    campaign.State // empty: open
	Overdue  bool           // with State open or empty
	ToSign   bool           // those that the caller may answer
	Campaign string         // month, as 2026-11
	Account  string

	Limit int    // 1 to [MostListed]; 0: 50
	After string // [CampaignPage.Next]
}

// CampaignPage is one page, the first due first.
type CampaignPage struct {
	Items      []campaign.Stored
	Next       string   // empty: done
	Unreadable []string // principals: told to operators
}

// campaignLooks limits the items that one call reads.
const campaignLooks = 10 * record.ReadAtOnce

// List returns items that the caller owns; to operators, all. The index may lag. It reads a limited number: a short page may have
// a Next.
func (s Campaigns) List(ctx context.Context, c identity.Caller, f CampaignFilter) (p CampaignPage, err error) {
	defer s.Logged(ctx, "campaigns", "", c.ID, &err)
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > MostListed {
		return p, fault.Errorf(fault.Invalid, "limit: want 1 to %d", MostListed)
	}
	q := record.Query{Index: record.ByState, Partition: campaign.Listed, After: f.After}
	if f.Account != "" {
		q.Index, q.Partition = record.ByPrincipal, campaign.In(f.Account)
	} else if f.Overdue {
		q.UpTo = campaign.PlaceAt(s.Now())
	}
	for looked := 0; looked < campaignLooks; looked += q.Limit {
		// At most what the page lacks: the next page begins where this one ends.
		q.Limit = min(f.Limit-len(p.Items), record.ReadAtOnce)
		some, err := s.page(ctx, q)
		if err != nil {
			return CampaignPage{}, err
		}
		if c.In(s.Settings.Operators) {
			p.Unreadable = append(p.Unreadable, some.Unreadable...)
		}
		for _, i := range some.Items {
			if s.mayShow(i, c) && f.matches(i, c, s.Now()) {
				p.Items = append(p.Items, i)
			}
		}
		if p.Next = some.Next; p.Next == "" || len(p.Items) == f.Limit {
			return p, nil
		}
		q.After = p.Next
	}
	return p, nil
}

func (f CampaignFilter) matches(i campaign.Stored, c identity.Caller, now time.Time) bool {
	want := f.State
	if want == "" {
		want = campaign.Open
	}
	return i.State() == want && (!f.Overdue || i.Overdue(now)) && (!f.ToSign || i.Value.MayAnswer(c) == nil) &&
		(f.Campaign == "" || f.Campaign == i.Value.Campaign) && (f.Account == "" || f.Account == i.Value.Account)
}

func (s Campaigns) page(ctx context.Context, q record.Query) (p CampaignPage, err error) {
	page, err := s.Store.List(ctx, q)
	if err != nil || len(page.Keys) == 0 {
		return p, fault.Wrap(err, "listing items of campaigns")
	}
	p.Next = page.Next
	var ids []string
	for _, k := range page.Keys {
		ids = append(ids, campaign.PrincipalOf(k))
	}
	all, damaged, err := readUndamaged(ids, func(ids ...string) ([]campaign.Stored, error) { return campaign.Read(ctx, s.Store, ids...) })
	if err != nil {
		return p, err
	}
	for i, was := range all {
		if damaged[i] != nil {
			s.Log.ErrorContext(ctx, "an item of a campaign cannot be read", "principal", ids[i], "error", damaged[i])
			p.Unreadable = append(p.Unreadable, ids[i])
		}
		if was.Exists() {
			p.Items = append(p.Items, was)
		}
	}
	return p, nil
}

func (s Campaigns) mayShow(i campaign.Stored, c identity.Caller) bool {
	return c.In(i.Value.Owners) || c.In(s.Settings.Operators)
}

// Due calls f with items after their due date, the oldest first, until f returns false: with answered ones too, because there may be
// thousands and f ends what takes too long. It skips unreadable ones.
func (s Campaigns) Due(ctx context.Context, f func(campaign.Stored) bool) error {
	var failed []error
	q := record.Query{Index: record.ByState, Partition: campaign.Listed, UpTo: campaign.PlaceAt(s.Now()), Limit: record.ReadAtOnce}
	for {
		some, err := s.page(ctx, q)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, id := range some.Unreadable {
			failed = append(failed, fault.Errorf(fault.Internal, "the item of %s cannot be read", id))
		}
		for _, i := range some.Items {
			if !f(i) {
				return errors.Join(failed...)
			}
		}
		if q.After = some.Next; q.After == "" {
			return errors.Join(failed...)
		}
	}
}

// Show is for owners and operators. NotFound: none, or hidden, or another campaign's.
func (s Campaigns) Show(ctx context.Context, c identity.Caller, id string) (was campaign.Stored, err error) {
	defer s.Logged(ctx, "show-campaign-item", "", c.ID, &err)
	was, err = s.read(ctx, c, id)
	return was, refusals(s).refusedAbout(ctx, c, refusal{Verb: "show-campaign-item", Subject: fault.Printable(id)}, err)
}

func (s Campaigns) read(ctx context.Context, c identity.Caller, id string) (was campaign.Stored, err error) {
	if of := campaign.PrincipalIn(id); of != "" {
		all, err := campaign.Read(ctx, s.Store, of)
		if err != nil {
			return was, err
		}
		was = all[0]
	}
	if !was.Exists() || was.Value.ID() != id || !s.mayShow(was, c) {
		return campaign.Stored{}, fault.Errorf(fault.NotFound, "there is no item %q of a campaign", fault.Printable(id))
	}
	return was, nil
}
