package delegation

import (
	"time"

	"curfew/shared/identity"
)

const (
	// Longest is from the first to the last instant of a delegation.
	Longest = 30 * 24 * time.Hour
	// Ahead is how long before its first instant it may be made.
	Ahead = 30 * 24 * time.Hour
	// MostMade is how many a person may make in Longest.
	MostMade = 20
	// mostNamed limits the bytes of Made.Named: a record of evidence has at most 65,535.
	mostNamed = 32 << 10
)

// Person is named by id. The name is that of their sessions.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Is reports whether p may be c: by id, or by name without case.
func (p Person) Is(c identity.Caller) bool {
	return p.ID == c.ID || identity.SameName(p.Name, c.Name)
}

// Made is what a person stored once. Only function decide can write it.
type Made struct {
	ID string `json:"id"` // ULID
	// Of is who is away, as their token was, with the groups that the catalog named.
	Of identity.Caller `json:"of"`
	// Named are the groups that the catalog named, each as "group:<name>"; nil: Of has all groups.
	Named []string  `json:"named,omitempty"`
	To    Person    `json:"to"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"` // exclusive
	Why   string    `json:"reason"`
	At    time.Time `json:"at"`
}

// Ended is the early end of a delegation, stored once.
type Ended struct {
	Delegation string    `json:"delegation"`
	Of         string    `json:"of"` // id
	By         Person    `json:"by"`
	Why        string    `json:"reason,omitempty"`
	At         time.Time `json:"at"`
}

// Delegation is one with its end.
type Delegation struct {
	Made
	Ended *Ended // nil: not ended early
}

// End is the first instant at which it does not hold.
func (d Delegation) End() time.Time {
	if d.Ended != nil && d.Ended.At.Before(d.Until) {
		return d.Ended.At
	}
	return d.Until
}

// InForce reports whether it holds at an instant.
func (d Delegation) InForce(at time.Time) bool {
	return !at.Before(d.From) && !at.Before(d.At) && at.Before(d.End())
}

// Over reports whether it will not hold any more.
func (d Delegation) Over(now time.Time) bool { return !now.Before(d.End()) }

// Overlaps reports whether it may hold at an instant of from to until. Instants are whole seconds: it counts the second of its end.
func (d Delegation) Overlaps(from, until time.Time) bool {
	return !d.From.After(d.End()) && !d.From.After(until) && !d.End().Before(from)
}
