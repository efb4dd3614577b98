package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

func (a *app) meCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "me", Short: "Show who you are to the API", Args: cobra.NoArgs,
	}, func(ctx context.Context, _ []string) error {
		me, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Me, error) { return c.Me(ctx) })
		if err != nil {
			return err
		}
		return a.print(me, func(w io.Writer) error {
			return facts(w, "", "name", me.Name, "kind", me.Kind, "id", me.ID, "groups", strings.Join(me.Groups, ", "), "mfa", mfa(me), "mfa at", when(!me.MFAAt.IsZero(), a.near(me.MFAAt)))
		})
	})
}

func mfa(me client.Me) string {
	switch {
	case me.Kind != string(identity.Person): // known for people only
		return ""
	case me.MFA:
		return "yes"
	}
	return "no"
}

func (a *app) entitlementsCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "entitlements [NAME]", Short: "List what you may ask for, or show one with its policy", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeEntitlement,
		Example: "  curfew entitlements\n  curfew entitlements admin-30m",
	}, func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			return a.entitlement(ctx, args[0])
		}
		all, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Entitlement, error) { return c.Entitlements(ctx) })
		if err != nil {
			return err
		}
		return a.print(struct {
			Entitlements []client.Entitlement `json:"entitlements"`
		}{all}, func(w io.Writer) error { return a.entitlementTable(w, all) })
	})
}

// entitlement prints one entitlement, with its policy.
func (a *app) entitlement(ctx context.Context, name string) error {
	e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.EntitlementShown, error) {
		return c.Entitlement(ctx, name)
	})
	if p, ok := errors.AsType[*client.Problem](err); ok && kind(p) == "not-found" {
		return &failure{NotFound, fmt.Sprintf("entitlement %q: there is none, or it is not for you to ask for; curfew entitlements lists yours", name)}
	}
	if err != nil {
		return err
	}
	return a.print(e, func(w io.Writer) error {
		if err := a.entitlementFacts(w, e.Entitlement); err != nil {
			return err
		}
		fmt.Fprintln(w, "policy, before parameters and the fence (curfew try shows what you would get)")
		var b bytes.Buffer
		if err := json.Indent(&b, e.Policy, "  ", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "  %s\n", fault.EscapedJSON(b.Bytes()))
		return err
	})
}

func (a *app) entitlementTable(w io.Writer, all []client.Entitlement) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "There is nothing that you may ask for. curfew me shows your groups; the catalog says which groups may ask.")
		return err
	}
	rows := [][]string{{"NAME", "MAX", "APPROVAL", "TASKS", "PARAMETERS", "ABOUT"}}
	for _, e := range all {
		rows = append(rows, []string{e.Name, seconds(e.Max), approvalOf(e), tasksOf(e), or(parametersOf(e), "-"), e.About})
	}
	return a.table(w, rows)
}

func (a *app) entitlementFacts(w io.Writer, e client.Entitlement) error {
	return facts(w, "", "name", e.Name, "about", e.About, "principals", strings.Join(e.Principals, ", "), "at most", seconds(e.Max), "until", when(!e.Until.IsZero(), a.near(e.Until)),
		"approval", approvalOf(e), "budgets", budgetsOf(e), "tasks", tasksOf(e), "session", bindingText(e.Session, "", e.Weak), "needs MFA", when(e.MFA, "yes"),
		"heartbeat", when(e.Heartbeat > 0, "every "+seconds(e.Heartbeat)), "cool-down", when(e.CoolDown > 0, seconds(e.CoolDown)),
		"overlap", when(e.Overlap, "yes"), "parameters", parametersOf(e))
}

func approvalOf(e client.Entitlement) string {
	switch {
	case e.Approval != nil:
		return fmt.Sprintf("%d of %s within %s", e.Approval.Need, strings.Join(e.Approval.Of, ", "), seconds(e.Approval.Within)) + steps(e.Approval.Then) + stepUp(e.Approval.MFAWithin, e.Approval.Seen)
	case e.BreakGlass:
		return "none (break-glass: reviewed afterwards)"
	}
	return "none"
}

// budgetsOf says what may be given, and what is left to the caller.
func budgetsOf(e client.Entitlement) string {
	var all []string
	for _, b := range e.Budgets {
		text := fmt.Sprintf("%d min in %s per %s", b.Minutes, windowOf(b), b.Per)
		if b.Left != nil {
			text += fmt.Sprintf(" (%d left)", *b.Left)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func windowOf(b client.Budget) string {
	if days := b.In / 86400; days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return seconds(b.In)
}

// budgetFacts are the facts of budgets, one line each.
func budgetFacts(all []client.Budget, requester, principal string) (pairs []string) {
	for _, b := range all {
		whose := map[string]string{"requester": "used by " + requester, "principal": "used on " + principal, "entitlement": "used by all"}[b.Per]
		text := fmt.Sprintf("%d min in %s %s; what is left cannot be read", b.Minutes, windowOf(b), whose)
		if b.Left != nil {
			text = fmt.Sprintf("%d of %d min in %s %s; %d left", b.Minutes-*b.Left, b.Minutes, windowOf(b), whose, *b.Left)
		}
		pairs = append(pairs, "budget", text)
	}
	return pairs
}

// steps says who may decide later.
func steps(then []client.ApprovalStep) (text string) {
	for _, s := range then {
		text += fmt.Sprintf(", after %s also %s", seconds(s.After), strings.Join(s.Of, ", "))
	}
	return text
}

// stepUp says how new the sign-in of an approver must be.
func stepUp(within int64, seen bool) string {
	return when(within > 0, ", MFA not older than "+seconds(within)) + when(seen, ", with the hash of the difference")
}

func tasksOf(e client.Entitlement) string {
	var kinds []string
	for _, t := range e.Tasks {
		kinds = append(kinds, t.Kind+when(t.Known, " (known)"))
	}
	return strings.Join(kinds, ", ")
}

func parametersOf(e client.Entitlement) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.Parameters)) {
		all = append(all, name+"="+strings.ToUpper(e.Parameters[name]))
	}
	return strings.Join(all, " ")
}

