// Package trigger holds the values of triggers: the catalog entries by which events begin and end elevations, what they ask
// of the domain, and its answers. Package catalog loads them, package eventbus holds events against them, and package access
// begins and ends.
//
// The reader of events is a package of its own, [curfew/shared/trigger/eventbus], because it needs package events and
// the grammar of patterns. The domain and the catalog import the values alone.
package trigger
