package escalation

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"curfew/shared/iampolicy"
)

// raiser finds changes of policies.
type raiser struct {
	*stepper
	known map[[2]*node]*raised
}

// raised is a node after changes.
type raised struct {
	to      *node
	changes []change
}

// change is one change of the policies of a principal.
type change struct {
	id    string
	step  Step
	open  string
	apply func(*iampolicy.Policies)
	// strong: what it adds may make an administrator alone.
	strong bool
}

// everything is the policy that a caller would choose.
var everything = sync.OnceValue(func() *iampolicy.Document {
	d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		panic(err) // the text is a policy
	}
	return d
})

func allowAll(p *iampolicy.Policies) {
	p.Identity = append(p.Identity, iampolicy.Named{Name: "what it chose", Document: everything()})
}

// best are candidates of which one is enough.
type best struct {
	verdict
	change
}

func (b *best) offer(v verdict, c change) {
	if v.answer > b.answer {
		c.open = v.open
		b.verdict, b.change = v, c
	}
}

func (b *best) list() []change {
	if b.answer == iampolicy.No {
		return nil
	}
	return []change{b.change}
}

func adminPolicy(s *subject) string {
	return "arn:" + strings.SplitN(s.ARN, ":", 3)[1] + ":iam::aws:policy/AdministratorAccess"
}

func (r on) with(key, value string) on {
	r.more = maps.Clone(r.more)
	if r.more == nil {
		r.more = iampolicy.Context{}
	}
	r.more[key] = []string{value}
	return r
}

func name(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

func reflexive(n, q *node) string {
	if n.subject == q.subject {
		return "itself"
	}
	return short(q.subject)
}

// onGroup is a group as a resource: it has no tags.
func onGroup(arn string) on {
	return on{arn: arn, keys: iampolicy.Context{"aws:ResourceAccount": {accountOf(arn)}}, known: true}
}

// together makes one step of changes of one kind.
func together(all []change, of string) []change {
	if len(all) < 2 {
		return all
	}
	one := all[0]
	var ids []string
	for _, c := range all {
		ids, one.open = append(ids, c.id), join(one.open, c.open)
	}
	one.id = strings.Join(ids, "\n")
	one.step.Text = strings.TrimSuffix(one.step.Text, ".") + fmt.Sprintf(", and likewise %d other %s.", len(all)-1, of)
	one.apply = func(p *iampolicy.Policies) {
		for _, c := range all {
			c.apply(p)
		}
	}
	return []change{one}
}

// strong reports whether a document allows what only wildcards cover.
func (w *raiser) strong(d *iampolicy.Document) bool {
	i := w.of(d)
	return i.allows.has(w.numbers[anything])
}
