// Package eventpattern matches events against EventBridge event patterns, as the deployed rules do.
//
// # Sources
//
// The EventBridge User Guide: eb-event-patterns, eb-create-pattern-operators (formerly
// eb-event-patterns-content-based-filtering), eb-event-patterns-arrays and eb-event-patterns-null-values. The README of
// Event Ruler, AWS's published matching library, fills gaps. Where they differ, the library wins, because the service
// runs it:
//
//   - Numbers of events compare as doubles: 300 is 300.0 is 3.0e2, and 6e9 is more than 0. The guide calls the three
//     unequal, and compares -5e9..5e9 with six decimals. [Parse] refuses others after numeric and anything-but.
//   - Fields of objects in a list match together only within one element. Nested lists are flattened. Every scalar in a
//     list is a value of the field.
//   - A dot in a field name is nesting: "a.b" is "b" inside "a".
//   - An IP address equals every spelling of it.
//   - A field exists if it has a scalar value, null included.
//   - A field named twice in an event has both values.
//
// # Refused, although EventBridge might accept it
//
//   - a field named twice on one way through the pattern
//   - a $or that is not a list of two or more objects
//   - a CIDR block of one address, or with bits beyond its mask
//   - an empty list in anything-but
//   - the operator "exactly"
//   - more than four wildcard characters (see maxStars)
package eventpattern
