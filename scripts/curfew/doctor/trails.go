package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// checkTrails says which granted actions no trail shows: those whose events are data events, which a trail logs only for the
// types of resources that it names.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
func (r *round) checkTrails(ctx context.Context) {
	const check = "trail"
	if len(r.Entitlements) == 0 {
		r.add(check, NotChecked, "the entitlements are not known here, so neither is which granted actions CloudTrail does not show", "curfew doctor --catalog DIR")
		return
	}
	logged, trails, err := r.dataEvents(ctx)
	if !r.isAnswered(check, err) {
		return
	}
	if trails == 0 {
		r.add(check, Wrong, "there is no trail in "+r.Region+": what sessions do is seen nowhere", "make a trail that logs management events")
		return
	}
	well := true
	for _, e := range r.Entitlements {
		d, err := iampolicy.Parse(e.Policy)
		if err != nil {
			r.add(check+" "+e.Name, NotChecked, "its policy cannot be read", "curfew catalog lint DIR")
			continue
		}
		hidden := trail.Hidden(func(action string) bool { return iampolicy.Reaches(d, action) }, func(kind string) bool { return slices.Contains(logged, kind) })
		if len(hidden) > 0 {
			well = false
			const shown = 3
			says := strings.Join(hidden[:min(len(hidden), shown)], ", ")
			if len(hidden) > shown {
				says += fmt.Sprintf(" and %d more", len(hidden)-shown)
			}
			r.add(check+" "+e.Name, Unseen, "the trails here do not show "+says, "have a trail log data events of their resources in the accounts of its principals, or accept that their use is not seen")
		}
	}
	if well {
		r.add(check, OK, "the trails here log the events of every granted action that is known", "")
	}
}

// dataEvents are the types of resources whose data events the trails of the Region log, of the organization too.
func (r *round) dataEvents(ctx context.Context) (logged []string, trails int, err error) {
	var found struct {
		TrailList []struct{ TrailARN string } `json:"trailList"`
	}
	if err := r.askCloudTrail(ctx, "DescribeTrails", map[string]string{}, &found); err != nil {
		return nil, 0, err
	}
	for _, t := range found.TrailList {
		var has selectors
		if err := r.askCloudTrail(ctx, "GetEventSelectors", map[string]string{"TrailName": t.TrailARN}, &has); err != nil {
			return nil, 0, err
		}
		logged = append(logged, has.types()...)
	}
	return logged, len(found.TrailList), nil
}

// selectors are those of a trail: of either form. Both may choose resources, which are not told apart here.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
type selectors struct {
	EventSelectors         []struct{ DataResources []struct{ Type string } }
	AdvancedEventSelectors []struct {
		FieldSelectors []struct {
			Field  string
			Equals []string
		}
	}
}

func (s selectors) types() (all []string) {
	for _, e := range s.EventSelectors {
		for _, d := range e.DataResources {
			all = append(all, d.Type)
		}
	}
	for _, a := range s.AdvancedEventSelectors {
		for _, f := range a.FieldSelectors {
			if f.Field == "resources.type" { // with the category Data, or NetworkActivity, which has no such field
				all = append(all, f.Equals...)
			}
		}
	}
	return all
}
