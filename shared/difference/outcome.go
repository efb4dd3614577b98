package difference

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// unlisted is the level of actions that package iamdata does not know.
const unlisted iamdata.Level = '?'

// outcome is a cell of a set as people read it. Actions with the same cell share one.
type outcome struct {
	resources  []string
	except     []string // patterns that are certainly not in it
	conditions []string // keys, without those of the fence
}

// identity is that of the lists of a cell, which package reach shares between actions.
type identity struct {
	resources, except   *string
	conditions          *iampolicy.Condition
	patterns, out, when int
}

func first[T any](all []T) *T {
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

// outcomes keeps outcomes by the lists of cells, and by the resources that actions take of them.
type outcomes struct {
	kept     map[identity]*outcome
	relevant map[*outcome]map[string]*outcome
	patterns map[string]*iampolicy.Pattern
	fits     map[[2]string]bool // by format and pattern
	taking   *reach.Steps
}

func newOutcomes(steps *reach.Steps) *outcomes {
	return &outcomes{map[identity]*outcome{}, map[*outcome]map[string]*outcome{}, map[string]*iampolicy.Pattern{}, map[[2]string]bool{}, steps}
}

// of is nil if the action takes no resource of a cell. Without data every resource counts.
func (k *outcomes) of(a iamdata.Action, c reach.Cell) *outcome {
	id := identity{first(c.Resources), first(c.Except), first(c.Conditions), len(c.Resources), len(c.Except), len(c.Conditions)}
	o := k.kept[id]
	if o == nil {
		k.taking.Take(1 + len(c.Resources) + len(c.Except) + len(c.Conditions)*len(c.Conditions))
		o = &outcome{sorted(c.Resources), sorted(c.Except), conditionsOf(c)}
		k.kept[id] = o
	}
	if a.Level == unlisted || o.every() {
		return o
	}
	return k.ofAction(o, a)
}

func (o *outcome) same(b *outcome) bool {
	return o == b || slices.Equal(o.resources, b.resources) && slices.Equal(o.except, b.except) && slices.Equal(o.conditions, b.conditions)
}

func (o *outcome) every() bool { return len(o.resources) == 1 && isEvery(o.resources[0]) }

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}

// conditionsOf are the keys beside those of the fence.
func conditionsOf(c reach.Cell) (keys []string) {
	for _, one := range c.Conditions {
		if !ofFence(one) && !slices.Contains(keys, one.Key) {
			keys = append(keys, one.Key)
		}
	}
	return keys
}

// ofFence reports whether a condition may be of an [iampolicy.Fence], which the terms tell.
func ofFence(c iampolicy.Condition) bool {
	switch strings.ToLower(c.Key) {
	case "aws:currenttime", "aws:userid":
		return true
	case "aws:sourceidentity", "aws:sourcevpce":
		return c.Operator == "StringEquals" && len(c.Values) == 1
	case "aws:multifactorauthpresent":
		return c.Operator == "Bool" && len(c.Values) == 1 && c.Values[0] == "true"
	}
	return false
}

// ofAction leaves the patterns that resources of the action can match.
func (k *outcomes) ofAction(o *outcome, a iamdata.Action) *outcome {
	k.taking.Take(1 + len(o.resources)*(1+len(a.Resources)))
	fits := make([]byte, len(o.resources))
	for i, text := range o.resources {
		if k.takes(a, text) {
			fits[i] = 1
		}
	}
	if k.relevant[o] == nil {
		k.relevant[o] = map[string]*outcome{}
	}
	less, there := k.relevant[o][string(fits)]
	if !there {
		less = o.only(fits)
		k.relevant[o][string(fits)] = less
	}
	return less
}

func isEvery(pattern string) bool { return pattern != "" && strings.Trim(pattern, "*") == "" }

func (o *outcome) only(fits []byte) *outcome {
	less := &outcome{except: o.except, conditions: o.conditions}
	for i, text := range o.resources {
		if fits[i] == 1 {
			less.resources = append(less.resources, text)
		}
	}
	if less.resources == nil {
		return nil
	}
	return less
}

func (k *outcomes) takes(a iamdata.Action, text string) bool {
	p, there := k.patterns[text]
	if !there {
		k.taking.Take(10)
		p, _ = iampolicy.ResourcePattern(text, iampolicy.Version) // nil would be a text of no policy
		k.patterns[text] = p
	}
	return p == nil || p.Every() || p.Matches("*", nil) || slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool {
		return slices.ContainsFunc(r.ARNs, func(format string) bool { return k.fit(format, text, p) })
	})
}

func (k *outcomes) fit(format, text string, p *iampolicy.Pattern) bool {
	key := [2]string{format, text}
	fit, there := k.fits[key]
	if !there {
		k.taking.Take(10 + len(format)*len(text)/32)
		fit = reach.Fits(format, p)
		k.fits[key] = fit
	}
	return fit
}
