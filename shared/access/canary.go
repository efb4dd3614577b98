package access

import (
	"strings"
	"time"

	"curfew/shared/identity"
)

// A canary tests one net. Once a day Curfew grants a test elevation and leaves its end to one net, in turn. The sweep
// measures how late that net was. The other nets wait for [Net.Patience]; the fence does not.

// CanaryEntitlement names the entitlement of canaries. Its one principal serves nothing else.
const CanaryEntitlement = "canary"

// Net is a net that removes a grant. The fence removes nothing and is not one of these.
type Net string

// The values are also the senders of orders.
const (
	NetWorkflow  Net = "workflow"  // Hold in the state machine
	NetExecution Net = "execution" // the rule on the end of the execution
	NetTTL       Net = "ttl"       // the TTL record, through the table's stream
	NetSweep     Net = "sweep"
)

// Patience returns how long after its deadline a canary is left to one net. After that the net counts as silent and any
// net may end the canary. DynamoDB promises no time for TTL.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func (n Net) Patience() time.Duration {
	if n == NetTTL {
		return 50 * time.Hour
	}
	return 5 * time.Minute
}

// CanarySettings configure canaries. The zero value turns them off.
type CanarySettings struct {
	Principal string        // ARN
	Every     time.Duration // interval
}

// CanaryFor is the duration of a canary's grant.
const CanaryFor = 2 * time.Minute

// CanaryNet returns the net that must end this canary. It is empty for any other elevation.
func (t Terms) CanaryNet() Net {
	if t.Entitlement != CanaryEntitlement || t.Requester.ID != CanaryCaller().ID {
		return ""
	}
	net, _, _ := strings.Cut(t.Task.ID, "-")
	return Net(net)
}

// CanaryCaller returns the requester of canaries. Its id is no role's, so it cannot sign in.
func CanaryCaller() identity.Caller {
	return identity.Caller{ID: identity.MachineID("canary"), Kind: identity.Machine, Name: "canary", Groups: []string{"canary"}}
}

// IsCanary reports whether e is a canary. A caller cannot forge one: the requester of canaries has no credentials.
func (e Elevation) IsCanary() bool {
	return e.Entitlement == CanaryEntitlement && e.Requester == CanaryCaller().ID
}

// LateFrom returns the instant from which the end is late; zero if no end is due. A canary counts from the order to end
// it, because its deadline may be hours ago.
func (e Elevation) LateFrom() time.Time {
	switch {
	case e.State == Active:
		return e.Deadline
	case e.State == Revoking && e.IsCanary():
		return e.ChangedAt
	}
	return e.EndDue
}
