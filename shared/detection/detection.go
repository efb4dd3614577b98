package detection

import (
	"encoding/json"
	"time"

	"curfew/shared/finding"
)

// Detection is one file of the catalog. At most one of the kinds with a state is set.
type Detection struct {
	Name     string           `json:"name"`
	About    string           `json:"about"`
	Pattern  json.RawMessage  `json:"pattern"`
	When     string           `json:"when,omitempty"` // a Cedar expression; empty: every event that the pattern matches
	Severity finding.Severity `json:"severity"`
	Why      string           `json:"why"`
	Do       string           `json:"do"`
	Allow    []Allow          `json:"allow,omitempty"`
	DryRun   bool             `json:"dry_run,omitempty"`
	Answer   Answer           `json:"answer,omitempty"`

	Burst   *Burst   `json:"burst,omitempty"`
	First   *First   `json:"first,omitempty"`
	Volume  *Volume  `json:"volume,omitempty"`
	Silence *Silence `json:"silence,omitempty"`
	Dormant *Dormant `json:"dormant,omitempty"`
}

// Answer is what Curfew does besides raising a finding; empty: nothing.
type Answer string

// AnswerEnd ends the elevation that the call is attributed to. It follows only calls that were allowed.
const AnswerEnd Answer = "end"

// Answers returns all answers.
func Answers() []string { return []string{string(AnswerEnd)} }

// Allow excepts events until an instant. All fields that are set must fit.
type Allow struct {
	Principal string    `json:"principal,omitempty"` // unique id, "AROA…" or "AIDA…"
	Account   string    `json:"account,omitempty"`   // whose trail has the record
	Elevation string    `json:"elevation,omitempty"`
	Owner     string    `json:"owner"` // "group:<name>"
	Until     time.Time `json:"until"`
}

// By is what a kind with a state counts for.
type By string

// The values of By.
const (
	BySession   By = "session" // of a principal without sessions, the principal
	ByPrincipal By = "principal"
	ByAccount   By = "account"
	ByElevation By = "elevation"
)

// ValueElevation is the value of Of that means the id of the elevation. Other values are paths, like "detail.eventName".
const ValueElevation = "elevation"

// Burst hits at so many events, or so many distinct values, within a time.
type Burst struct {
	Events   int           `json:"events,omitempty"`
	Distinct int           `json:"distinct,omitempty"`
	Of       string        `json:"of,omitempty"` // of Distinct
	Within   time.Duration `json:"within"`
	By       By            `json:"by"`
}

// First hits at a value that was not seen for a time. The first value of all is the baseline and does not hit.
type First struct {
	Of  string        `json:"of"`
	For time.Duration `json:"for"`
	By  By            `json:"by"`
}

// Volume hits at Times the highest count of the days before, or of Floor if that is higher.
type Volume struct {
	Floor  int           `json:"floor"`
	Times  int           `json:"times"`
	Within time.Duration `json:"within"`
	By     By            `json:"by"`
}

// Silence hits if no event matches for a time; by elevation, if no event of the elevation ever matched by then.
type Silence struct {
	For time.Duration `json:"for"`
	By  By            `json:"by"`
}

// Dormant hits at the first event after a time without any.
type Dormant struct {
	For time.Duration `json:"for"`
	By  By            `json:"by"`
}
