package access

import (
	"strings"
	"time"

	"curfew/shared/identity"
)

// A canary is a daily test elevation that one net must end, in turn. The sweep measures its delay. The other nets wait
// for [Net.Patience].

// CanaryEntitlement has one principal, for nothing else.
const CanaryEntitlement = "canary"

// Net is a net that removes a grant.
type Net string

const (
	NetWorkflow  Net = "workflow"  // Hold
	NetExecution Net = "execution" // rule on the execution's end
	NetTTL       Net = "ttl"       // TTL record and stream
	NetSweep     Net = "sweep"
)

// Patience returns how long after its deadline a canary is left to one net. DynamoDB promises no time for TTL.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func (n Net) Patience() time.Duration {
	if n == NetTTL {
		return 50 * time.Hour
	}
	return 5 * time.Minute
}

// CanarySettings: zero means no canaries.
type CanarySettings struct {
	Principal string
	Every     time.Duration
}

// CanaryFor is how long a canary has access.
const CanaryFor = 2 * time.Minute

// CanaryNet returns the net that must end a canary; else it is empty.
func (t Terms) CanaryNet() Net {
	if t.Entitlement != CanaryEntitlement || t.Requester.ID != CanaryCaller().ID {
		return ""
	}
	net, _, _ := strings.Cut(t.Task.ID, "-")
	return Net(net)
}

// CanaryCaller returns the requester of canaries, which cannot sign in.
func CanaryCaller() identity.Caller {
	return identity.Caller{ID: identity.MachineID("canary"), Kind: identity.Machine, Name: "canary", Groups: []string{"canary"}}
}

// IsCanary reports whether e is a canary. Callers cannot forge its requester.
func (e Elevation) IsCanary() bool {
	return e.Entitlement == CanaryEntitlement && e.Requester == CanaryCaller().ID
}

// LateFrom returns when the end is late, or zero. A canary's deadline may be hours ago, so the order to end it counts.
func (e Elevation) LateFrom() time.Time {
	switch {
	case e.State == Active:
		return e.Deadline
	case e.State == Revoking && e.IsCanary():
		return e.ChangedAt
	}
	return e.EndDue
}
