package api

import (
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/identity"
)

// CampaignItem is a principal with standing privilege.
type CampaignItem struct {
	ID          string          `json:"id"`
	State       string          `json:"state"`     // open, signed, removed or gone
	Campaign    string          `json:"campaign"`  // month, as 2026-11
	Principal   string          `json:"principal"` // ARN
	PrincipalID string          `json:"principal_id"`
	Account     string          `json:"account"`
	Kind        string          `json:"kind"`    // who uses it: machine, human, both or not known
	Score       int             `json:"score"`   // 0 or more; more is worse
	Classes     []string        `json:"classes"` // of privileged actions
	Why         string          `json:"why"`
	Owners      []string        `json:"owners"` // who may answer
	OpenedAt    time.Time       `json:"opened_at"`
	DueBy       time.Time       `json:"due_by"`
	Overdue     bool            `json:"overdue,omitempty"`
	Digest      string          `json:"digest"` // of what is answered
	Answer      *CampaignAnswer `json:"answer,omitempty"`
	Last        *CampaignAnswer `json:"last,omitempty"`  // to the principal's item before
	Again       bool            `json:"again,omitempty"` // it was said to be removed
	GoneAt      time.Time       `json:"gone_at,omitzero"`
	// Trend is that of the account: the last twelve months, the oldest first. A list has it apart.
	Trend []CampaignScore `json:"trend,omitempty"`
}

// CampaignScore is an account's standing privilege in one month.
type CampaignScore struct {
	Campaign   string `json:"campaign"` // month, as 2026-11
	Score      int    `json:"score"`    // 0 to 100; more is worse
	Principals int    `json:"principals"`
	Privileged int    `json:"privileged"`
	Admins     int    `json:"admins"`
	Unknown    int    `json:"unknown"` // principals whose policies are not all known
}

// CampaignTrend is an account's scores in the last twelve months, the oldest first.
type CampaignTrend struct {
	Account string          `json:"account"`
	Scores  []CampaignScore `json:"scores"`
}

