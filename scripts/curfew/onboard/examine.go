package onboard

import (
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
)

// Report is what was found, and what is left to do.
type Report struct {
	ARN       string   `json:"principal"`
	ID        string   `json:"id"`
	Protected string   `json:"protected,omitempty"` // why only AWS may change it
	Tag       string   `json:"tag"`
	Managed   bool     `json:"managed"` // it has the tag
	Boundary  string   `json:"boundary,omitempty"`
	Accepted  []string `json:"accepted"` // boundaries
	Bounded   bool     `json:"bounded"`  // it has one of them
	Room      Room     `json:"room"`
	Session   Session  `json:"session"`
	// Losses are what the boundary takes from what is allowed without it. Unknown says why they could not be computed.
	Losses  []Loss   `json:"losses"`
	Unknown string   `json:"unknown,omitempty"`
	Untried []string `json:"untried"`  // what was not compared
	Do      []string `json:"commands"` // commands that are left to do, in this order
}

// Examine makes the report. It is a pure function.
func Examine(s Subject, set Settings) (Report, error) {
	n, err := parseName(s.ARN)
	if err != nil {
		return Report{}, err
	}
	accepted := set.acceptedBoundaries(n.account)
	r := Report{
		ARN: s.ARN, ID: s.ID, Protected: n.protected(), Tag: set.tag(), Managed: access.Marked(s.Tags, set.Name), Boundary: s.Boundary,
		Accepted: accepted, Bounded: slices.Contains(accepted, s.Boundary), Room: s.Room, Session: session(s),
		Losses: []Loss{}, Untried: append([]string{}, s.Unread...), Do: []string{},
	}
	if r.Protected != "" {
		return r, nil
	}
	r.Do = r.commands(n)
	r.compare(s, n.account)
	if with := r.boundaryToCompare(); s.Policies[with] == nil {
		r.Do = append([]string{"# make the policy " + with + " first: the stack curfew-member makes the default boundary (infra/README.md)"}, r.Do...)
	}
	return r, nil
}

// boundaryToCompare is the boundary to compare with: the principal's own if it is accepted, else the first accepted
// one.
func (r *Report) boundaryToCompare() string {
	if r.Bounded {
		return r.Boundary
	}
	return r.Accepted[0]
}

// compare computes Losses, with the boundary of [Report.boundaryToCompare].
func (r *Report) compare(s Subject, account string) {
	with, until := r.boundaryToCompare(), (*iampolicy.Document)(nil)
	if !r.Bounded && r.Boundary != "" {
		until = s.Policies[r.Boundary]
		if until == nil {
			r.Unknown = "the boundary that it has, " + r.Boundary + ", cannot be read"
			return
		}
	}
	boundary := s.Policies[with]
	if boundary == nil {
		r.Unknown = "there is no policy " + with + ": deploy curfew-member to the account first, or name another with --boundary"
		return
	}
	found, untried := losses(s, account, until, boundary)
	r.Losses, r.Untried = append(r.Losses, found...), append(r.Untried, untried...)
}

// commands are what is left to do. The boundary comes before the tag: a tagged principal always has its boundary.
func (r *Report) commands(n name) []string {
	all := []string{}
	subject := "--" + n.kind + "-name " + quote(n.name)
	if !r.Bounded {
		all = append(all, "aws iam put-"+n.kind+"-permissions-boundary "+subject+" --permissions-boundary "+quote(r.Accepted[0]))
	}
	if !r.Managed {
		all = append(all, "aws iam tag-"+n.kind+" "+subject+" --tags "+quote("Key="+r.Tag+",Value=true"))
	}
	return all
}

// quote quotes a word for a shell. IAM's names need no quotes; the words of a file may be anything.
func quote(word string) string {
	if strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@:/-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
