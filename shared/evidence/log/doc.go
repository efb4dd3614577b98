// Package log keeps all evidence in one append-only Merkle log, which tools that Curfew did not write can verify.
//
// The forms are those of https://c2sp.org: tlog-tiles (tiles of height 8 and bundles of entries), tlog-checkpoint,
// signed-note (Ed25519), tlog-proof and tlog-witness. The hashes are those of RFC 6962 by golang.org/x/mod/sumdb/tlog.
//
//	checkpoint               the size and root of the newest tree, signed
//	tile/0/x001/234          256 leaf hashes; tile/0/x001/235.p/7 has 7
//	tile/entries/x001/234    their entries, each after its length in two bytes
//	altered/HASH             an image of evidence that was changed or removed
//
// An entry is the canonical text (RFC 8785) of one thing, at most [evidence.MaxRecord] bytes: a record of evidence, a row of
// the access table on which a grant depended, or the keys of the log. See [EntryOf].
//
// An append has one order, which a crash may end anywhere: [Log.Keep] stages the new objects, the caller replaces the
// head in its database, [Log.Publish] writes the objects and then the checkpoint. [Log.Settle] publishes what a crash left.
// So the head never names what cannot be published, and two writers cannot make two logs: one of them loses the head.
package log
