// Package evidence keeps what happened in a form that shows tampering: append-only records, each bound to the one before
// it by SHA-256, in one chain per elevation, one per caller and day, and one for each other thing that has a history.
//
// A record is one JSON object in the form of RFC 8785 (JCS), at most [MaxRecord] bytes, made once and kept verbatim:
//
//	{"attestation_list": [{
//	    "chain_uid": "elevation#…",
//	    "fingerprint": {"algorithm_id": 3, "encoding_id": 1, "serialization_id": 2, "value": "…"},
//	    "prev_event": {"fingerprint": {…}, "uid": "elevation#…#1"}}],
//	 "metadata": {"event_code": "elevation.granting", "sequence": 2, "uid": "elevation#…#2"},
//	 "time": 1772366400000,
//	 "unmapped": {"actor": "grant", "detail": {…}, "late": true}}
//
// It follows OCSF 1.9.0-dev (https://schema.ocsf.io) in these parts: attestation_list of the profile record_integrity with the
// objects attestation, fingerprint (3 is SHA-256, 1 hexadecimal, 2 JCS) and prev_event, which the first record of a chain has
// not; of the base event time (milliseconds since 1970), metadata with event_code, sequence, uid, and, if the detail is
// shortened, is_truncated and untruncated_size (KiB), and unmapped, which holds what is Curfew's own. It has no class, and so is not a
// whole OCSF event.
//
// The fingerprint is the SHA-256 of the record's bytes without the member fingerprint of its attestation, as OCSF describes it:
// any implementation of JCS verifies a chain.
//
// A chain shows alteration, removal, insertion and reordering of what lies before its head. It cannot show that its own
// tail was cut off, or that all of it was replaced: for that the head must be known from elsewhere. The row that a chain is
// about keeps its head, in the same transaction as the record, and who verifies a chain passes that head to [Verify].
package evidence
