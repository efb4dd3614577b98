package access

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/message"
)

// Errors have a [fault.Kind] where it is known. Transient: the call may have taken effect. Methods end with their
// context.

// Cloud is IAM in all accounts. Denied: a protected principal (service-linked, AWSReservedSSO_*). It touches only this
// installation's policies.
type Cloud interface {
	// Look describes a principal. NotFound: no such ARN.
	Look(ctx context.Context, arn string) (Sight, error)
	// Attach puts a grant on its principal. It is idempotent, and may take effect despite an error. Conflict: another
	// unique id. Over: g.AttachBy has passed, also for retries. Quota: not retried.
	Attach(ctx context.Context, g Grant) error
	// Remove takes off the grant in either form and deletes its managed policies, unless one is somebody's boundary: the
	// outcome of DeletePolicy is then Conflict. It is idempotent. The calls are returned even with an error.
	Remove(ctx context.Context, p Principal, grant string) ([]Call, error)
	// Read returns the grant's documents, if any. NotFound: the principal is gone or recreated. Reads are eventually
	// consistent.
	Read(ctx context.Context, p Principal, grant string) ([]string, error)
	// ReadOther reads a policy that is not ours: an inline one by its name, or whether a managed one is attached, by its
	// ARN; that has no document. false: it is not there, or the principal is gone.
	ReadOther(ctx context.Context, p Principal, policy string) (document string, there bool, err error)
	// Survey returns a page of an account's principals with our policies, and with their own if marked. Continue while
	// Next is not empty, also after an error.
	Survey(ctx context.Context, account, after string) (Survey, error)
}

// Sight describes a principal.
type Sight struct {
	Principal Principal
	Managed   bool
	Boundary  string // ARN
	Trust     string
	Room      Room
}

// Room is the remaining quota.
type Room struct {
	Inline   int `json:"inline"` // characters
	Attached int `json:"attached"`
}

// Grant is what Attach attaches.
type Grant struct {
	Name      string
	Principal Principal
	Form      Form
	Documents []string // one, or up to three if managed
	AttachBy  time.Time
}

// Call is one AWS call.
type Call struct {
	Action  string    `json:"action"` // as "iam:DeleteRolePolicy"
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"` // "done", "not there" or an error kind
}

// Survey is one page of IAM, of one account.
type Survey struct {
	Grants  []Found
	Account string // empty: the page was not read
	// Own are the marked principals, the groups, and the policies in use, without what this installation attached.
	Own  []*baseline.Entry
	Last bool   // of the account, whose pages were all read
	Next string // cursor; empty: done
}

// Found is one of our policies.
type Found struct {
	Principal Principal
	Grant     string
	Documents []string
}

// Workflow is the state machine and the shared functions.
type Workflow interface {
	// Start starts the execution named id; success if it runs. Over: closed.
	Start(ctx context.Context, id, input string) error
	// Answer completes a task, or fails it with the error named failure. A closed task is success.
	Answer(ctx context.Context, token, failure string) error
	// Beat sends a task heartbeat. Over: closed.
	Beat(ctx context.Context, token string) error
	// Revoke is asynchronous.
	Revoke(ctx context.Context, o Order) error
	// Contain is asynchronous.
	Contain(ctx context.Context, o Order) error
	// Postpone queues a removal for [Service.AppendLate].
	Postpone(ctx context.Context, l Late) error
}

// Late is a removal that Revoke could not store in time. Other evidence is never late. The queue proves no sender, so
// [Service.AppendLate] checks all of it against the record.
type Late struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"`
	Principal Principal `json:"principal"`
	By        string    `json:"by"`    // a net, or "revoke"
	Calls     []Call    `json:"calls"` // only those that removed something
	ReadAt    time.Time `json:"read_at"`
	Seen      string    `json:"seen,omitempty"` // empty: the read failed
}

// Body is the message.
func (l Late) Body() []byte {
	b, err := json.Marshal(l)
	if err != nil { // cannot fail
		return nil
	}
	return b
}

