package onboard

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/access"
)

// Session is what the trust policy says about session names. A grant can be bound to one session only if callers cannot
// choose its name.
type Session struct {
	// Name and SourceIdentity are the pinned values; "" if a statement leaves a choice, or a service makes them.
	Name           string `json:"session_name,omitempty"`
	SourceIdentity string `json:"source_identity,omitempty"`
	// Says names, for people, the statements that pin, or those that do not and why.
	Says string `json:"says"`
}

// session reads the trust policy with [access.Pins].
func session(s Subject) Session {
	if s.Trust == "" {
		return Session{Says: "a user has no sessions of its own: a grant is bound by its fence only"}
	}
	names, err := access.Pins(s.Trust, access.BindUserID)
	if err != nil {
		return Session{Says: fmt.Sprintf("the trust policy cannot be parsed: %v", err)}
	}
	sources, err := access.Pins(s.Trust, access.BindSourceIdentity)
	if err != nil {
		return Session{Says: fmt.Sprintf("the trust policy cannot be parsed: %v", err)}
	}
	if len(names) == 0 {
		return Session{Says: "no statement of the trust policy allows AssumeRole"}
	}
	name, source := read(names), read(sources)
	out := Session{Name: name.value, SourceIdentity: source.value}
	switch {
	case !name.pinned && !source.pinned:
		out.Says = "not pinned: " + name.says + ", so an entitlement must say binding: weak"
	case !name.pinned:
		out.Says = "source identity " + source.says + "; the session's name is not pinned: " + name.says
	case !source.pinned || source.value == "":
		out.Says = "session name " + name.says
	default:
		out.Says = "session name " + name.says + ", source identity " + source.says
	}
	return out
}

// reading sums up all statements for one key.
type reading struct {
	pinned bool
	value  string // with "or" between several; empty: services make it
	says   string
}

func read(pins []access.Pin) reading {
	var open, values, says []string
	for _, p := range pins {
		switch {
		case p.Open != "":
			open = append(open, p.Statement+" "+p.Open)
		case p.Value == "":
			says = append(says, "made by a service by "+p.Statement)
		default:
			says = append(says, "pinned to "+p.Value+" by "+p.Statement)
			if !slices.Contains(values, p.Value) {
				values = append(values, p.Value)
			}
		}
	}
	if len(open) > 0 {
		return reading{says: strings.Join(open, ", ")}
	}
	return reading{pinned: true, value: strings.Join(values, " or "), says: strings.Join(says, ", ")}
}
