package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

func (a *app) tryCommand() *cobra.Command {
	var q requestFlags
	c := &cobra.Command{
		Use: "try ENTITLEMENT", Short: "Say whether a request would be allowed, and why not",
		Args: exactlyOne("the name of one entitlement", "curfew entitlements lists what you may ask for"),
		Long: `Say whether policy would allow a request, and why not; nothing is asked for.

It takes the flags of request, and shows what the grant would add to what the
principal has today, the policy, its size and what is free on the principal.
Exit code 3 if the request would be refused. The answer is no promise: policy
decides again at the request, at each decision and at the grant.`,
		Example: `  curfew try admin-30m \
      --principal arn:aws:iam::111122223333:role/engineer-deploy \
      --task change/CHG-1042 --for 30m --param account=111122223333`,
		ValidArgsFunction: a.completeEntitlement,
	}
	q.addTo(c)
	c.Flags().Lookup("reason").Usage += "; it is not stored"
	_ = c.Flags().MarkHidden("idempotency-key") // the only error is a missing flag, which a test would see
	requireFlags(c, "principal", "task", "for")
	return a.command(c, func(ctx context.Context, args []string) error {
		q.reason = or(q.reason, "try")
		r, err := q.request(args[0])
		if err != nil {
			return err
		}
		t, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Trial, error) { return c.Try(ctx, r) })
		if err != nil {
			return err
		}
		if err := a.print(t, func(w io.Writer) error { return a.writeTrial(w, r, t) }); err != nil {
			return err
		}
		if !t.Allowed {
			return &failure{Denied, fmt.Sprintf("%s would be refused: %s%s; nothing was asked for", args[0], t.Why, when(len(t.Reasons) > 0, " ("+strings.Join(t.Reasons, ", ")+")"))}
		}
		return nil
	})
}

func (a *app) writeTrial(w io.Writer, r client.Request, t client.Trial) error {
	answer := "would be refused"
	if t.Allowed {
		answer = "would be granted at once"
		if t.Approval.Need > 0 {
			answer = "would wait for approval"
		}
	}
	fmt.Fprintf(w, "%s %s\n", printable(r.Entitlement), answer)
	var session, size, approval string
	if t.Session != nil {
		session = bindingText(t.Session.Bind, t.Session.Value, t.Session.Weak)
	}
	if t.Approval.Need > 0 {
		approval = fmt.Sprintf("%d of %s, until %s if you ask now", t.Approval.Need, strings.Join(t.Approval.Of, ", "), a.near(t.DecideBy)) + steps(t.Approval.Then) + stepUp(t.Approval.MFAWithin, t.Approval.Seen)
	}
	if t.Room != nil {
		size = fmt.Sprintf("%d characters, %s; free on the principal: %d characters inline, %d managed policies", t.Size, or(t.Form, "not rendered"), t.Room.Inline, t.Room.Attached)
	}
	by := "allowed by"
	if !t.Allowed {
		by = "refused by"
	}
	known := []string{by, strings.Join(t.Reasons, ", "), "why", t.Why, "approval", approval, "session", session, "size", size}
	if err := facts(w, "  ", append(known, budgetFacts(t.Budgets, "you", r.Principal)...)...); err != nil {
		return err
	}
	if err := writeDifference(a, w, t.Difference); err != nil {
		return err
	}
	return writePolicies(w, client.Terms{Form: t.Form, Policies: t.Policies, Says: t.Says})
}
