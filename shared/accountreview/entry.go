package accountreview

import (
	"fmt"
	"strings"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/standing"
)

// add puts an entry in the review, if it has privilege. Only an unknown principal without known privilege keeps its item as it is.
func add(r *access.Reviewed, e *standing.Entry) {
	if e.Admin == "" && len(e.Classes) == 0 && len(e.Paths) == 0 {
		if e.Unknown != "" {
			r.Stay = append(r.Stay, e.ID)
		}
		return
	}
	p := campaign.Privileged{Principal: e.Principal, PrincipalID: e.ID, Kind: campaign.Kind(e.Kind), Score: e.Score, Why: why(e)}
	if e.Admin != "" {
		p.Classes = append(p.Classes, "admin")
	}
	for _, c := range e.Classes {
		p.Classes = append(p.Classes, c.Name)
	}
	r.Privileged = append(r.Privileged, p)
}

func why(e *standing.Entry) string {
	var all []string
	if e.Admin != "" {
		all = append(all, "administrator: "+e.Admin)
	}
	for _, c := range e.Classes {
		text := fmt.Sprintf("%s (%d)", c.Name, c.Count)
		if len(c.Actions) > 0 {
			text = fmt.Sprintf("%s (%d, as %s)", c.Name, c.Count, c.Actions[0])
		}
		all = append(all, text)
	}
	for i, p := range e.Paths {
		if i == 0 || p.Admin && !e.Paths[0].Admin {
			text := "can become " + p.To
			if p.Open != "" {
				text = "may become " + p.To
			}
			all = append(all, text)
		}
	}
	if u := e.Unused; u != nil && u.Unused > 0 {
		all = append(all, fmt.Sprintf("unused: %d of %d privileged actions of which use is known", u.Unused, u.Unused+u.Used))
	}
	if !e.LastUsed.IsZero() {
		all = append(all, "last used in "+e.LastUsed.UTC().Format("2006-01"))
	}
	if e.Unknown != "" {
		all = append(all, "not all is known: "+e.Unknown)
	}
	return strings.Join(all, "; ")
}
