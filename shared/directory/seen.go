package directory

import (
	"slices"
	"time"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// Seen is what the directory keeps of one caller. It decides nothing about the caller themselves, whose groups are always those
// of their own call.
type Seen struct {
	ID   string              `json:"id"`
	Kind identity.CallerKind `json:"kind"`
	// Name is a person's name in sessions, and the name of a machine's role or user. A machine's session name is left out:
	// the machine chose it, and could take a person's.
	Name   string   `json:"name"`
	ARN    string   `json:"arn,omitempty"`
	Groups []string `json:"groups,omitempty"` // as last signed in, sorted
	Day    string   `json:"day"`              // of UTC: when they were last seen
	// Operator: they were an operator when they were seen once, as long as the row lives. Groups may be just-in-time too, and
	// an operator without them at this hour is one still.
	Operator bool `json:"operator,omitempty"`
}

// The directory is one partition, so that a name can be looked for among all. Only the functions api and decide write it.
const seenPartition = "seen"

// Key is where a caller's row lies.
func Key(caller string) record.Key { return record.AccessKey(seenPartition, caller) }

// seenFor is how long the directory keeps a caller who is not seen again.
const seenFor = 400 * 24 * time.Hour

func newSeen(c identity.Caller, now time.Time) Seen {
	groups := slices.Clone(c.Groups)
	slices.Sort(groups)
	return Seen{ID: c.ID, Kind: c.Kind, Name: NameOf(c), ARN: c.ARN, Groups: slices.Compact(groups), Day: now.UTC().Format(time.DateOnly)}
}

// NameOf is the name of a caller in the directory: see [Seen.Name].
func NameOf(c identity.Caller) string {
	if c.Kind == identity.Machine {
		return identity.PrincipalName(c.ARN)
	}
	return c.Name
}

func (sn Seen) same(other Seen) bool {
	return sn.ID == other.ID && sn.Kind == other.Kind && sn.Name == other.Name && sn.ARN == other.ARN && sn.Day == other.Day && sn.Operator == other.Operator && slices.Equal(sn.Groups, other.Groups)
}
