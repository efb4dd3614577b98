// Package detection says which attributed CloudTrail events become findings.
//
// A [Detection] is a file of the catalog. Its pattern, in the language of EventBridge, says which events it looks at. Its when, a
// Cedar expression over the facts of an [Event], decides. Values that a caller chooses reach Cedar as typed and bounded attributes of
// schema.cedarschema, never as policy text. An error of a when is a [Hit], never a miss.
//
// [Set.Match] is pure. Kinds with a state (burst, first, volume, silence, dormant) are pure functions from a [State] and a match to the
// next State; [Judge] reads and writes the States through a [History].
package detection
