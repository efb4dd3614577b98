// Package strictjson reads untrusted JSON. encoding/json accepts texts that two readers may understand differently:
// duplicate names, names that differ only in case, invalid UTF-8, half of a surrogate pair. This package refuses them
// and reports the place.
//
// [Rules] say what is accepted. The zero Rules refuse all of these except names that differ in case, which only
// [Decode] refuses. They set no limits except those of encoding/json.
//
//   - [Check] verifies a text.
//   - [Scan] returns a [Scanner], which walks through the text without copying.
//   - [Parse] returns a tree with places, the order of members, and numbers as written.
//   - [Members] returns the members of one object.
//   - [Decode] fills a Go value.
//
// encoding/json accepts every text that this package accepts, with the same value. If encoding/json accepts a text that
// is refused here, the [Reason] is not [Syntax] or [Trailing]. A fuzz target checks both.
package strictjson
