package directory

import (
	"slices"
	"time"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// Entry never authorizes its own caller: their groups come with each call.
type Entry struct {
	ID   string              `json:"id"`
	Kind identity.CallerKind `json:"kind"`
	// Name is not a machine's session name, which could imitate a person's: it is that of the role or user.
	Name   string   `json:"name"`
	ARN    string   `json:"arn,omitempty"`
	Groups []string `json:"groups,omitempty"` // of the last call
	// At is that of the day's first call with these groups.
	At time.Time `json:"at"`
	// Operator stays true once seen: group membership may be just-in-time.
	Operator bool `json:"operator,omitempty"`
}

// Only api and decide write this partition.
const seenPartition = "seen"

func Key(caller string) record.Key { return record.AccessKey(seenPartition, caller) }

// seenFor is the TTL after the last call.
const seenFor = 400 * 24 * time.Hour

const day = 24 * time.Hour

func newSeen(c identity.Caller, now time.Time) Entry {
	groups := slices.Clone(c.Groups)
	slices.Sort(groups)
	return Entry{ID: c.ID, Kind: c.Kind, Name: NameOf(c), ARN: c.ARN, Groups: slices.Compact(groups), At: now.UTC()}
}

func NameOf(c identity.Caller) string {
	if c.Kind == identity.Machine {
		return identity.PrincipalName(c.ARN)
	}
	return c.Name
}

func (sn Entry) same(other Entry) bool {
	return sn.ID == other.ID && sn.Kind == other.Kind && sn.Name == other.Name && sn.ARN == other.ARN && sn.At.Truncate(day).Equal(other.At.Truncate(day)) && sn.Operator == other.Operator && slices.Equal(sn.Groups, other.Groups)
}
