package standing

import (
	"curfew/shared/authdetails"
	"curfew/shared/escalation"
)

// paths looks up whom a principal can become. An error is of Tell.
func (o *Options) paths(d *authdetails.Details) (func(*authdetails.Principal) []Path, error) {
	if o.Paths != nil {
		return o.Paths, nil
	}
	var told error
	g := escalation.Find(d, escalation.Options{Now: o.Now, SCPs: o.SCPs, Progress: func(done, of int) {
		if o.Tell != nil && told == nil {
			told = o.Tell("looking for escalation, principals", done, of)
		}
	}})
	if told != nil {
		return nil, told
	}
	return func(p *authdetails.Principal) (all []Path) {
		for _, found := range g.Paths(p) {
			if found.To == p && found.Steps[0].Technique == "unknown" {
				continue // that its own policies are not known is a term of its own
			}
			path := Path{To: found.To.ARN, Admin: found.Admin, Open: found.Open}
			for _, s := range found.Steps {
				path.Steps = append(path.Steps, Step(s))
			}
			all = append(all, path)
		}
		return all
	}, nil
}
