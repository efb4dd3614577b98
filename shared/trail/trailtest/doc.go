// Package trailtest makes days of CloudTrail records around elevations, with the right behind each known by construction: what is
// attributed is held against what was meant, not against a second evaluation.
//
//   - day.go: a day: principals, grants, what each principal has by itself.
//   - calls.go: the calls that are made, with parameters, action and resource.
//   - record.go: a record as CloudTrail writes it.
package trailtest
