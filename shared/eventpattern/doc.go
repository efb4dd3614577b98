// Package eventpattern matches events against EventBridge event patterns, so
// that the local system, the tests and the deployed rules agree on which event
// means what.
//
// [Parse] reads a pattern and refuses whatever EventBridge refuses. A [Pattern]
// never changes and may be used by many at once: [Pattern.Match] asks whether an
// event matches, [Pattern.Exactly] which strings the pattern demands of a field.
//
// # What is followed
//
// The EventBridge User Guide, pages eb-event-patterns, eb-create-pattern-operators
// (in its earlier edition eb-event-patterns-content-based-filtering),
// eb-event-patterns-arrays and eb-event-patterns-null-values, and, where the guide
// is silent, the README of Event Ruler, the library in which AWS published the
// matching itself.
//
// Where the two differ, the library's behaviour is taken, because it is what runs:
//
//   - Numbers are equal by value, 300 is 300.0 is 3.0e2, as long as they lie in
//     -5e9..5e9 with at most six decimals; beyond that they are compared as they
//     are written. The guide calls the three unequal, the service does not.
//   - Fields of objects in a list match together only within one element. Nested
//     lists are flattened; every scalar in a list is a value of the field.
//   - A dot in a field name is the same as nesting: "a.b" is "b" inside "a".
//   - A string that is an IP address equals every spelling of that address.
//   - A field exists where it has a value that is no object and no empty list.
//   - A field that an event names twice has both values.
//
// # What is refused although EventBridge might take it
//
// A field that is named twice on any way through the pattern, a $or that is not
// a list of two or more objects, a CIDR block with bits beyond its mask or with
// a mask that leaves one address, an empty list inside anything-but, the
// operator "exactly", and more than four wildcard characters in one value.
// EventBridge refuses wildcards that are too complex for it without saying
// where that begins; one with six is known to be refused.
package eventpattern
