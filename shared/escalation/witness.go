package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// Resources of other services are not in the input. A caller who makes one chooses its name, and one that exists may have any. So a call
// is possible if some resource of its type, in the account of the caller, makes it so: a witness.

// stepper finds single steps.
type stepper struct{ *world }

// requirement is a type of resource, with the calls of a step that are about the same one.
type requirement struct {
	formats []string // any of them; "*" for none
	actions []string
	more    iampolicy.Context
}

func requirements(needs []need) (all []requirement) {
	for _, n := range needs {
		for _, formats := range n.formats() {
			i := slices.IndexFunc(all, func(r requirement) bool { return slices.Equal(r.formats, formats) })
			if i < 0 {
				i = len(all)
				all = append(all, requirement{formats: formats})
			}
			all[i].actions = append(all[i].actions, n.action)
		}
	}
	return all
}

// formats are the types that an action requires; if it requires no certain one, any of its types.
func (n need) formats() (all [][]string) {
	service, name, _ := strings.Cut(n.action, ":")
	a, _ := iamdata.Lookup(service, name)
	var either []string
	for _, r := range a.Resources {
		either = append(either, r.ARNs...)
		if slices.Contains(n.types, r.Name) || len(n.types) == 0 && r.Required {
			all = append(all, r.ARNs)
		}
	}
	switch {
	case len(all) > 0:
		return all
	case len(either) == 0:
		return [][]string{{"*"}}
	}
	return [][]string{append(either, "*")}
}

// possible is whether a node may make all calls of a row.
func (w *stepper) possible(n *node, all []requirement) verdict {
	v := verdict{answer: iampolicy.Yes}
	for _, r := range all {
		if v = v.and(w.witness(n, r)); v.answer == iampolicy.No {
			break
		}
	}
	return v
}

const maxWitnesses = 200

// witness looks for a resource that one of the formats has and on which all the calls are allowed.
func (w *stepper) witness(n *node, r requirement) (best verdict) {
	tried := map[string]bool{}
	for _, format := range r.formats {
		for _, arn := range append([]string{n.fill(format)}, w.examples(n, format, r.actions)...) {
			if tried[arn] || len(tried) > maxWitnesses {
				continue
			}
			tried[arn] = true
			v := verdict{answer: iampolicy.Yes}
			for _, action := range r.actions {
				if v = v.and(w.allows(n, action, on{arn: arn, keys: iampolicy.Context{"aws:ResourceAccount": {n.Account}}, more: r.more})); v.answer == iampolicy.No {
					break
				}
			}
			if best = best.or(v); best.answer == iampolicy.Yes {
				return best
			}
		}
	}
	return best
}

// example is the part of a name that a witness makes up.
const example = "curfew"

func (n *node) fill(format string) string {
	partition, _, _ := strings.Cut(strings.TrimPrefix(n.ARN, "arn:"), ":")
	format = strings.NewReplacer("${Partition}", partition, "${Region}", "us-east-1", "${Account}", n.Account).Replace(format)
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(example)
		_, format, _ = strings.Cut(rest, "}")
	}
}

// examples are ARNs of a format that the Allows of a node name.
func (w *stepper) examples(n *node, format string, actions []string) (all []string) {
	for _, action := range actions {
		for _, named := range w.view(n, action).Identity {
			for _, s := range named.Document.Statements {
				if s.Effect != iampolicy.Allow || !s.Covers(action) {
					continue
				}
				for _, pattern := range s.Resources {
					if arn := n.example(pattern, format); arn != "" && len(all) < maxWitnesses {
						all = append(all, arn)
					}
				}
			}
		}
	}
	return all
}

// example makes an ARN of a pattern and a format that both have, as far as that is simple; empty: none.
func (n *node) example(pattern, format string) string {
	if pattern == "*" || format == "*" {
		return ""
	}
	filled := strings.SplitN(n.fill(format), ":", 6)
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 || len(filled) < 6 {
		return ""
	}
	for i := range 5 {
		if strings.ContainsAny(parts[i], "*?$") || parts[i] == "" && filled[i] == "" {
			parts[i] = filled[i]
		}
	}
	// A document of Systems Manager that AWS owns has no account.
	if parts[2] != filled[2] || parts[4] != n.Account && parts[4] != "" && parts[4] != filled[4] {
		return ""
	}
	if parts[2] == "ssm" && harmless(parts[5]) {
		return ""
	}
	prefix, _, _ := strings.Cut(strings.SplitN(format, ":", 6)[5], "${")
	begin := parts[5]
	if i := strings.IndexAny(begin, "*?$"); i >= 0 {
		begin = begin[:i]
	}
	switch {
	case strings.HasPrefix(begin, prefix):
		parts[5] = n.made(parts[5])
	case strings.HasPrefix(prefix, begin) && begin != parts[5]: // the wildcard begins before the name
		parts[5] = filled[5]
	default:
		return ""
	}
	return strings.Join(parts, ":")
}

// harmless reports whether a document of Systems Manager is one of AWS that runs no code of the caller.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html
func harmless(resource string) bool {
	document, ok := strings.CutPrefix(resource, "document/AWS")
	return ok && !strings.ContainsAny(document, "*?$") && !slices.Contains([]string{"-RunShellScript", "-RunPowerShellScript", "-RunRemoteScript", "-RunDocument",
		"-RunAnsiblePlaybook", "-ApplyAnsiblePlaybooks", "-ApplyChefRecipes", "-ApplyDSCMofs", "-RunSaltState", "-InstallApplication", "-InstallPowerShellModule",
		"-ConfigureAWSPackage", "-ConfigureDocker", "-StartInteractiveCommand", "-StartNonInteractiveCommand", "-StartSSHSession", "-StartPortForwardingSession"}, document)
}

func (n *node) made(pattern string) string {
	pattern = strings.NewReplacer("${aws:username}", n.Name, "${aws:userid}", n.ID+":"+example, "${aws:PrincipalAccount}", n.Account).Replace(pattern)
	for {
		before, rest, ok := strings.Cut(pattern, "${")
		_, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			break
		}
		pattern = before + example + after
	}
	return strings.NewReplacer("*", example, "?", "x").Replace(pattern)
}