// CampaignAnswer is what an owner said.
type CampaignAnswer struct {
	Campaign string    `json:"campaign"`
	Says     string    `json:"says"` // signed or removed
	By       string    `json:"by"`   // id
	Name     string    `json:"name"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// CampaignPage is one page of a list. A short or empty page may have a next.
type CampaignPage struct {
	Items      []CampaignItem `json:"items"`
	Unreadable []string       `json:"unreadable,omitempty"` // unique ids of principals
	// Trends are those of the first 20 accounts of the items.
	Trends     []CampaignTrend `json:"trends,omitempty"`
	NextCursor string          `json:"next_cursor,omitempty"` // empty: done
}

// CampaignFilter lists items that match all its members.
type CampaignFilter struct {
	Mine     string `json:"mine,omitempty"`     // [ToSign]: those that the caller may answer
	State    string `json:"state,omitempty"`    // open, overdue, signed or removed; empty: open
	Campaign string `json:"campaign,omitempty"` // month, as 2026-11
	Account  string `json:"account,omitempty"`
	Limit    int    `json:"limit,omitempty"`  // 1 to 200; 0: 50
	Cursor   string `json:"cursor,omitempty"` // NextCursor of the previous page
}

// CampaignOverdue is open after the due date.
const CampaignOverdue = "overdue"

// CampaignStates are those of a [CampaignFilter].
func CampaignStates() []string {
	return []string{string(campaign.Open), CampaignOverdue, string(campaign.Signed), string(campaign.Removed)}
}

func (f CampaignFilter) check(time.Time) (m fault.Mistakes) {
	if f.Mine != "" && f.Mine != ToSign {
		m.Add("mine", "want %s", ToSign)
	}
	if f.State != "" && !slices.Contains(CampaignStates(), f.State) {
		m.Add("state", "want open, overdue, signed or removed")
	}
	if f.Campaign != "" && !campaign.IsMonth(f.Campaign) {
		m.Add("campaign", "want a month, as 2026-11")
	}
	if f.Account != "" && !iamarn.IsAccount(f.Account) {
		m.Add("account", "want 12 digits")
	}
	if f.Limit < 0 || f.Limit > access.MostListed {
		m.Add("limit", "want 1 to %d", access.MostListed)
	}
	return m
}

// NewCampaignAnswer is the input of [AnswerCampaignItem].
type NewCampaignAnswer struct {
	ByID
	Answer string `json:"answer"` // signed or removed
	Digest string `json:"digest"` // of the item that was read
	Reason string `json:"reason"`
}

func (a NewCampaignAnswer) check(time.Time) (m fault.Mistakes) {
	if a.Answer != string(campaign.Signed) && a.Answer != string(campaign.Removed) {
		m.Add("answer", "want signed or removed")
	}
	if !digest().MatchString(a.Digest) {
		m.Add("digest", "want the 64 hexadecimal digits of the item that was read")
	}
	m.AddError("reason", fault.CheckText("reason", a.Reason, 1, fault.MaxReason))
	return m
}

// ListCampaignItems returns one page of items, the first due first.
func ListCampaignItems(ctx context.Context, s *access.Service, c identity.Caller, f CampaignFilter) (CampaignPage, error) {
	asked := f
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	after, err := readCursor(f.Cursor, bound)
	if err != nil {
		return CampaignPage{}, err
	}
	filter := access.CampaignFilter{State: campaign.State(f.State), ToSign: f.Mine == ToSign, Campaign: f.Campaign, Account: f.Account, Limit: f.Limit, After: after}
	if f.State == CampaignOverdue {
		filter.State, filter.Overdue = campaign.Open, true
	}
	of := access.Campaigns{Service: s}
	found, err := of.List(ctx, c, filter)
	if err != nil {
		return CampaignPage{}, err
	}
	trends, err := of.Trends(ctx, found.Items...)
	p := CampaignPage{Items: []CampaignItem{}, Unreadable: found.Unreadable, NextCursor: cursorAfter(bound, found.Next)}
	for _, i := range found.Items {
		p.Items = append(p.Items, campaignItemOf(i, s.Now()))
	}
	for _, t := range trends {
		p.Trends = append(p.Trends, CampaignTrend{t.Account, campaignScores(t.Scores)})
	}
	return p, err
}

// ShowCampaignItem returns one item.
func ShowCampaignItem(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (CampaignItem, error) {
	of := access.Campaigns{Service: s}
	i, err := of.Show(ctx, c, in.ID)
	if err != nil {
		return CampaignItem{}, err
	}
	out := campaignItemOf(i, s.Now())
	trends, err := of.Trends(ctx, i)
	for _, t := range trends {
		out.Trend = campaignScores(t.Scores)
	}
	return out, err
}

func campaignScores(all []campaign.Score) (out []CampaignScore) {
	for _, s := range all {
		out = append(out, CampaignScore{s.Campaign, s.Score, s.Principals, s.Privileged, s.Admins, s.Unknown})
	}
	return out
}

// AnswerCampaignItem stores what an owner says of an item.
func AnswerCampaignItem(ctx context.Context, s *access.Service, c identity.Caller, in NewCampaignAnswer) (CampaignItem, error) {
	i, err := access.Campaigns{Service: s}.Answer(ctx, c, in.ID, campaign.State(in.Answer), in.Digest, in.Reason)
	if err != nil {
		return CampaignItem{}, err
	}
	return campaignItemOf(i, s.Now()), nil
}

func campaignItemOf(was campaign.Stored, now time.Time) CampaignItem {
	i := was.Value
	out := CampaignItem{
		ID: i.ID(), State: string(was.State()), Campaign: i.Campaign, Principal: i.Principal, PrincipalID: i.PrincipalID, Account: i.Account, Kind: string(i.Kind),
		Score: i.Score, Classes: list(i.Classes), Why: i.Why, Owners: list(i.Owners), OpenedAt: i.OpenedAt, DueBy: i.DueBy, Overdue: was.Overdue(now), Digest: i.Digest(), Again: i.Again, GoneAt: i.GoneAt,
	}
	if a := was.Answer(); a != nil {
		out.Answer = &CampaignAnswer{i.Campaign, string(a.Says), a.By.ID, a.By.Name, a.Reason, a.At}
	}
	if l := i.Last; l != nil {
		out.Last = &CampaignAnswer{l.Campaign, string(l.Says), l.By, l.Name, l.Reason, l.At}
	}
	return out
}
