package catalog

import (
	"fmt"

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/access"
	"curfew/shared/fault"
)

const reasonAnnotation = "reason"

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

// sayings are in the order of ids.
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
