package doctor

import (
	"context"
	"slices"
	"strings"
)

// protect is what a first deployment leaves off: it would make a failed one impossible to repeat.
const protect = "deploy home again with the context protect=on"

type stack struct {
	Status      string `xml:"StackStatus"`
	IsProtected bool   `xml:"EnableTerminationProtection"`
}

func (r *round) checkStacks(ctx context.Context) {
	r.isProtected = true
	for _, name := range []string{r.resource("data"), r.Name} {
		check := "stack " + name
		s, err := r.describeStack(ctx, name)
		r.isProtected = r.isProtected && s.IsProtected
		if err != nil && strings.Contains(err.Error(), "does not exist") {
			r.add(check, Wrong, "it does not exist", "deploy it, or check --name, --region and the account "+r.account)
			continue
		}
		if !r.isAnswered(check, err) {
			continue
		}
		var m problems
		isWhole := slices.Contains([]string{"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}, s.Status)
		m.require(isWhole || strings.HasSuffix(s.Status, "_IN_PROGRESS"), "it is %s", s.Status)
		m.expect(s.IsProtected, "it has no termination protection", protect)
		r.addResult(check, m, strings.ToLower(s.Status)+", protected", "aws cloudformation describe-stack-events --stack-name "+name+" names the cause; then deploy again")
	}
}
