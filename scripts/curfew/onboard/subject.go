package onboard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
)

// Settings are those of the installation.
type Settings struct {
	Name string // of the installation, as "curfew"
	// Boundaries are the accepted permissions boundaries: ARNs, or names with their path in the subject's account.
	// Empty: <name>-boundary.
	Boundaries []string
}

// acceptedBoundaries returns the ARNs of the accepted boundaries in an account.
func (s Settings) acceptedBoundaries(account string) []string {
	names := s.Boundaries
	if len(names) == 0 {
		names = []string{s.Name + "-boundary"}
	}
	var all []string
	for _, name := range names {
		if !strings.HasPrefix(name, "arn:") {
			name = "arn:aws:iam::" + account + ":policy/" + strings.TrimPrefix(name, "/")
		}
		all = append(all, name)
	}
	return all
}

// Marks reports whether the tags of a principal say that the installation may elevate it.
func (s Settings) Marks(tags map[string]string) bool { return access.Marked(tags, s.Name) }

// tag marks a principal as one that the installation may elevate; its value is "true".
func (s Settings) tag() string { return access.MarkKey(s.Name) }

// Subject is a role or user as it is today.
type Subject struct {
	ARN, ID  string
	Tags     map[string]string
	Boundary string // ARN; "" if there is none
	Trust    string // trust policy of a role
	// Identity are its policies, with those of its groups. Unread says which could not be parsed.
	Identity []iampolicy.Named
	Unread   []string
	// Policies are the documents of its boundary and of the accepted ones, by ARN. Missing ones are left out.
	Policies map[string]*iampolicy.Document
	Room     Room
}

// Room is what the quotas leave for grants.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type Room struct {
	Inline        int  `json:"inline"` // characters
	InlineQuota   int  `json:"inline_quota"`
	Attached      int  `json:"attached"` // managed policies
	AttachedQuota int  `json:"attached_quota"`
	Assumed       bool `json:"assumed"` // the default quotas, not read from the account
}

// defaultRoom returns the default quotas, unused.
func defaultRoom(user bool) Room {
	r := Room{InlineQuota: 10240, AttachedQuota: 10, Assumed: true}
	if user {
		r.InlineQuota = 2048
	}
	r.Inline, r.Attached = r.InlineQuota, r.AttachedQuota
	return r
}

// ErrMissing: there is no such role or user.
var ErrMissing = errors.New("there is no such role or user")

// name is a parsed ARN of IAM, or a bare name.
type name struct {
	account string // "" of a bare name
	kind    string // "role", "user"; "" of a bare name: either
	path    string // begins and ends with a slash
	name    string
}

// parseName parses an ARN of a role or user, or a name.
func parseName(text string) (name, error) {
	f := strings.SplitN(text, ":", 6)
	if len(f) == 1 && text != "" && !strings.ContainsAny(text, "/ ") {
		return name{name: text}, nil
	}
	if len(f) != 6 || f[0] != "arn" || f[2] != "iam" || f[4] == "" {
		return name{}, fmt.Errorf("%q is neither an ARN nor a name of a role or user", text)
	}
	kind, rest, _ := strings.Cut(f[5], "/")
	at := strings.LastIndexByte(rest, '/') + 1
	if kind != "role" && kind != "user" || rest[at:] == "" {
		return name{}, fmt.Errorf("%q is not an ARN of a role or user", text)
	}
	return name{account: f[4], kind: kind, path: "/" + rest[:at], name: rest[at:]}, nil
}

// matches reports whether the ARN is the named principal. IAM ignores the case of names.
func (n name) matches(arn string) bool {
	other, err := parseName(arn)
	if err != nil || !strings.EqualFold(n.name, other.name) {
		return false
	}
	return n.account == "" || n.account == other.account && n.kind == other.kind && n.path == other.path
}

// protected says why only AWS may change it; "" if you may.
func (n name) protected() string {
	switch {
	case strings.HasPrefix(n.path, "/aws-service-role/"):
		return "it is a service-linked role: only its service changes it"
	case strings.HasPrefix(n.name, "AWSReservedSSO_"):
		return "it is a role of IAM Identity Center: only AWS changes it; elevate a role that its people assume"
	case strings.HasPrefix(n.path, "/aws-reserved/"):
		return "it is reserved for AWS"
	}
	return ""
}

// add adds one policy. If it cannot be parsed, Unread says that the result is incomplete.
func (s *Subject) add(name, document string) {
	d, err := iampolicy.Parse([]byte(document))
	if err != nil {
		s.Unread = append(s.Unread, fmt.Sprintf("policy %s cannot be parsed: %v", name, err))
		return
	}
	s.Identity = append(s.Identity, iampolicy.Named{Name: name, Document: d})
}

// keepBoundary stores the document of a boundary.
func (s *Subject) keepBoundary(arn, document string) {
	d, err := iampolicy.Parse([]byte(document))
	if err != nil {
		s.Unread = append(s.Unread, fmt.Sprintf("boundary %s cannot be parsed: %v", arn, err))
		return
	}
	if s.Policies == nil {
		s.Policies = map[string]*iampolicy.Document{}
	}
	s.Policies[arn] = d
}

// boundaries returns the ARNs of all boundaries to read.
func (s *Subject) boundaries(accepted []string) []string {
	all := slices.Clone(accepted)
	if s.Boundary != "" && !slices.Contains(all, s.Boundary) {
		all = append(all, s.Boundary)
	}
	return all
}
