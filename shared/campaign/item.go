package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/record"
)

// Within is the time to answer. An open item keeps its due date in the next campaign.
const Within = 30 * 24 * time.Hour

// Facts are what an owner answers.
type Facts struct {
	Campaign    string   `json:"campaign"`  // as 2026-11
	Principal   string   `json:"principal"` // ARN
	PrincipalID string   `json:"principal_id"`
	Account     string   `json:"account"`
	Kind        Kind     `json:"kind"`
	Score       int      `json:"score"`   // 0 or more; more is worse
	Classes     []string `json:"classes"` // of privileged actions
	Why         string   `json:"why"`     // one line for people
	// Owners own entitlements on the principal, or are the operators.
	Owners   []string  `json:"owners"`
	OpenedAt time.Time `json:"opened_at"`
	DueBy    time.Time `json:"due_by"`
	Last     *Said     `json:"last,omitempty"` // the answer to the principal's item before
	// Again: the last answer was Removed, and a later review found the privilege.
	Again bool `json:"again,omitempty"`
}

// Kind is who uses a principal.
type Kind string

const (
	Machine Kind = "machine"
	Human   Kind = "human"
	Both    Kind = "both"
	Unknown Kind = "not known"
)

// Said is an answer, in short.
type Said struct {
	Campaign string    `json:"campaign"`
	Says     State     `json:"says"`
	By       string    `json:"by"` // id
	Name     string    `json:"name"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// Item is the newest of a principal.
type Item struct {
	Facts
	// ReadAt began the newest reading of the account that opened or refreshed the item. It is no fact: a reading that finds the same
	// changes nothing.
	ReadAt   time.Time     `json:"read_at,omitzero"`
	GoneAt   time.Time     `json:"gone_at,omitzero"`
	Evidence evidence.Head `json:"evidence"`
}

// State is what is known of an item's privilege.
type State string

const (
	Open    State = "open"
	Signed  State = "signed"  // it stays
	Removed State = "removed" // the next review verifies it
	Gone    State = "gone"    // a review did not find it
)

const partition, sortKey = "campaign#", "item"

func Key(principalID string) record.Key { return record.AccessKey(partition+principalID, sortKey) }

// PrincipalOf returns the unique id in a key of [Key].
func PrincipalOf(k record.Key) string { return strings.TrimPrefix(k.Partition, partition) }

// ID is the campaign and the principal's unique id.
func (f Facts) ID() string { return f.Campaign + "-" + f.PrincipalID }

var month, uniqueID = fault.Pattern(`^[0-9]{4}-(0[1-9]|1[0-2])$`), fault.Pattern(`^[A-Z0-9]{16,128}$`)

const monthSize = len("2026-11")

// Month is the campaign at a time.
func Month(at time.Time) string { return at.UTC().Format("2006-01") }

// IsMonth reports whether s is a campaign.
func IsMonth(s string) bool { return month().MatchString(s) }

// clocks is how far the clocks of two functions may differ.
const clocks = time.Minute

// HasBegun reports whether s is a campaign that is not of a future month: such a campaign would keep later ones from opening items.
func HasBegun(s string, now time.Time) bool { return IsMonth(s) && s <= Month(now.Add(clocks)) }

// PrincipalIn returns the principal's unique id in an id of [Facts.ID]. Empty: it is none.
func PrincipalIn(id string) string {
	if len(id) <= monthSize || !IsMonth(id[:monthSize]) || id[monthSize] != '-' || !uniqueID().MatchString(id[monthSize+1:]) {
		return ""
	}
	return id[monthSize+1:]
}

// Digest is the SHA-256 of the facts' canonical JSON, hexadecimal.
func (f Facts) Digest() string {
	b, err := evidence.Canonical(f)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Listed is the partition of [record.ByState] with all items that are not gone, also answered ones: decide cannot write items.
const Listed = "campaign"

// PlaceAt is the sort key of items with this due date.
func PlaceAt(due time.Time) string { return due.UTC().Format(time.RFC3339) }

// In is the partition of [record.ByPrincipal] with the items of an account that are not gone.
func In(account string) string { return partition + account }

func (i Item) places() map[record.Index]record.Place {
	if !i.GoneAt.IsZero() {
		return nil
	}
	return map[record.Index]record.Place{
		record.ByState:     {Partition: Listed, Sort: PlaceAt(i.DueBy) + "#" + i.PrincipalID},
		record.ByPrincipal: {Partition: In(i.Account), Sort: i.PrincipalID},
	}
}

// isPrincipal takes every path that IAM does: one that is refused here would hide its role from reviews.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (f Facts) isPrincipal() bool {
	a, ok := iamarn.Parse(f.Principal)
	return ok && (a.Kind == "role" || a.Kind == "user") && a.Account == f.Account && len(f.Principal) <= mostARN &&
		!strings.ContainsFunc(f.Principal, func(r rune) bool { return r <= ' ' || r > '~' })
}

// mostARN is above a path of 512 characters and a name of 64.
const mostARN = 700

func (f Facts) check() error {
	if !IsMonth(f.Campaign) || !uniqueID().MatchString(f.PrincipalID) || !f.isPrincipal() || f.Score < 0 {
		return fault.Errorf(fault.Invalid, "an item of campaign %s about %s (%s) in account %s, score %d, is impossible",
			fault.Printable(f.Campaign), fault.Printable(f.Principal), fault.Printable(f.PrincipalID), fault.Printable(f.Account), f.Score)
	}
	switch f.Kind {
	case Machine, Human, Both, Unknown:
	default:
		return fault.Errorf(fault.Invalid, "%s: a principal is %s, %s, %s or %s", f.ID(), Machine, Human, Both, Unknown)
	}
	if len(f.Owners) == 0 {
		return fault.Errorf(fault.Invalid, "%s has no owners, so it could not be answered", f.ID())
	}
	return nil
}
