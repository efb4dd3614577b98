package command

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

// idPrefix is the start of an id, long enough to stand for it.
var idPrefix = regexp.MustCompile(`^[0-9a-z]{4,25}$`)

// oneID wants one elevation's id, or its beginning.
func oneID(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage("%s: want the id of one elevation; curfew list shows yours", c.Name())
	}
	if !access.ValidID(args[0]) && !idPrefix.MatchString(args[0]) {
		return usage("%q is not the id of an elevation (26 lower-case letters and digits, or at least its first four); curfew list shows yours", args[0])
	}
	return nil
}

// idOf returns the id with this beginning: of one elevation that is the caller's, or that is visible and not over. It
// prints the full id on standard error, so that the reader sees which elevation is meant.
func (a *app) idOf(ctx context.Context, given string) (string, error) {
	if access.ValidID(given) {
		return given, nil
	}
	seen, err := a.inStates(ctx, openStates()...)
	if err != nil {
		return "", err
	}
	own, err := a.pages(ctx, client.Filter{Limit: 200}, false)
	if err != nil {
		return "", err
	}
	found := map[string]client.Elevation{}
	var ids []string
	for _, e := range append(seen, own.Elevations...) {
		if _, twice := found[e.ID]; !twice && strings.HasPrefix(e.ID, given) {
			ids = append(ids, e.ID)
		}
		found[e.ID] = e
	}
	switch len(ids) {
	case 0:
		return "", &failure{NotFound, fmt.Sprintf("no elevation of yours, and none that is open, begins with %s; curfew list shows yours, or give the whole id", given)}
	case 1:
		fmt.Fprintf(a.Stderr, "curfew: %s is elevation %s\n", given, printable(ids[0]))
		return ids[0], nil
	}
	var candidates []string
	for _, id := range ids[:min(len(ids), 10)] {
		candidates = append(candidates, fmt.Sprintf("%s (%s, %s)", id, found[id].State, found[id].Entitlement))
	}
	return "", usage("%s is the beginning of %d elevations: %s%s", given, len(ids), strings.Join(candidates, ", "), when(len(ids) > 10, " …"))
}

// openStates are the states that are not over.
func openStates() []access.State {
	return []access.State{access.Requested, access.Approved, access.Granting, access.Active, access.Revoking, access.Stuck}
}

// inStates returns the elevations in these states that the caller may see, newest first: one page if some ended.
// Without states, it returns one page of the caller's own.
func (a *app) inStates(ctx context.Context, states ...access.State) ([]client.Elevation, error) {
	var names []string
	for _, s := range states {
		names = append(names, string(s))
	}
	all := len(states) > 0 && !slices.Contains(states, access.Ended)
	page, err := a.pages(ctx, client.Filter{State: strings.Join(names, ","), Limit: access.MostListed}, all)
	return page.Elevations, err
}

// completeWithin is how long a shell waits for a completion.
const completeWithin = 2 * time.Second

// completeID offers ids of elevations in some states, or the caller's own, if the API answers in time.
func (a *app) completeID(states ...access.State) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
		defer cancel()
		all, err := a.inStates(ctx, states...)
		if err != nil { // a shell has no place for it
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var ids []string
		for _, e := range all {
			ids = append(ids, fmt.Sprintf("%s\t%s %s of %s", e.ID, e.State, printable(e.Entitlement), printable(e.Requester.Name)))
		}
		return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}
