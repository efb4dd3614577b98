package correlate

import (
	"context"
	"errors"
	"slices"

	"curfew/shared/finding"
	"curfew/shared/trail"
)

// Ungoverned is the use of a Region without rules of Curfew: the bus brings no calls from there.
var Ungoverned = finding.Kind{
	Name: "region-ungoverned", PageInterval: finding.Daily, Severity: finding.Medium,
	Why: "A marked principal works in a Region that is not governed. Its calls there are known hours later, and get no answer.",
	Do:  "Add the Region to the setting regions, or deny it to the principal.",
}

// globalIn are services whose only endpoint is in this Region; other global services are in us-east-1.
// https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints
// https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
// https://docs.aws.amazon.com/general/latest/gr/nwmanager.html
var globalIn = map[string]string{"globalaccelerator.amazonaws.com": "us-west-2", "networkmanager.amazonaws.com": "us-west-2"}

// reportRegions raises one finding for each marked principal and Region. Only log files show such a Region. A call that
// IAM refused used nothing.
func (s *watcher) reportRegions(ctx context.Context, route Route, rights *trail.Rights, all []judged) (err error) {
	if route != ByFiles || len(s.in.Regions) == 0 {
		return nil
	}
	found := map[string]*finding.Occurrence{}
	for _, j := range all {
		a := j.Identity.Actor()
		if j.Region == "" || slices.Contains(s.in.Regions, j.Region) || globalIn[j.Source] == j.Region || j.Denied() || j.Unjudged() || !rights.Marked(a.PrincipalID) {
			continue
		}
		subject := a.PrincipalID + " " + j.Region
		if found[subject] == nil {
			found[subject] = &finding.Occurrence{
				Subject: subject, What: "a marked principal called " + j.Source + " " + j.Name + " in " + j.Region + ", which is not governed", Principal: a.ARN, Account: j.Account, Form: formOf(j.Record),
			}
		}
		found[subject].Events = append(found[subject].Events, j.ID)
	}
	for _, o := range found {
		err = errors.Join(err, finding.Report(ctx, s.Base, Ungoverned, *o))
	}
	return err
}
