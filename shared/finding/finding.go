// Package finding stores findings and pages people about them. Functions raise findings in finding#; only people close them,
// in closing#, which only function api writes.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// Kind belongs to the package that detects it.
type Kind struct {
	Name string
	// PageInterval is the shortest time between pages.
	PageInterval time.Duration
	Severity     Severity
	Why, Do      string // for people: why it matters, what to do now
	Settled      bool   // it asks for nothing: it is closed from the beginning, and does not page
}

const Daily = 24 * time.Hour

// Severity is one of OCSF's.
type Severity string

const (
	Informational Severity = "informational"
	Low           Severity = "low"
	Medium        Severity = "medium"
	High          Severity = "high"
	Critical      Severity = "critical"
)

// Severities returns all, the lowest first.
func Severities() []Severity { return []Severity{Informational, Low, Medium, High, Critical} }

// Occurrence is one time that something was found. Occurrences of one kind and subject are one finding.
type Occurrence struct {
	Subject string // elevation id, or principal and policy name
	What    string // one line for people
	// Elevation, Principal (ARN) and Account are empty if not known. The account of a principal may be left out.
	Elevation, Principal, Account string
	Events                        []string // ids of the events that made it
	Form                          string   // what kind of event it was, as "iam PutRolePolicy"; empty: not known
	Detail                        any      // for the evidence
}

// mostEvents limits the event ids that a finding keeps for people, mostKnown those that it knows again. Of a larger storm
// it notes an occurrence each stormEvery.
const (
	mostEvents = 20
	mostKnown  = 500
	stormEvery = time.Hour
	mostForms  = 10 // that page an acknowledged finding
)

// Finding is unique for its kind and subject.
type Finding struct {
	ID         string        `json:"id"`
	Version    int64         `json:"version"`
	Kind       string        `json:"kind"`
	Severity   Severity      `json:"severity"`
	Subject    string        `json:"subject"`
	What       string        `json:"what"` // of the last occurrence
	Why        string        `json:"why"`
	Do         string        `json:"do"`
	Elevation  string        `json:"elevation,omitempty"`
	Principal  string        `json:"principal,omitempty"` // ARN
	Account    string        `json:"account,omitempty"`
	Events     []string      `json:"events,omitempty"` // ids of the first 20
	EventCount int64         `json:"event_count,omitempty"`
	Known      []byte        `json:"known,omitempty"` // 8 bytes of the hash of each event
	Settled    bool          `json:"settled,omitempty"`
	Forms      []string      `json:"forms,omitempty"` // the first 10 kinds of event
	Count      int64         `json:"count"`           // occurrences
	FirstAt    time.Time     `json:"first_at"`
	LastAt     time.Time     `json:"last_at"`
	PagedAt    time.Time     `json:"paged_at"` // the last page
	Evidence   evidence.Head `json:"evidence"`
}

// State is what people did about a finding.
type State string

const (
	Open         State = "open"
	Acknowledged State = "acknowledged" // a person has taken it on: it pages once a week, and at once for what is new
	Closed       State = "closed"
)

// States returns all states.
func States() []State { return []State{Open, Acknowledged, Closed} }

func id(kind Kind, subject string) string {
	sum := sha256.Sum256([]byte(kind.Name + "\n" + subject))
	return kind.Name + "-" + hex.EncodeToString(sum[:8])
}

func Key(kind Kind, subject string) record.Key { return KeyOf(id(kind, subject)) }

func KeyOf(id string) record.Key { return record.AccessKey(partition+id, sortKey) }

const partition, sortKey = "finding#", "finding"

// IDOf returns the id in a key of [KeyOf].
func IDOf(k record.Key) string { return strings.TrimPrefix(k.Partition, partition) }

func Is(k record.Key) bool { return k.Table == record.AccessTable && k.Sort == sortKey }

// Indexed is the partition of [record.ByState] with the findings of a state, in order of the last occurrence.
func (s State) Indexed() string {
	if s == Closed {
		return "finding-closed"
	}
	return "finding-open"
}

func (f Finding) place(s State) map[record.Index]record.Place {
	all := map[record.Index]record.Place{record.ByState: {Partition: s.Indexed(), Sort: f.LastAt.Format(time.RFC3339) + "#" + f.ID}}
	if f.Elevation != "" {
		all[record.ByPrincipal] = record.Place{Partition: About(f.Elevation), Sort: f.ID}
	}
	return all
}

// About is the partition of [record.ByPrincipal] with the findings about an elevation.
func About(elevation string) string { return partition + elevation }
