package trail

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
)

// Unobservable gives the actions, of those that a policy allows, whose use CloudTrail does not show: actions whose events are data events,
// unless data events are on. Sorted; "*" gives all of them, a few hundred. Actions that a service never logs are not known here.
func Unobservable(allows func(action string) bool, dataEventsOn bool) []string {
	return Hidden(allows, func(string) bool { return dataEventsOn })
}

// Hidden is [Unobservable] where trails log the data events of some types of resources, such as "AWS::S3::Object". Of a service's types
// the main one counts: objects, not access points; tables, not streams.
func Hidden(allows func(action string) bool, logged func(resourceType string) bool) []string {
	var all []string
	for i := range dataEvents {
		d := &dataEvents[i]
		if kind, _, _ := strings.Cut(d.resource, ", "); logged(kind) {
			continue
		}
		names := strings.Fields(d.names)
		if d.names == "*" {
			names = nil
			for _, a := range iamdata.Actions(d.service) {
				names = append(names, a.Name)
			}
		}
		for _, name := range names {
			if action := d.service + ":" + name; allows(action) {
				all = append(all, action)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Observable reports whether CloudTrail shows an action that a policy allows, without data events.
func Observable(allows func(action string) bool) bool {
	for _, service := range iamdata.Services() {
		for _, a := range iamdata.Actions(service) {
			if action := service + ":" + a.Name; !DataEvent(action) && allows(action) {
				return true
			}
		}
	}
	return false
}
