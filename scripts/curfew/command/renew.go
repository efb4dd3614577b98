package command

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/task"
)

func (a *app) renewCommand() *cobra.Command {
	var q requestFlags
	c := &cobra.Command{
		Use: "renew ID", Short: "Ask to go on after the deadline of an elevation", Args: oneID, ValidArgsFunction: a.completeID(access.Active),
		Long: `Ask to go on after the deadline of an elevation.

The deadline does not move. A new elevation with the same principal,
entitlement, parameters, task and session is asked for. It has its own decision,
grant and deadline, and starts as the other ends: ask early enough for its
approvers. An elevation can be renewed while it is active, and for an hour after
its end, by its requester or holder.`,
		Example: "  curfew renew 01k6y3m1x8q2v4t6w8y0a2c4e6\n  curfew renew 01k6y3m1x8q2v4t6w8y0a2c4e6 --for 15m \\\n      --reason \"the rollback needs longer\" --wait",
	}
	f := c.Flags()
	f.StringVar(&q.reason, "reason", "", "for the approvers (default: the reason of the other)")
	f.DurationVar(&q.duration, "for", 0, "how long, as 30m (default: as long as the other)")
	f.StringVar(&q.key, "idempotency-key", "", "a retry with the same key makes no second request (default: a random key)")
	f.BoolVar(&q.wait, "wait", false, "wait until access is usable, or will not come")
	return a.command(c, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		old, err := a.show(ctx, id)
		if err != nil {
			return err
		}
		return a.request(ctx, old.Entitlement, q.renewing(old), f.Changed("timeout"))
	})
}

// renewing returns the flags of a request that renews an elevation. The API compares them with its terms.
func (q requestFlags) renewing(old client.Detail) requestFlags {
	q.renews, q.principal, q.task = old.ID, old.Principal, task.Task{Kind: old.Task.Kind, ID: old.Task.ID}.String()
	q.reason, q.duration = cmp.Or(q.reason, old.Reason), cmp.Or(q.duration, time.Duration(old.Duration)*time.Second)
	if s := old.Session; s != nil && (s.Bind == string(access.BindUserID) || s.Bind == string(access.BindSourceIdentity)) {
		q.session = s.Value
	}
	for name, value := range old.Terms.Parameters {
		q.parameters = append(q.parameters, name+"="+value)
	}
	return q
}
