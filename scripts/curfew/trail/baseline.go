package trail

import (
	"fmt"
	"slices"
	"strings"

	"curfew/scripts/curfew/onboard"
	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// Baselines are the own policies of the principals in what `aws iam get-account-authorization-details` printed: of those that bear the
// installation's mark, and of those that have an elevation. They count for all times. What Curfew attached is left out.
type Baselines struct {
	all     []trail.Baseline
	arns    map[string]string // by principal id
	unknown []string          // sentences: why the policies of a principal are not all known
}

// ReadBaselines adds the principals of one account's details.
func (b *Baselines) ReadBaselines(content []byte, installation string, elevations []Elevation) error {
	set := onboard.Settings{Name: installation}
	subjects, err := onboard.Subjects(content, set, func(s onboard.Subject) bool {
		return set.Marks(s.Tags) || slices.ContainsFunc(elevations, func(e Elevation) bool { return e.PrincipalID == s.ID })
	})
	if err != nil {
		return err
	}
	if b.arns == nil {
		b.arns = map[string]string{}
	}
	for _, s := range subjects {
		b.arns[s.ID] = s.ARN
		b.all = append(b.all, b.of(s, installation))
	}
	return nil
}

func (b *Baselines) of(s onboard.Subject, installation string) trail.Baseline {
	own := trail.Baseline{PrincipalID: s.ID}
	for _, p := range s.Identity {
		if !access.IsAttached(p.Name, installation) {
			own.Policies.Identity = append(own.Policies.Identity, p)
		}
	}
	why := strings.Join(s.Unread, "; ")
	if s.Boundary != "" {
		if own.Policies.Boundary = s.Policies[s.Boundary]; own.Policies.Boundary == nil && why == "" {
			why = "its boundary " + s.Boundary + " is not in the file: get the details without --filter"
		}
	}
	if why != "" {
		own.Policies, own.Unknown = iampolicy.Policies{}, true
		b.unknown = append(b.unknown, fmt.Sprintf("the own policies of %s are not all known: %s", s.ARN, why))
	}
	return own
}
