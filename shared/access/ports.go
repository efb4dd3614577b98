package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/identity"
)

// All ports return errors with a [fault.Kind] where it is known. Transient: the call may also have taken effect.
// Methods return when their context ends.

// Cloud is IAM in all accounts of the installation. It returns Denied for protected principals (service-linked,
// AWSReservedSSO_*), and touches only policies with this installation's name.
type Cloud interface {
	// Look describes a principal. NotFound: no such ARN.
	Look(ctx context.Context, arn string) (Sight, error)
	// Attach puts a grant on its principal. It is idempotent, and may have taken effect despite an error. Conflict: the
	// principal's unique id differs. Over: g.AttachBy has passed; nothing is sent after it, retries included. Quota:
	// never retried.
	Attach(ctx context.Context, g Grant) error
	// Remove takes the grant off the principal in either form and deletes its managed policies. It is idempotent; a
	// missing grant or principal is success. It returns the calls it made, also with an error, for the receipt.
	Remove(ctx context.Context, p Principal, grant string) ([]Call, error)
	// Read returns the grant's documents on the principal, empty if there are none. NotFound: the principal is gone or
	// was recreated. IAM is eventually consistent: a recent write may not show.
	Read(ctx context.Context, p Principal, grant string) ([]string, error)
	// Survey returns one page of principals that bear our policies, in all accounts. An error covers only what could
	// not be read; continue while Next is not empty, even on error.
	Survey(ctx context.Context, after string) (Survey, error)
}

// Sight describes a principal.
type Sight struct {
	Principal Principal
	Managed   bool   // has this installation's tag
	Boundary  string // ARN of the permissions boundary; empty: none
	Trust     string
	Room      Room
}

// Room is the remaining quota of a principal.
type Room struct {
	Inline   int `json:"inline"`   // characters of inline policy, as AWS counts
	Attached int `json:"attached"` // managed policies
}

// Grant is what Attach attaches.
type Grant struct {
	Name      string
	Principal Principal
	Form      Form
	Documents []string // one if inline, one to three if managed
	AttachBy  time.Time
}

// Call is one AWS call, for the receipt.
type Call struct {
	Action  string    `json:"action"` // as "iam:DeleteRolePolicy"
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"` // "done", "not there", or the error's kind
}

// Survey is one page of IAM.
type Survey struct {
	Grants []Found
	Next   string // cursor; empty: done
}

// Found is one of our policies on a principal.
type Found struct {
	Principal Principal
	Grant     string // policy name
	Documents []string
}

// Workflow is the state machine and the functions that it shares with other callers.
type Workflow interface {
	// Start starts the execution with this id. Success if it already runs with the same input. Over: it is closed.
	Start(ctx context.Context, id, input string) error
	// Answer completes the task with this token: success, or the error named failure. A closed task is success.
	Answer(ctx context.Context, token, failure string) error
	// Beat sends a task heartbeat. Over: the task is closed.
	Beat(ctx context.Context, token string) error
	// Revoke invokes the function revoke asynchronously.
	Revoke(ctx context.Context, o Order) error
	// Contain invokes the function contain asynchronously.
	Contain(ctx context.Context, o Order) error
	// Postpone queues evidence that could not be stored, for [Service.AppendLate].
	Postpone(ctx context.Context, l Late) error
}

// Late is evidence that could not be stored in time.
type Late struct {
	Elevation string         `json:"elevation"`
	Entry     evidence.Entry `json:"entry"`
}

// Notifier sends messages and events. Only the function notify has one.
type Notifier interface {
	// Tell sends a message, at least once.
	Tell(ctx context.Context, m Message) error
	// Publish puts an event on our bus, at least once.
	Publish(ctx context.Context, e Event) error
}

// Message is for people.
type Message struct {
	Kind      string   `json:"kind"` // "decide": you may decide; "loud": break-glass; "page": act now; "ended"
	To        []string `json:"to"`   // groups and callers, as in a catalog
	Elevation string   `json:"elevation"`
	Text      string   `json:"text"` // one line, without tokens or links that decide
}

// Event is for systems and starts nothing. EventBridge gives each put a new id, so detect repeats by the detail.
type Event struct {
	DetailType string    `json:"detail_type"` // "Elevation State Change"
	At         time.Time `json:"at"`
	Detail     Changed   `json:"detail"`
}

// Changed is the detail of an elevation's event.
type Changed struct {
	Elevation   string `json:"elevation"`
	Version     int64  `json:"version"` // with the elevation id it identifies the event; later is higher
	State       State  `json:"state"`
	Cause       Cause  `json:"cause,omitempty"`
	Principal   string `json:"principal"`
	Entitlement string `json:"entitlement"`
	Requester   string `json:"requester"`
	Deadline    string `json:"deadline,omitempty"`
}

// Decider is the catalog: entitlements and policies.
type Decider interface {
	// Entitlement returns an entitlement of the catalog with this hash, or of the newest if empty. NotFound: no such
	// entitlement, or the catalog is not packed with this function.
	Entitlement(ctx context.Context, catalog, name string) (Entitlement, error)
	// Entitlements returns all of the newest catalog, by name.
	Entitlements(ctx context.Context) ([]Entitlement, error)
	// Groups returns a machine's groups in the newest catalog.
	Groups(ctx context.Context, arn string) ([]string, error)
	// Machines returns the machines in the newest catalog.
	Machines(ctx context.Context) ([]CatalogMachine, error)
	// Decide asks the newest policy. Grant treats an error as a denial.
	Decide(ctx context.Context, q Question) (Verdict, error)
}

// CatalogMachine is a machine of a catalog.
type CatalogMachine struct {
	Name      string // catalog name
	Principal string // ARN; * and ? match within one part of it
}

type Question struct {
	Action      PolicyAction
	Caller      identity.Caller
	Entitlement Entitlement
	Terms       Terms
	At          time.Time
}

// PolicyAction is one of the four actions in policies.
type PolicyAction string

const (
	ActRequest    PolicyAction = "request"
	ActApprove    PolicyAction = "approve"
	ActBreakGlass PolicyAction = "breakGlass"
	ActRead       PolicyAction = "read"
)

type Verdict struct {
	Allow bool
	By    []string // ids of the deciding policies; empty: denied by default
}
