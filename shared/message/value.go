package message

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Bounds are in characters.
const (
	maxName  = 300
	maxWords = fault.MaxReason
	maxList  = 20 // values
)

var isPlain = fault.Pattern(`^[A-Za-z0-9_.:/@+=*|-]+$`)

func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// name writes a plain value as it is, and others as words does.
func name(s string) string {
	s = cut(s, maxName)
	if isPlain().MatchString(s) {
		return s
	}
	return words(s)
}

// words writes a value between quotation marks. What a reader would not see is escaped.
func words(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(cut(s, maxWords))
	return `"` + fault.Escaped(s) + `"`
}

var isLink = fault.Pattern(`^https?://[A-Za-z0-9._~:/%-]+/#/elevations/[a-z0-9]+$`)

func link(s string) string {
	if isLink().MatchString(s) {
		return s
	}
	return words(s)
}

// isSafe are characters of sentences that package difference writes.
var isSafe = fault.Pattern(`^[A-Za-z0-9 _.:,/@+=*|()'-]+$`)

// safe writes a sentence of Curfew's as it is, and anything else as words does.
func safe(s string) string {
	if s = cut(s, maxWords); isSafe().MatchString(s) {
		return s
	}
	return words(s)
}

// names lists values; each is written as name does.
func names(all []string) string {
	var out []string
	for i, s := range all {
		if i == maxList {
			out = append(out, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		out = append(out, name(s))
	}
	return strings.Join(out, ", ")
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (p Party) text() string {
	return name(cmp.Or(p.Name, identity.Subject(p.ID), p.ID))
}

func (t Task) text() string {
	known := "unverified"
	if t.Known {
		known = "known to its service"
	}
	return name(t.Kind+"/"+t.ID) + " (" + known + ")"
}

func (s Session) text() string {
	out := "none: every session of the principal may use it"
	if s.Bind != "none" {
		out = name(s.Bind) + " " + name(s.Value)
	}
	if s.Weak {
		out += " (weak: the trust policy does not pin it)"
	}
	return out
}
