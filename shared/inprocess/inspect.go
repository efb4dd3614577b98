package inprocess

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// OtherPolicies returns, by ARN, all of a principal that is not a grant of this installation. Tests prove with it that
// Curfew changed nothing else.
func (w *IAM) OtherPolicies(name string) map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, a := range w.accounts {
		for _, t := range a.principals {
			if p := t.now(); p != nil {
				out[p.arn] = p.otherPolicies(name)
			}
		}
	}
	return out
}

func (p *principal) otherPolicies(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n%v\n%v\n", p.id, p.boundary, p.trust, p.tags, p.groups)
	for _, n := range slices.Sorted(maps.Keys(p.inline)) {
		if !strings.HasPrefix(n, name+"-") {
			fmt.Fprintln(&b, n, p.inline[n].text)
		}
	}
	for _, arn := range p.attached {
		if !strings.Contains(arn, ":policy/"+name+"/") {
			fmt.Fprintln(&b, arn)
		}
	}
	return b.String()
}

// AccountsOf returns the ids of the accounts, sorted.
func AccountsOf(w *IAM) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Sorted(maps.Keys(w.accounts))
	return slices.DeleteFunc(all, func(id string) bool { return id == "aws" })
}

// UniqueID returns the unique id of a principal; empty if the ARN is unknown.
func (w *IAM) UniqueID(arn string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.find(arn); t != nil {
		if p := t.now(); p != nil && p.arn == arn {
			return p.id
		}
	}
	return ""
}

// Marked returns the ARNs of the principals that the installation may elevate.
func (c *Cloud) Marked() (arns []string) {
	w := c.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.inOrder("") {
		if p := t.now(); p != nil && c.hasTag(p) {
			arns = append(arns, p.arn)
		}
	}
	return arns
}

// Policies returns what IAM enforces for a principal now: its policies, those of its groups, and its boundary. Callers must not change
// them. False: there is no such principal.
func (w *IAM) Policies(arn string) (iampolicy.Policies, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.find(arn)
	if t == nil {
		return iampolicy.Policies{}, false
	}
	v, ok := t.versionAt(w.settings.Now(), 0)
	if !ok || v.principal.arn != arn {
		return iampolicy.Policies{}, false
	}
	return v.policies, true
}
