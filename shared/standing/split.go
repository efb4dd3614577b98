package standing

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// part is what becomes of one statement.
type part struct {
	kept, moved *iampolicy.Statement
	// dropped are unprivileged actions of a wildcard that nothing shows used, and that only the elevation still allows.
	dropped int
}

// splitter takes privilege out of statements.
type splitter struct {
	*looker
	limits set // the privileged actions that the principal really has
}

func (s *splitter) privileged(action string) bool {
	i, is := privileges().index[strings.ToLower(action)]
	return is && s.limits.has(i)
}

// split takes the privileged actions out of an Allow. A pattern that covers some moves as it is; of its other actions those stay that were
// used or whose use is not observable.
func (s *splitter) split(st iampolicy.Statement) part {
	if st.Effect != iampolicy.Allow {
		return part{kept: &st}
	}
	var out part
	var kept, moved []string
	for _, pattern := range positive(st) {
		covered := matching(pattern)
		if !slices.ContainsFunc(covered, s.privileged) {
			kept = append(kept, pattern)
			continue
		}
		moved = append(moved, pattern)
		service, _, _ := strings.Cut(pattern, ":")
		stay, dropped := s.stay(covered, len(st.NotActions) > 0 || strings.ContainsAny(service, "*?"))
		kept, out.dropped = append(kept, stay...), out.dropped+dropped
	}
	if len(moved) == 0 {
		return part{kept: &st}
	}
	out.moved, out.kept = withActions(st, moved), withActions(st, kept)
	return out
}

// positive are the patterns of a statement; those of a NotAction are made from services.
func positive(st iampolicy.Statement) []string {
	if len(st.NotActions) == 0 {
		return st.Actions
	}
	var all []string
	for _, service := range iamdata.Services() {
		var covered []string
		actions := iamdata.Actions(service)
		for _, a := range actions {
			if st.Covers(service + ":" + a.Name) {
				covered = append(covered, service+":"+a.Name)
			}
		}
		if len(covered) == len(actions) && len(actions) > 0 {
			covered = []string{service + ":*"}
		}
		all = append(all, covered...)
	}
	return all
}

func withActions(st iampolicy.Statement, actions []string) *iampolicy.Statement {
	if len(actions) == 0 {
		return nil
	}
	st.Sid, st.NotActions, st.Actions = "", nil, slices.Compact(slices.Sorted(slices.Values(actions)))
	return &st
}

// stay are the unprivileged actions that the principal keeps. Without knowledge of use, all of a named service stay; of a pattern for every
// service none do.
func (s *splitter) stay(covered []string, every bool) (stay []string, dropped int) {
	for _, action := range covered {
		switch {
		case s.privileged(action):
		case s.keeps(action, every):
			stay = append(stay, action)
		default:
			dropped++
		}
	}
	if !s.knows() {
		stay = compress(stay)
	}
	return stay, dropped
}

func (s *splitter) keeps(action string, every bool) bool {
	if !s.knows() {
		return !every
	}
	if s.of(action) == useUsed {
		return true
	}
	if !every {
		return s.unobservable(action) || s.of(action) == useNotKnown
	}
	return s.unobservable(action) && s.serviceUsed(action)
}

// serviceUsed reports whether the service of an action was used at all.
func (s *splitter) serviceUsed(action string) bool {
	service, _, _ := strings.Cut(action, ":")
	if s.accessed != nil && s.judge(s.accessed.Services[service].Last) == useUsed {
		return true
	}
	for used := range s.actions {
		if strings.HasPrefix(used, strings.ToLower(service)+":") {
			return true
		}
	}
	return false
}

// compress writes actions that begin with the same words as one pattern, where that covers no action that is not among them.
func compress(stay []string) (short []string) {
	services := map[string][]string{}
	for _, action := range stay {
		service, _, _ := strings.Cut(action, ":")
		services[service] = append(services[service], action)
	}
	for service, actions := range services {
		short = appendCompressed(short, actions, len(service)+1)
	}
	slices.Sort(short)
	return short
}

// appendCompressed compresses actions of one service that agree in so many bytes.
func appendCompressed(short, actions []string, agree int) []string {
	groups := map[string][]string{}
	for _, action := range actions {
		word := nextWord(action, agree)
		groups[word] = append(groups[word], action)
	}
	for word, group := range groups {
		switch {
		case len(group) == 1:
			short = append(short, group[0])
		case countOf(word) == len(group):
			short = append(short, word+"*")
		case len(word) == agree: // the same action twice: no service has that
			short = append(short, group...)
		default:
			short = appendCompressed(short, group, len(word))
		}
	}
	return short
}

// countOf is how many actions begin with a prefix.
func countOf(prefix string) (n int) {
	service, name, _ := strings.Cut(prefix, ":")
	for _, a := range iamdata.Actions(service) {
		if len(a.Name) >= len(name) && strings.EqualFold(a.Name[:len(name)], name) {
			n++
		}
	}
	return n
}

// nextWord is an action until the next capital after so many bytes: "s3:Get" after 3.
func nextWord(action string, after int) string {
	for i := after + 1; i < len(action); i++ {
		if action[i] >= 'A' && action[i] <= 'Z' {
			return action[:i]
		}
	}
	return action
}
