package access

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/evidence"
)

// Every port: a method that fails returns an error with a [Kind] where the kind is known. Transient means that the call
// may also have taken effect. No method waits longer than its context.

// Store keeps rows in two tables. It knows nothing of elevations: what a row means is written in rows.go. A row that was
// read may be another reader's too: nobody writes into its Body or its Index.
type Store interface {
	// Read gives the rows of up to 100 keys as they stand now (strongly consistent). A key without a row is absent from
	// the result; that is not an error.
	Read(ctx context.Context, keys ...Key) (Rows, error)
	// Partition gives all rows of a partition whose sort key begins with prefix, in order of the sort key, as they stand
	// now (strongly consistent). None is not an error.
	Partition(ctx context.Context, table Table, partition, prefix string) ([]Row, error)
	// Write makes all of up to 100 changes, or none. Conflict: a condition did not hold (nothing was written, and the text
	// names the first such key). Transient: it may or may not have been written. Invalid: two changes of one key, none at
	// all, or too many.
	//
	// A Write that is repeated because its answer was lost meets its own conditions: a caller that gets Conflict after
	// Transient reads again to see whether it was he.
	Write(ctx context.Context, changes ...Change) error
	// List gives keys by an index, which may lag behind (eventually consistent): it never decides anything, and each row
	// is read again by its key.
	List(ctx context.Context, q Query) (Page, error)
}

// Table is one of the two tables.
type Table string

// The tables.
const (
	AccessTable Table = "access"
	AuditTable  Table = "audit" // evidence: rows are added, never changed or removed
)

// Key is where a row lies.
type Key struct {
	Table           Table
	Partition, Sort string
}

// Row is one item of a table.
type Row struct {
	Key Key
	// Version is 1 or more in every row; Change compares it.
	Version int64
	// Body is a JSON object. The store keeps its meaning, not its bytes: white space and the order of members may change.
	// A JSON string survives exactly.
	Body json.RawMessage
	// Index places the row in indexes; an index that is not named does not have it.
	Index map[Index]Place
	// Expires is when the row may be removed by TTL: not before it, and possibly days after it. Zero: never.
	Expires time.Time

	reading *reading // nil unless the row is [Row.Kept]
}

// Rows are rows by key.
type Rows map[Key]Row

// Index names an index.
type Index string

// The indexes of the access table.
const (
	ByState     Index = "state"     // partition: the state; sort: the id
	ByPrincipal Index = "principal" // partition: the ARN; sort: the id
	ByRequester Index = "requester" // partition: the caller's id; sort: the id
	ByDue       Index = "due"       // partition: "due" or, for a request, "waiting"; sort: when the sweep looks at it, and the id
)

// Place is where a row lies in an index.
type Place struct{ Partition, Sort string }

// Condition is what must be so for a change to be made.
type Condition int

// The conditions. Two suffice: what was never there, and what is still as it was read.
const (
	Always    Condition = iota
	Absent              // there is no row of this key
	Unchanged           // there is one, and its version is Change.Version
)

// Change is one part of a transaction: the row is put or deleted, or only looked at, if the condition holds.
type Change struct {
	If      Condition
	Version int64 // for Unchanged: the version that was read
	Do      Action
	Row     Row // for Delete and Check only the key counts
}

// Action is what a change does.
type Action int

// The actions.
const (
	Put Action = iota
	Delete
	Check
)

// Query asks an index.
type Query struct {
	Index     Index
	Partition string
	UpTo      string // only sort keys that are not above it; empty: all
	Newest    bool   // in falling order of the sort key; else rising
	Limit     int    // at most so many; 1 to 200
	After     string // go on after this sort key; empty: from the start
}

// Page is one page of an answer.
type Page struct {
	Keys []Key
	Next string // pass as After to go on; empty: there is no more
}

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
	Caller      Caller
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
