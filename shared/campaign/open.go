package campaign

import (
	"cmp"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// NotRemoved is privilege that an owner said was removed.
var NotRemoved = finding.Kind{
	Name: "campaign-not-removed", PageInterval: finding.Daily, Severity: finding.High,
	Why: "an owner said that this privilege was removed, and a later review of the account found it", Do: "ask the owner; remove the privilege, or sign its new item: curfew campaigns",
}

// Privileged is one principal that a review found.
type Privileged struct {
	Principal   string // ARN
	PrincipalID string
	Kind        Kind // empty: [Unknown]
	Score       int
	Classes     []string // at most 20 are kept
	Why         string   // one line; at most 500 characters are kept
	Owners      []string
}

const mostClasses, mostWhy = 20, 500

// Open returns changes that open the principal's next item, or that refresh the open one, which keeps its campaign and due date: an owner
// signs what the newest reading found. It returns none for what the item has already, again in a campaign that was answered, and if the
// answer, or a newer reading, came after this one began.
func (was Stored) Open(account string, p Privileged, campaign string, began, now time.Time) ([]record.Change, Item, error) {
	old, before := was.Value, was.Answer()
	f := p.facts(account)
	kind := "campaign.opened"
	switch {
	case !was.Exists():
	case was.State() == Open:
		if !began.After(old.ReadAt) || began.Before(old.OpenedAt) {
			return nil, old, nil
		}
		kind = "campaign.refreshed"
	case campaign <= old.Campaign, began.Before(old.GoneAt), before != nil && began.Before(before.At):
		return nil, old, nil
	}
	if kind == "campaign.refreshed" {
		f.Campaign, f.OpenedAt, f.DueBy, f.Last, f.Again = old.Campaign, old.OpenedAt, old.DueBy, old.Last, old.Again
		if f.Digest() == old.Digest() {
			return nil, old, nil
		}
	} else {
		f.Campaign, f.OpenedAt, f.DueBy = campaign, record.Instant(now), record.Instant(now).Add(Within)
		if before != nil {
			f.Last = &Said{old.Campaign, before.Says, before.By.ID, before.By.Name, before.Reason, before.At}
			f.Again = before.Says == Removed && old.GoneAt.IsZero()
		}
	}
	if err := f.check(); err != nil {
		return nil, old, err
	}
	next := Item{Facts: f, ReadAt: record.Instant(began), Evidence: old.Evidence}
	changes, err := was.put(&next, evidence.Entry{At: record.Instant(now), Kind: kind, Actor: "curfew", Detail: map[string]any{
		"campaign": f.Campaign, "principal": p.Principal, "principal_id": p.PrincipalID, "account": account, "kind": f.Kind, "score": p.Score, "classes": f.Classes, "why": f.Why, "owners": f.Owners, "due": f.DueBy, "again": f.Again, "digest": f.Digest(),
	}})
	return changes, next, err
}

// facts are what a reading found.
func (p Privileged) facts(account string) Facts {
	f := Facts{
		Principal: p.Principal, PrincipalID: p.PrincipalID, Account: account, Kind: cmp.Or(p.Kind, Unknown), Score: p.Score, Classes: slices.Clone(p.Classes[:min(len(p.Classes), mostClasses)]),
		Why: line(p.Why), Owners: slices.Compact(slices.Sorted(slices.Values(p.Owners))),
	}
	if f.Classes == nil {
		f.Classes = []string{}
	}
	return f
}

// Close returns changes that close an item whose privilege a review did not find, unless it was opened after the reading began.
func (was Stored) Close(began, now time.Time) ([]record.Change, error) {
	if !was.Exists() || !was.Value.GoneAt.IsZero() || began.Before(was.Value.OpenedAt) {
		return nil, nil
	}
	next, said := was.Value, was.State()
	next.GoneAt = record.Instant(now)
	return was.put(&next, evidence.Entry{At: next.GoneAt, Kind: "campaign.closed", Actor: "curfew", Detail: map[string]any{
		"campaign": next.Campaign, "principal": next.Principal, "account": next.Account, "said": said, "why": "the review of the account did not find the privilege",
	}})
}

func (was Stored) put(next *Item, e evidence.Entry) ([]record.Change, error) {
	proof, err := record.Append(was.Row.Key.Partition, &next.Evidence, e)
	if err != nil {
		return nil, err
	}
	put, err := was.Put(*next, time.Time{})
	put.Row.Index = next.places()
	return []record.Change{put, proof}, err
}

// NotRemoved returns the occurrence for an item that is open again.
func (i Item) NotRemoved() finding.Occurrence {
	what := i.Principal + " is privileged again"
	if l := i.Last; l != nil {
		what = i.Principal + " is still privileged; " + l.Name + " said on " + l.At.Format(time.DateOnly) + " that this was removed"
	}
	return finding.Occurrence{Subject: i.PrincipalID, What: what, Principal: i.Principal, Account: i.Account,
		Detail: map[string]any{"item": i.ID(), "last": i.Last}}
}

func line(s string) string {
	out := make([]rune, 0, min(len(s), mostWhy))
	for _, r := range s {
		if len(out) == mostWhy {
			return string(append(out[:mostWhy-1], '…'))
		}
		if fault.CheckText("", string(r), 0, 1) != nil {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
