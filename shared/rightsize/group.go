package rightsize

import (
	"slices"
	"strings"
)

// entry is one pattern of an Allow, and the actions of it that stay.
type entry struct {
	pattern string
	known   []string // the actions of the pattern; empty: package iamdata lacks them
	kept    []string // sorted
	asIs    bool     // the pattern stays as it is written
	joins   bool     // wildcards of the form service:Prefix* are a part of the pattern
	not     []string
	cut     []*group // made when it is needed
}

func (e *entry) texts() []string {
	switch {
	case e.asIs:
		return []string{e.pattern}
	case e.cut == nil: // it fits by name
		return e.kept
	}
	return e.grouped()
}

// level says how the kept actions of a service are written.
type level int

const (
	named    level = iota // each by its name
	joined                // service:Prefix* where all known actions with the prefix are kept
	prefixed              // service:Verb*, which may have others
	whole                 // service:*
)

// group are the kept actions of one service, and each way to write them.
type group struct {
	kept, known []string
	at          level
	forms       [whole + 1]*form
}

// form is one way: its strings, their characters, and how many known actions it allows that are not kept.
type form struct {
	texts        []string
	length, more int
}

func (e *entry) groups() []*group {
	if e.cut != nil || len(e.kept) == 0 {
		return e.cut
	}
	of := map[string]*group{}
	for _, action := range e.kept {
		service, _, _ := strings.Cut(action, ":")
		if of[service] == nil {
			of[service] = &group{}
			e.cut = append(e.cut, of[service])
		}
		of[service].kept = append(of[service].kept, action)
	}
	for _, action := range e.known {
		service, _, _ := strings.Cut(action, ":")
		if g := of[service]; g != nil {
			g.known = append(g.known, action)
		}
	}
	return e.cut
}

func (e *entry) grouped() (all []string) {
	for _, g := range e.groups() {
		all = append(all, e.form(g, g.at).texts...)
	}
	return all
}

func (e *entry) form(g *group, at level) *form {
	if g.forms[at] != nil {
		return g.forms[at]
	}
	f := &form{texts: e.write(g, at)}
	for _, text := range f.texts {
		f.length += len(text) + len(`"",`)
	}
	kept := map[string]bool{}
	for _, action := range g.kept {
		kept[action] = true
	}
	for _, action := range g.known {
		covered := func(text string) bool {
			head, star := strings.CutSuffix(text, "*")
			return star && strings.HasPrefix(action, head)
		}
		if !kept[action] && slices.ContainsFunc(f.texts, covered) {
			f.more++
		}
	}
	g.forms[at] = f
	return f
}

func (e *entry) write(g *group, at level) []string {
	service, _, _ := strings.Cut(g.kept[0], ":")
	switch at {
	case whole:
		if pattern := service + ":*"; e.allows(pattern) {
			return []string{pattern}
		}
		return e.write(g, prefixed)
	case prefixed:
		return e.join(g.kept, func(prefix string) bool { return !strings.HasSuffix(prefix, ":") })
	case joined:
		return e.join(g.kept, func(prefix string) bool {
			return !slices.ContainsFunc(g.known, func(action string) bool { return strings.HasPrefix(action, prefix) && !slices.Contains(g.kept, action) })
		})
	}
	return g.kept
}

// join writes PREFIX* for actions with a prefix of whole words, the shortest that may be joined.
func (e *entry) join(kept []string, may func(prefix string) bool) (all []string) {
	for len(kept) > 0 {
		n, text := 1, kept[0]
		for _, prefix := range prefixes(kept[0]) {
			same := 0
			for same < len(kept) && strings.HasPrefix(kept[same], prefix) {
				same++
			}
			if same > 1 && may(prefix) && e.allows(prefix+"*") {
				n, text = same, prefix+"*"
				break
			}
		}
		all, kept = append(all, text), kept[n:]
	}
	return all
}

// prefixes of an action end where a word ends, the shortest first: "s3:", "s3:Get", "s3:GetObject".
func prefixes(action string) (all []string) {
	at := strings.IndexByte(action, ':') + 1
	for i := at; i < len(action); i++ {
		if i == at || action[i] >= 'A' && action[i] <= 'Z' && action[i-1] > 'Z' {
			all = append(all, action[:i])
		}
	}
	return append(all, action)
}

// allows reports whether a wildcard is a part of the entry's pattern, whatever actions AWS adds.
func (e *entry) allows(pattern string) bool {
	head := strings.ToLower(strings.TrimSuffix(pattern, "*"))
	if !e.joins || !strings.HasPrefix(head, strings.ToLower(strings.TrimSuffix(e.pattern, "*"))) {
		return false
	}
	return !slices.ContainsFunc(e.not, func(not string) bool {
		not = strings.ToLower(not)
		if at := strings.IndexAny(not, "*?"); at >= 0 {
			not = not[:at]
		}
		return strings.HasPrefix(not, head) || strings.HasPrefix(head, not)
	})
}
