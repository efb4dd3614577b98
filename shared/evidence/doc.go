// Package evidence makes tamper-evident, append-only chains of records, bound by SHA-256. There is one chain per
// elevation, per caller and day, and per other thing with a history.
//
// A record is canonical JSON (RFC 8785, JCS) of at most [MaxRecord] bytes, kept byte for byte:
//
//	{"attestation_list": [{
//	    "chain_uid": "elevation#…",
//	    "fingerprint": {"algorithm_id": 3, "encoding_id": 1, "serialization_id": 2, "value": "…"},
//	    "prev_event": {"fingerprint": {…}, "uid": "elevation#…#1"}}],
//	 "metadata": {"event_code": "elevation.granting", "sequence": 2, "uid": "elevation#…#2"},
//	 "time": 1772366400000,
//	 "unmapped": {"actor": "grant", "detail": {…}, "late": true}}
//
// The names are of OCSF 1.9.0-dev (https://schema.ocsf.io), profile record_integrity; the ids mean SHA-256, hexadecimal
// and JCS. The first record has no prev_event. time is in milliseconds. metadata of a shortened detail has is_truncated
// and untruncated_size (KiB). Without a class it is not a complete OCSF event.
//
// The fingerprint is the SHA-256 of the record without the member fingerprint. Any implementation of JCS can verify it.
//
// A chain shows changes, removals, insertions and reordering before its head. To detect a cut tail or a replaced chain,
// pass [Verify] the head, which another row keeps in the same transaction.
package evidence
