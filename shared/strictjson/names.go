package strictjson

import (
	"fmt"
	"strings"
	"unicode"
)

// oneByOne is how many names are compared pairwise. Larger objects use a map, so the time stays linear.
const oneByOne = 16

type objectNames struct {
	count int
	few   [oneByOne]string
	many  map[string]string // all names by compared form, after oneByOne
}

func (c *checker) name(names *objectNames, from int, name string) bool {
	names.count++
	switch {
	case c.rules.Name != nil && !c.callRule(from, name, c.rules.Name):
	case c.rules.MaxMembers > 0 && names.count > c.rules.MaxMembers:
		c.fail(from, TooMany, fmt.Sprintf("more than %d members", c.rules.MaxMembers))
	case c.rules.Names == Repeated:
		return true
	default:
		was, twice := names.add(name, c.rules.Names == UniqueFolded)
		switch {
		case !twice:
			return true
		case was == name:
			c.fail(from, Duplicate, "the same name twice")
		default:
			c.fail(from, DuplicateCase, "the name differs from another in case only")
		}
	}
	object := pathTo(c.text, from)
	c.fault.Path = object + formatName(object != "", name)
	return false
}

func (o *objectNames) add(name string, folds bool) (was string, twice bool) {
	if o.count > oneByOne {
		return o.addToMany(name, folds)
	}
	for _, was := range o.few[:o.count-1] {
		if was == name || folds && strings.EqualFold(was, name) {
			return was, true
		}
	}
	o.few[o.count-1] = name
	return "", false
}

func (o *objectNames) addToMany(name string, folds bool) (was string, twice bool) {
	key := func(name string) string {
		if folds {
			return strings.Map(foldRune, name)
		}
		return name
	}
	if o.many == nil {
		o.many = make(map[string]string, 2*oneByOne)
		for _, was := range o.few {
			o.many[key(was)] = was
		}
	}
	if was, twice = o.many[key(name)]; !twice {
		o.many[key(name)] = name
	}
	return was, twice
}

// foldRune returns the least rune that [strings.EqualFold] considers equal to r.
func foldRune(r rune) rune {
	for next := unicode.SimpleFold(r); ; next = unicode.SimpleFold(next) {
		if next <= r {
			return next
		}
		r = next
	}
}
