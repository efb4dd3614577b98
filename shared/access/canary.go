package access

import (
	"strings"
	"time"

	"curfew/shared/identity"
)

// A net that is never needed is not known to work. Once a day an elevation that nobody uses is left to one net alone, each
// in its turn, and what is measured is how late that net came. The others leave it alone until that net had its time; its
// fence, like every fence, waits for nobody.

// CanaryEntitlement is the entitlement of canaries. It is for one principal, which is for nothing else.
const CanaryEntitlement = "canary"

// Net is one of the nets under a grant that act; the fence only is.
type Net string

// The nets, as they sign their orders.
const (
	NetWorkflow  Net = "workflow"  // the state machine's Hold
	NetExecution Net = "execution" // the rule on the execution's own end
	NetTTL       Net = "ttl"       // the TTL record, through the table's stream
	NetSweep     Net = "sweep"
)

// Patience is how long after its deadline a canary is left to a net alone; later than that the net is silent, and any may
// end it. DynamoDB promises no time for TTL.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
func (n Net) Patience() time.Duration {
	if n == NetTTL {
		return 50 * time.Hour
	}
	return 5 * time.Minute
}

// CanarySettings say whether there are canaries. The zero value: there are none.
type CanarySettings struct {
	Principal string        // ARN
	Every     time.Duration // from one to the next
}

// CanaryFor is how long a canary has its access.
const CanaryFor = 2 * time.Minute

// CanaryNet gives the net that a canary is left to; empty for all that is no canary.
func (t Terms) CanaryNet() Net {
	if t.Entitlement != CanaryEntitlement || t.Requester.ID != CanaryCaller().ID {
		return ""
	}
	net, _, _ := strings.Cut(t.Task.ID, "-")
	return Net(net)
}

// CanaryCaller asks for canaries. Nobody signs in as it: the id is of no role.
func CanaryCaller() identity.Caller {
	return identity.Caller{ID: identity.MachineID("canary"), Kind: identity.Machine, Name: "canary", Groups: []string{"canary"}}
}

// IsCanary reports whether it is a canary, by what the record says of entitlement and requester. No caller can choose both:
// the requester of canaries has no credentials.
func (e Elevation) IsCanary() bool {
	return e.Entitlement == CanaryEntitlement && e.Requester == CanaryCaller().ID
}

// LateFrom is the instant from which the end of an elevation is late; zero if no end is due. A canary counts from the order to
// end it: its deadline may be hours ago, because it was left to one net.
func (e Elevation) LateFrom() time.Time {
	switch {
	case e.State == Active:
		return e.Deadline
	case e.State == Revoking && e.IsCanary():
		return e.ChangedAt
	}
	return e.EndDue
}