func (a *app) listCommand() *cobra.Command {
	var f client.Filter
	var all, watch bool
	c := &cobra.Command{
		Use: "list", Short: "List elevations: yours, or by state, principal and requester", Args: cobra.NoArgs,
		Long: `List elevations: yours, or by state, principal and requester.

Unless you are an operator, a list also ends where hundreds in a row are hidden
from you: older ones may exist. A narrower filter finds them.`,
		Example: "  curfew list\n  curfew list --state requested\n  curfew list --all -o json \\\n      --principal arn:aws:iam::111122223333:role/engineer-deploy\n  curfew list --state active --watch",
	}
	list := func(ctx context.Context, _ []string) error {
		for s := range strings.SplitSeq(f.State, ",") {
			if f.State != "" && !slices.Contains(states(), s) {
				return usage("--state %q: want one or several of %s, with commas between", f.State, strings.Join(states(), ", "))
			}
		}
		if c.Flags().Changed("limit") && (f.Limit < 1 || f.Limit > access.MostListed) {
			return usage("--limit %d: want 1 to %d", f.Limit, access.MostListed)
		}
		return a.showView(ctx, watch, func(ctx context.Context) (view, error) {
			page, err := a.pages(ctx, f, all)
			if page.NextCursor != "" && !watch {
				fmt.Fprintln(a.Stderr, "curfew: there are more; --all lists them all")
			}
			a.warnUnreadable(page.Unreadable)
			v := view{value: page, draw: func(w io.Writer) error { return a.writeList(w, f, page.Elevations) }}
			for _, e := range page.Elevations {
				v.lines = append(v.lines, a.line(e))
			}
			return v, err
		})
	}
	c.RunE = a.command(c, list).RunE
	c.Flags().StringVar(&f.State, "state", "", "only those in this state; several with commas between")
	c.Flags().StringVar(&f.Principal, "principal", "", "only those on the principal of this ARN")
	c.Flags().StringVar(&f.Requester, "requester", "", "only those that the caller of this id asked for; me: you")
	c.Flags().IntVar(&f.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	c.Flags().BoolVar(&all, "all", false, "all pages")
	watchFlag(c, &watch)
	complete(c, "state", states()...)
	return c
}

func states() []string {
	var names []string
	for _, s := range access.States() {
		names = append(names, string(s))
	}
	return names
}

// pages returns the first page, or all as one.
func (a *app) pages(ctx context.Context, f client.Filter, all bool) (client.Page, error) {
	out := client.Page{Elevations: []client.Elevation{}}
	_, err := eachPage(all, func(cursor string) (next string, err error) {
		f.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Page, error) { return c.List(ctx, f) })
		if err != nil {
			return "", err
		}
		out.Elevations, out.Unreadable = append(out.Elevations, page.Elevations...), append(out.Unreadable, page.Unreadable...)
		out.NextCursor = page.NextCursor
		return page.NextCursor, nil
	})
	return out, err
}

// warnUnreadable names what a list lacks.
func (a *app) warnUnreadable(ids []string) {
	if len(ids) > 0 {
		fmt.Fprintln(a.Stderr, "curfew: not in the list, because their records are damaged:", printable(strings.Join(ids, ", ")))
	}
}

// writeList writes the table, or says that there is nothing and how to see more.
func (a *app) writeList(w io.Writer, f client.Filter, all []client.Elevation) error {
	if len(all) > 0 {
		return a.elevationTable(w, all)
	}
	text := "No elevations that you may see match. curfew list shows your own."
	if f == (client.Filter{Limit: f.Limit}) {
		text = "You have asked for nothing yet. curfew entitlements lists what you may ask for; curfew list --state active shows what concerns you."
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

func (a *app) elevationTable(w io.Writer, all []client.Elevation) error {
	rows := [][]string{{"ID", "STATE", "ENTITLEMENT", "PRINCIPAL", "REQUESTER", "TASK", "REQUESTED", "UNTIL"}}
	for _, e := range all {
		rows = append(rows, []string{e.ID, stateOf(e), e.Entitlement, or(e.Principal, "-"), a.person(e.Requester.Name, e.Requester.ID), e.Task.Kind + "/" + e.Task.ID,
			a.age(e.RequestedAt), a.age(until(e))})
	}
	return a.table(w, rows)
}

// person names a caller in a table; -o wide adds the id.
func (a *app) person(name, id string) string {
	if a.output == "wide" {
		return named(name, id)
	}
	return or(name, id)
}

func stateOf(e client.Elevation) string { return e.State + when(e.Cause != "", " ("+e.Cause+")") }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func when(b bool, s string) string {
	if b {
		return s
	}
	return ""
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
