package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/scripts/curfew/sdk"
)

// protect is what a first deployment leaves off: it would make a failed one impossible to repeat.
const protect = "deploy home again with the context protect=on"

func (r *round) checkStacks(ctx context.Context) {
	r.isProtected = true
	for _, name := range []string{r.resource("data"), r.Name} {
		check := "stack " + name
		s, err := sdk.Stack(ctx, r.aws, name)
		protected := s != nil && aws.ToBool(s.EnableTerminationProtection)
		r.isProtected = r.isProtected && protected
		if err == nil && s == nil {
			r.add(check, Wrong, "it does not exist", "deploy it, or check --name, --region and the account "+r.account)
			continue
		}
		if !r.isAnswered(check, err) {
			continue
		}
		var m problems
		status := string(s.StackStatus)
		isWhole := slices.Contains([]string{"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}, status)
		m.require(isWhole || strings.HasSuffix(status, "_IN_PROGRESS"), "it is %s", status)
		m.expect(protected, "it has no termination protection", protect)
		r.addResult(check, m, strings.ToLower(status)+", protected", "aws cloudformation describe-stack-events --stack-name "+name+" names the cause; then deploy again")
	}
}
