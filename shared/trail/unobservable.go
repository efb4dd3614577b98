package trail

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
)

// Unobservable gives the allowed actions that CloudTrail does not show: those with data events, unless data events are
// on. Sorted; "*" gives all of them, a few hundred. It does not know actions that a service never logs.
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

// Observable reports whether CloudTrail shows an allowed action without data events.
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
