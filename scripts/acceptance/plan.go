package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// step is one thing to learn.
type step struct {
	name   string
	proves string
	place  string // the code that rests on it
	page   string // of AWS; empty: AWS has none
	needs  []need
	bound  time.Duration // the longest on AWS
	// do returns what was measured. nil: a program cannot check it within the time; unchecked says why.
	do        func(ctx context.Context, w *world) (measured string, err error)
	unchecked string
}

// chapter is a list of steps.
type chapter struct {
	name     string
	steps    []step
	together bool // at once; otherwise one after the other
}

func (c chapter) bound() (sum time.Duration) {
	for _, s := range c.steps {
		if c.together {
			sum = max(sum, s.bound)
		} else {
			sum += s.bound
		}
	}
	return sum
}

// need is something that a step uses and an environment may lack.
type need string

const (
	installed    need = "an installation"
	enforcement  need = "IAM's decisions by policies and conditions"
	userBounds   need = "permissions boundaries of users"
	rules        need = "EventBridge's delivery of services' events and schedules"
	ttl          need = "a table with TTL"
	organization need = "an organization"
	gateway      need = "API Gateway"
	metricMath   need = "metric math"
	conflicts    need = "DeleteConflict of a policy that is attached"
	lastAccessed need = "last-accessed data"
)

// longest is the most that the plan may take on AWS, with the removal.
const longest = 30 * time.Minute

// plan returns all chapters but the removal, in their order.
func plan() []chapter {
	return []chapter{
		{name: "deploy", steps: []step{
			{name: "install", proves: "the commands of infra/README.md deploy home and member", place: "infra/README.md",
				page: "https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-deploy.html", bound: 9 * time.Minute, do: install},
			{name: "principals", proves: "throwaway roles and a user can be marked and bounded", place: "infra/README.md", bound: 30 * time.Second,
				page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html", do: makePrincipals},
		}},
		{name: "forms", together: true, steps: forms()},
		{name: "propagation", steps: propagations()},
		{name: "nets", steps: nets()},
		{name: "facts", together: true, steps: facts()},
	}
}

// boundOf is the longest time of a plan and its removal.
func boundOf(all []chapter) (sum time.Duration) {
	for _, c := range all {
		sum += c.bound()
	}
	return sum + removalBound
}

// choose returns the chapters and steps that were named, all if none were. The deployment is added where a step needs it.
func choose(all []chapter, named []string) ([]chapter, error) {
	if len(named) == 0 {
		return all, nil
	}
	var chosen []chapter
	found, deploys := map[string]bool{}, false
	for _, c := range all[1:] {
		one := chapter{name: c.name, together: c.together}
		for _, s := range c.steps {
			if slices.Contains(named, c.name) || slices.Contains(named, s.name) {
				one.steps = append(one.steps, s)
				deploys = deploys || slices.Contains(s.needs, installed)
			}
			found[s.name] = true
		}
		found[c.name] = true
		if one.steps != nil {
			chosen = append(chosen, one)
		}
	}
	for _, name := range named {
		if name == all[0].name {
			deploys = true
		} else if !found[name] {
			return nil, fmt.Errorf("there is no step or chapter %q: -list shows them", name)
		}
	}
	if deploys {
		chosen = append(all[:1:1], chosen...)
	}
	return chosen, nil
}

// errHolds is wrapped by an error that says that AWS differs from what Curfew assumes.
var errHolds = errors.New("does not hold")

// differs reports that a fact does not hold.
func differs(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errHolds, fmt.Sprintf(format, args...))
}

// seconds writes a duration to a tenth of a second.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// spread writes the least, middle and greatest of samples.
func spread(samples []time.Duration) string {
	if len(samples) == 0 {
		return "no samples"
	}
	sorted := slices.Sorted(slices.Values(samples))
	return strings.Join([]string{"min " + seconds(sorted[0]), "median " + seconds(sorted[len(sorted)/2]), "max " + seconds(sorted[len(sorted)-1])}, ", ")
}
