package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// checkTrails says whether a trail shows changes of Curfew, on which its watches rest; and which granted actions no trail shows: those whose events are data events, which a trail logs only for the
// types of resources that it names.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
func (r *round) checkTrails(ctx context.Context) {
	const check = "trail"
	trails, err := r.trails(ctx)
	if !r.isAnswered(check, err) {
		return
	}
	const events = "management events"
	switch logging := slices.ContainsFunc(trails, trailOf.showsWrites); {
	case len(trails) == 0:
		r.add(events, NotSetUp, "there is no trail in "+r.Region+": changes of Curfew and what sessions do are seen nowhere", "make a trail that logs management events")
		return
	case !logging:
		r.add(events, Wrong, "no trail here logs writes now: changes of Curfew and what sessions do are seen nowhere", "aws cloudtrail start-logging, and see its event selectors")
	default:
		r.add(events, OK, "a trail logs them", "")
	}
	if len(r.Entitlements) == 0 {
		r.add(check, NotChecked, "the entitlements are not known here, so neither is which granted actions CloudTrail does not show", "curfew doctor --catalog DIR")
		return
	}
	var logged []string
	for _, t := range trails {
		logged = append(logged, t.types()...)
	}
	well := true
	for _, e := range r.Entitlements {
		d, err := iampolicy.Parse(e.Policy)
		if err != nil {
			r.add(check+" "+e.Name, NotChecked, "its policy cannot be read", "curfew catalog lint DIR")
			continue
		}
		hidden := trail.Hidden(func(action string) bool { return iampolicy.Reaches(action, d) }, func(kind string) bool { return slices.Contains(logged, kind) })
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

// trailOf is a trail: of the Region, or of the organization.
type trailOf struct {
	*cloudtrail.GetEventSelectorsOutput
	isLogging bool
}

func (r *round) trails(ctx context.Context) (all []trailOf, err error) {
	client := cloudtrail.NewFromConfig(r.aws)
	found, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil, err
	}
	for _, t := range found.TrailList {
		chosen, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
		if err != nil {
			return nil, err
		}
		status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
		if err != nil {
			return nil, err
		}
		all = append(all, trailOf{chosen, aws.ToBool(status.IsLogging)})
	}
	return all, nil
}

// showsWrites reports whether the trail logs management events that are not read-only.
func (t trailOf) showsWrites() bool {
	if !t.isLogging {
		return false
	}
	for _, e := range t.EventSelectors {
		if aws.ToBool(e.IncludeManagementEvents) && e.ReadWriteType != types.ReadWriteTypeReadOnly {
			return true
		}
	}
	for _, a := range t.AdvancedEventSelectors {
		has := func(field, value string) bool {
			return slices.ContainsFunc(a.FieldSelectors, func(f types.AdvancedFieldSelector) bool {
				return aws.ToString(f.Field) == field && slices.Contains(f.Equals, value)
			})
		}
		if has("eventCategory", "Management") && !has("readOnly", "true") {
			return true
		}
	}
	return false
}

// types are those of the resources whose data events the trail logs. Selectors of either form may choose resources, which
// are not told apart here.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
func (t trailOf) types() (all []string) {
	for _, e := range t.EventSelectors {
		for _, d := range e.DataResources {
			all = append(all, aws.ToString(d.Type))
		}
	}
	for _, a := range t.AdvancedEventSelectors {
		for _, f := range a.FieldSelectors {
			if aws.ToString(f.Field) == "resources.type" { // with the category Data, or NetworkActivity, which has no such field
				all = append(all, f.Equals...)
			}
		}
	}
	return all
}
