package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/identity"
)

// Every port: a method that fails returns an error with a [fault.Kind] where the kind is known. Transient means that the call
// may also have taken effect. No method waits longer than its context.

// Cloud is IAM, in all accounts where Curfew may act. It refuses every principal that is protected (service-linked,
// AWSReservedSSO_*) with Denied, and touches no policy whose name is not of this installation.
type Cloud interface {
	// Look reads a principal. NotFound: there is none of this ARN.
	Look(ctx context.Context, arn string) (Sight, error)
	// Attach puts a grant on its principal, in its form; repeating it with the same grant is success and changes nothing.
	// The principal's unique id is compared first: Conflict if it is another's. Nothing is sent after g.AttachBy, retries
	// included: Over. Quota: what is full, never retried. An error may come after the effect.
	Attach(ctx context.Context, g Grant) error
	// Remove takes everything of the grant of this name off the principal, in whatever form, and deletes its managed
	// policies. What is not there is success, and so is a principal that is gone. The calls that were made come back
	// with the error too: they are for the receipt.
	Remove(ctx context.Context, p Principal, grant string) ([]Call, error)
	// Read says what of the grant is there now: the documents found on the principal, none if it is gone. NotFound: the
	// principal itself is gone, or is another under the same name. IAM is eventually consistent: what was just written
	// may not be seen yet.
	Read(ctx context.Context, p Principal, grant string) ([]string, error)
	// Survey gives one page of the principals that bear our policies, in all accounts, with those policies. What could not
	// be read is an error beside what could; there is more if Next is not empty, error or not.
	Survey(ctx context.Context, after string) (Survey, error)
}

// Sight is what a principal looks like.
type Sight struct {
	Principal Principal
	Managed   bool   // bears this installation's tag
	Boundary  string // ARN of its permissions boundary; empty: none
	// Trust is a role's trust policy; empty for a user.
	Trust string
	Room  Room
}

// Room is what still fits on a principal.
type Room struct {
	Inline   int `json:"inline"`   // characters, as AWS counts, of inline policy
	Attached int `json:"attached"` // managed policies
}

// Grant is what Attach puts there.
type Grant struct {
	Name      string
	Principal Principal
	Form      Form
	Documents []string // one if inline, one to three if managed
	AttachBy  time.Time
}

// Call is one call to AWS, for the receipt.
type Call struct {
	Action  string    `json:"action"` // as "iam:DeleteRolePolicy"
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"` // "done", "not there", or the error's kind
}

// Survey is one page of what is in IAM.
type Survey struct {
	Grants []Found
	Next   string // pass on to go on; empty: that was all
}

// Found is one of our policies on one principal.
type Found struct {
	Principal Principal
	Grant     string // the name
	Documents []string
}

// Workflow is the state machine and the functions that it and others invoke.
type Workflow interface {
	// Start starts the execution named by the id with this input; repeating it while that execution runs is success. Over:
	// there was one and it is closed.
	Start(ctx context.Context, id, input string) error
	// Answer completes the task that waits with this token: with success if failure is empty, else with an error of that
	// name. A task that is over is success.
	Answer(ctx context.Context, token, failure string) error
	// Beat tells the task that its holder lives. Over: the task is over.
	Beat(ctx context.Context, token string) error
	// Revoke invokes the revoke function, and does not wait for it.
	Revoke(ctx context.Context, o Order) error
	// Contain invokes the contain function, and does not wait for it.
	Contain(ctx context.Context, o Order) error
	// Postpone keeps evidence that could not be stored, until [Service.AppendLate] stores it.
	Postpone(ctx context.Context, l Late) error
}

// Late is evidence that could not be stored when it happened.
type Late struct {
	Elevation string         `json:"elevation"`
	Entry     evidence.Entry `json:"entry"`
}

// Notifier tells people and other systems. Only the function notify has one.
type Notifier interface {
	// Tell sends a message to the people concerned. It may be sent twice.
	Tell(ctx context.Context, m Message) error
	// Publish puts an event on our bus. It may be put twice.
	Publish(ctx context.Context, e Event) error
}

// Message is for people.
type Message struct {
	Kind      string   `json:"kind"` // "decide": you may decide; "loud": break-glass; "page": act now; "ended"
	To        []string `json:"to"`   // groups and callers, as in a catalog
	Elevation string   `json:"elevation"`
	Text      string   `json:"text"` // one line, no token and no link that decides anything
}

// Event is for systems. It tells what happened and moves nothing. EventBridge gives each put an id of its own: an event
// that was put twice is known by its detail.
type Event struct {
	DetailType string    `json:"detail_type"` // "Elevation State Change"
	At         time.Time `json:"at"`
	Detail     Changed   `json:"detail"`
}

// Changed is what an elevation's event says.
type Changed struct {
	Elevation   string `json:"elevation"`
	Version     int64  `json:"version"` // with the elevation the same when the event is put twice, and higher the later
	State       State  `json:"state"`
	Cause       Cause  `json:"cause,omitempty"`
	Principal   string `json:"principal"`
	Entitlement string `json:"entitlement"`
	Requester   string `json:"requester"`
	Deadline    string `json:"deadline,omitempty"`
}

// Decider is the catalog: what there is to ask for, and the policies.
type Decider interface {
	// Entitlement gives an entitlement of the catalog of this hash; of the newest if catalog is empty. NotFound: there is
	// no such entitlement, or that catalog is not packed with this function.
	Entitlement(ctx context.Context, catalog, name string) (Entitlement, error)
	// Entitlements gives all of the newest catalog, in order of name.
	Entitlements(ctx context.Context) ([]Entitlement, error)
	// Groups gives the groups that the newest catalog puts a machine in.
	Groups(ctx context.Context, arn string) ([]string, error)
	// Machines gives the machines that the newest catalog names.
	Machines(ctx context.Context) ([]CatalogMachine, error)
	// Decide asks policy, always the newest. An error is a denial to whoever grants.
	Decide(ctx context.Context, q Question) (Verdict, error)
}

// CatalogMachine is a machine as a catalog names it.
type CatalogMachine struct {
	Name      string // as the catalog calls it
	Principal string // ARN; * and ? match within one part of it
}

// Question is what policy is asked.
type Question struct {
	Action      PolicyAction
	Caller      identity.Caller
	Entitlement Entitlement
	Terms       Terms
	At          time.Time
}

// PolicyAction is one of the four actions that policy knows.
type PolicyAction string

// The actions.
const (
	ActRequest    PolicyAction = "request"
	ActApprove    PolicyAction = "approve"
	ActBreakGlass PolicyAction = "breakGlass"
	ActRead       PolicyAction = "read"
)

// Verdict is policy's answer.
type Verdict struct {
	Allow bool
	By    []string // the ids of the policies that made it; empty for a denial by default
}
