// Package strictjson reads untrusted JSON. encoding/json accepts texts that two readers may understand differently:
// duplicate names, names that differ only in case, invalid UTF-8, half of a surrogate pair. This package refuses them.
//
// The zero [Rules] refuse all of these; only [Decode] refuses names that differ in case. They set no limit but
// [MaxDepth].
//
//   - [Check] verifies a text.
//   - [Scan] returns a [Scanner], which does not copy.
//   - [Parse] returns a tree with places.
//   - [Members] returns the members of one object.
//   - [Decode] fills a Go value.
//   - [CheckDepth] is for text that another parser reads, JSON or Cedar.
//
// encoding/json accepts every text that this package accepts, with the same value. If only this package refuses a text,
// the [Reason] is not [Syntax] or [Trailing]. A fuzz target checks both.
package strictjson
