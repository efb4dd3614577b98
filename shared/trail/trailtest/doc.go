// Package trailtest makes days of CloudTrail records around elevations, with the right behind each known by construction: what is
// attributed is held against what was meant, not against a second evaluation.
package trailtest
