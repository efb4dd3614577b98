package catalog

import (
	"fmt"

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// reasonAnnotation is what a policy says to whom it denies.
const reasonAnnotation = "reason"

// checkReason returns what is wrong with the @reason of a policy; empty: nothing.
func checkReason(p *cedar.Policy) string {
	text, there := p.Annotations()[reasonAnnotation]
	if !there {
		return ""
	}
	if err := fault.CheckText("@"+reasonAnnotation, string(text), 1, access.MaxSaying); err != nil {
		return fmt.Sprintf("has no readable %v", err)
	}
	return ""
}

// sayings are the reasons of the policies that made a denial, in the order of their ids.
func (c *Catalog) sayings(v access.Verdict) (says []access.Saying) {
	if v.Allow {
		return nil
	}
	for _, id := range v.By {
		if text, there := c.set.Get(cedar.PolicyID(id)).Annotations()[reasonAnnotation]; there {
			says = append(says, access.Saying{Policy: id, Reason: string(text)})
		}
	}
	return says
}
