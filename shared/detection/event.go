package detection

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/trail"
)

// Class is what the caller is to Curfew.
type Class string

// The classes.
const (
	Marked Class = "marked" // marked for Curfew
	Own    Class = "own"    // a role of Curfew
	IaC    Class = "iac"    // a writer that the catalog names
	Other  Class = "other"
)

// Origin says whether the principal called from the source address before.
type Origin string

// The origins. The zero value is unknown: no address, or no history.
const (
	OriginUnknown Origin = "unknown"
	OriginKnown   Origin = "known"
	OriginNew     Origin = "new"
)

// Binding says whether an elevation is bound to the session of the event.
type Binding string

// The bindings. [Event.OfOther] is bound to another session.
const (
	BoundHere Binding = "this"
	BoundNone Binding = "none" // to no session
)

// Elevation is the one that the event's session has or last had.
type Elevation struct {
	ID        string
	State     string // "active", "revoking", "ended", …
	TaskKind  string
	TaskKnown bool
	EndedAt   time.Time // zero: not ended
	Deadline  time.Time
	Binding   Binding
	// Approvers are names: in sessions, or as [trail.Who] has them.
	Approvers []string
}

// Event is one attributed CloudTrail record: what detections judge.
type Event struct {
	Record  *trail.Record
	Verdict trail.Verdict
	Who     trail.Who
	Class   Class
	// Elevation is nil if the session had none.
	Elevation *Elevation
	// OfOther is the id of the principal's active elevation that is bound to another session; empty: none.
	OfOther string
	Origin  Origin
	// OwnResource: the record touches a resource of the installation.
	OwnResource bool
	// Explained: a record explains the IAM write by a role of Curfew.
	Explained bool
}

// outside reports whether neither Curfew, nor a writer that the catalog names, nor AWS itself made the call.
func (e *Event) outside() bool {
	return e.Class != Own && e.Class != IaC && !e.Record.ByService()
}

// allowed reports whether the call succeeded. A failed login has no error code.
func (e *Event) allowed() bool {
	r := e.Record
	return (r.Error == "" || r.Error == "200") && !(r.Name == "ConsoleLogin" && strings.Contains(r.Response, `"Failure"`))
}

// id is unique for the event: two accounts' copies of one call are two events.
func (e *Event) id() string {
	if e.Record.ID == "" {
		return hash(e.Record.Text)
	}
	return e.Record.ID + "@" + e.Record.Account
}

// principal names the caller by its id, which it cannot choose.
func (e *Event) principal() string {
	d := &e.Record.Identity
	a := d.Actor()
	return cmp.Or(a.PrincipalID, a.ARN, d.PrincipalID, d.OnBehalfOf, d.InvokedBy, d.UserName, "unknown") + accountOf(d, e.Record)
}

func accountOf(d *trail.Identity, r *trail.Record) string {
	if d.PrincipalID != "" {
		return "" // ids are unique in all accounts
	}
	return "@" + r.Account
}

func (e *Event) subject(by By) string {
	switch by {
	case ByAccount:
		return e.Record.Account
	case ByElevation:
		if e.Elevation != nil {
			return e.Elevation.ID
		}
		return ""
	case BySession:
		if s := e.Record.Identity.Actor().Session; s.PrincipalID != "" {
			return s.String()
		}
	}
	return e.principal()
}

// detailType is that of a type of record.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
// The page says "Signin"; events have "Sign In".
func detailType(eventType string) string {
	switch eventType {
	case "AwsConsoleSignIn":
		return "AWS Console Sign In via CloudTrail"
	case "AwsConsoleAction":
		return "AWS Console Action via CloudTrail"
	case "AwsServiceEvent":
		return "AWS Service Event via CloudTrail"
	}
	return "AWS API Call via CloudTrail"
}

func busSource(eventSource string) string {
	name, _, _ := strings.Cut(eventSource, ".")
	return "aws." + name
}

func (e *Event) envelope() []byte {
	r := e.Record
	b := append(make([]byte, 0, len(r.Text)+200), `{"source":`...)
	b = append(appendText(b, busSource(r.Source)), `,"detail-type":`...)
	b = append(appendText(b, detailType(r.Type)), `,"account":`...)
	b = append(appendText(b, r.Account), `,"region":`...)
	b = append(appendText(b, r.Region), `,"detail":`...)
	return append(append(b, r.Text...), '}')
}

func appendText(b []byte, s string) []byte {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		text, err := json.Marshal(s)
		if err != nil { // impossible: a string
			return append(b, `""`...)
		}
		return append(b, text...)
	}
	return append(append(append(b, '"'), s...), '"')
}
