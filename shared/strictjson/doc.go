// Package strictjson reads JSON that others wrote, in one way for all of Curfew. encoding/json lets pass what two readers
// understand differently: a name given twice, names that differ in case only, bytes that are not UTF-8, half of a surrogate
// pair. Here each of these is an error with its place.
//
// Every reader begins with [Rules], which say what a text may be beside the grammar of RFC 8259. The zero Rules refuse all of
// these but names in another case, which matter to [Decode] alone, and set no bounds but those of encoding/json. The readers:
//
//   - [Check] only says whether a text follows the rules.
//   - [Scan] gives a [Scanner], which walks through the checked text and copies nothing.
//   - [Parse] gives a tree that keeps the order of members, places, and numbers as they were written.
//   - [Members] gives the members of one object, each as it was written.
//   - [Decode] fills a Go value.
//
// What a reader accepts, encoding/json accepts with the same value. What encoding/json accepts and a reader refuses has a
// [Reason] other than [Syntax] and [Trailing]. A fuzz target checks both.
package strictjson
