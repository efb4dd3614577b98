package preflight

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"curfew/scripts/curfew/doctor"
)

// unreserved is what Lambda keeps for functions without a reservation.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
const unreserved = 100

// share is how much a function should have, and the least that is worth a reservation.
type share struct {
	function    string
	full, least int
}

// shares: granting must not starve ending, so revoke has three times as much as grant. A pass of the sweep longer than a minute must not block
// the next. contain is rare and limited: two stop a runaway early. A browser
// asks console for up to 20 files at once.
func shares() []share {
	return []share{
		{"api", 100, 10}, {"decide", 20, 2}, {"wait", 50, 5}, {"grant", 20, 2}, {"revoke", 100, 10}, {"expire", 10, 1}, {"reconcile", 2, 2},
		{"notify", 5, 1}, {"trigger", 20, 2}, {"correlate", 10, 1}, {"backfill", 1, 1}, {"archive", 3, 1}, {"contain", 2, 1}, {"review", 2, 2}, {"console", 40, 20},
	}
}

// checkConcurrency finds reservations that leave 100 unreserved. Where too little is left it sets none, never 0: a function with 0 cannot run.
func (r *round) checkConcurrency(ctx context.Context) {
	const check = "Lambda concurrency"
	client := lambda.NewFromConfig(r.aws)
	d, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if !r.isAnswered(check, err) {
		return
	}
	if d.AccountLimit == nil || d.AccountLimit.UnreservedConcurrentExecutions == nil {
		r.add(check, doctor.Wrong, "Lambda does not say how much may run at once", "try again")
		return
	}
	free := int(*d.AccountLimit.UnreservedConcurrentExecutions)
	for _, s := range shares() { // an earlier deployment's are free for this one
		name := r.resource(s.function)
		if own, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name}); err == nil {
			free += int(aws.ToInt32(own.ReservedConcurrentExecutions))
		}
	}
	r.Reserved = reservations(free - unreserved)
	limit := d.AccountLimit.ConcurrentExecutions
	if r.Reserved == "none" {
		r.addf(check, doctor.OK, "", "%d at once, %d of them free: too few for reservations, so set -c reserved=none. Ending then shares them with granting; the fence and the sweep bound what that can delay", limit, free)
		return
	}
	r.addf(check, doctor.OK, "", "%d at once, %d of them free: set -c reserved=%s", limit, free, r.Reserved)
}

// reservations is the setting for so many that may be reserved.
func reservations(may int) string {
	full, least := 0, 0
	for _, s := range shares() {
		full, least = full+s.full, least+s.least
	}
	if may < least {
		return "none"
	}
	var all []string
	for _, s := range shares() {
		n := s.full
		if may < full { // what is beyond the least is parted in proportion, rounded down
			n = s.least + (s.full-s.least)*(may-least)/(full-least)
		}
		all = append(all, fmt.Sprintf("%s=%d", s.function, n))
	}
	return strings.Join(all, ",")
}