// Notifier is used only by the function notify.
type Notifier interface {
	// Send sends a message at least once.
	Send(ctx context.Context, m Message) error
	// Publish puts an event at least once.
	Publish(ctx context.Context, e Event) error
	// PublishFinding tells systems of a finding's newest state at least once.
	PublishFinding(ctx context.Context, f finding.Stored) error
}

// Message is for people.
type Message = message.Message

// Event is for systems. EventBridge gives repeats new ids: compare the detail.
type Event struct {
	DetailType string    `json:"detail_type"` // "Elevation State Change"
	At         time.Time `json:"at"`
	Detail     Changed   `json:"detail"`
}

// Changed is an event's detail.
type Changed struct {
	Elevation   string `json:"elevation"`
	Version     int64  `json:"version"` // higher is later; equal in a repeat
	State       State  `json:"state"`
	Cause       Cause  `json:"cause,omitempty"`
	Principal   string `json:"principal"`
	Entitlement string `json:"entitlement"`
	Requester   string `json:"requester"`
	Deadline    string `json:"deadline,omitempty"`
}

// Decider is the catalog: entitlements and policies.
type Decider interface {
	// Entitlement reads the catalog with this hash; empty: the newest in force. NotFound: none, or not packed here.
	Entitlement(ctx context.Context, catalog, name string) (Entitlement, error)
	// Entitlements are those of the newest catalog, by name.
	Entitlements(ctx context.Context) ([]Entitlement, error)
	// Groups returns a machine's groups in the newest catalog.
	Groups(ctx context.Context, arn string) ([]string, error)
	// NamedGroups are all groups that the catalog with this hash names, each as "group:<name>"; empty: the newest. NotFound:
	// not packed here.
	NamedGroups(ctx context.Context, catalog string) ([]string, error)
	// Machines returns the catalog's machines.
	Machines(ctx context.Context) ([]CatalogMachine, error)
	// Decide asks the newest policy. Grant treats errors as denials.
	Decide(ctx context.Context, q Question) (Verdict, error)
}

// Catalogs says which of the packed catalogs is in force: package release.
type Catalogs interface {
	// Note stores evidence of a new newest catalog, and raises a finding if it waits. For the sweep.
	Note(ctx context.Context) error
	// Accept returns Denied for terms of a catalog that is wider than the one in force, unless it was in force when they
	// were asked for and they are still to be decided. Only Grant may call it.
	Accept(ctx context.Context, t Terms) error
	// Operators are those of the settings and of the catalog in force. If that cannot be read, those of the settings.
	Operators(ctx context.Context) []string
	// State says which catalog is in force, and which waits.
	State(ctx context.Context) (CatalogState, error)
	// Sign accepts the newest catalog, which must wait.
	Sign(ctx context.Context, c identity.Caller, hash, note string) error
}

// CatalogState is which catalog is in force. Waits: the newest is wider, and not signed.
type CatalogState struct {
	InForce, Newest string // hashes
	Waits           bool
	SeenAt          time.Time // the newest; zero: not yet by the sweep
	Changes         []string  // that wait: the first 100
	MoreChanges     int       // left out
}

// CatalogMachine is a machine of a catalog.
type CatalogMachine struct {
	Name      string
	Principal string // ARN pattern
}

// Question is what policy is asked.
type Question struct {
	Action      PolicyAction
	Caller      identity.Caller
	Entitlement Entitlement
	Terms       Terms
	At          time.Time
	// Risk computes the risk of what the grant adds, 1 to 10. Decide calls it only if a policy of the catalog asks. nil: what the
	// entitlement adds to a principal that has nothing.
	Risk func() (int, error)
}

// PolicyAction is an action in policies.
type PolicyAction string

const (
	ActRequest    PolicyAction = "request"
	ActApprove    PolicyAction = "approve"
	ActBreakGlass PolicyAction = "breakGlass"
	ActRead       PolicyAction = "read"
)

// Verdict is the answer of policy.
type Verdict struct {
	Allow bool
	By    []string // empty: denied by default
	Says  []Saying // of those that denied
}

// Saying is what a policy that forbids says to whom it denies: its @reason.
type Saying struct {
	Policy, Reason string
}
