package difference

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/iampolicy"
)

// Today is what a principal has without the grant.
type Today struct {
	Policies iampolicy.Policies // its own, and its boundary
	SeenAt   time.Time          // when a survey confirmed them last; zero: not known
	Unknown  string             // why they are not known: then nothing is read of Policies
}

// Grant is what is to be granted.
type Grant struct {
	Policies []*iampolicy.Document // compiled: the conditions of a fence are not shown
	For      time.Duration
	Unbound  bool // every session of the principal has it
}

// Difference is what a grant adds. It is the same for the same policies.
type Difference struct {
	Actions int      `json:"actions"` // that it adds, on some resource
	Adds    []string `json:"adds"`    // at most 12 lines, with what AWS would refuse
	Risky   []Risky  `json:"risky"`   // by kind, the worst first
	Refused int      `json:"refused"` // actions that the boundary or a Deny refuses as before
	Risk    int      `json:"risk"`    // 1 to 10
	Reasons []string `json:"reasons"` // of the risk
	Unknown string   `json:"unknown,omitempty"`
	// All is the SHA-256 of every action with its resources and conditions: Adds is shorter.
	All string `json:"all"`

	SeenAt time.Time `json:"-"` // of today's policies
}

// Nothing reports whether it certainly adds nothing.
func (d Difference) Nothing() bool { return d.Actions == 0 }

// Lines are Adds, and a line for each kind of risky actions.
func (d Difference) Lines() []string {
	lines := slices.Clone(d.Adds)
	for _, r := range d.Risky {
		lines = append(lines, r.String())
	}
	return lines
}

// Line is the difference in one line: "adds 14 actions, risk 7: code, data out".
func (d Difference) Line() string {
	if d.Nothing() {
		return "adds nothing new, risk 1"
	}
	var kinds []string
	for _, r := range d.Risky {
		kinds = append(kinds, string(r.Kind))
	}
	line := "adds " + counted(d.Actions, "action", "actions") + ", risk " + itoa(d.Risk)
	if len(kinds) > 0 {
		line += ": " + strings.Join(kinds, ", ")
	}
	if d.Unknown != "" {
		line += " (what it has today is not known)"
	}
	return line
}

// Document returns the canonical JSON form, without the instant of the survey.
func (d Difference) Document() []byte {
	b, err := evidence.Canonical(d)
	if err != nil { // no value of it fails
		return nil
	}
	return b
}

// Hash is the SHA-256 of Document.
func (d Difference) Hash() string {
	sum := sha256.Sum256(d.Document())
	return hex.EncodeToString(sum[:])
}
