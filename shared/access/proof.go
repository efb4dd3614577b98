package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/evidence"
)

// CheckEvidence verifies an elevation's records. The chain must be whole up to the stored head, its first record must
// name the digest, and its states must be legal and end in the stored one. A state without a record counts as
// truncation. The error is an [*evidence.BrokenError].
//
// Records after the head are newer than e: their states are ignored.
func CheckEvidence(e Elevation, digest string, records []evidence.Record) error {
	chain := evidence.ElevationChain(e.ID)
	if _, err := evidence.Verify(chain, records, e.Evidence); err != nil {
		return err
	}
	if e.Evidence.Seq < 1 {
		return &evidence.BrokenError{Chain: chain, Seq: 1, Why: "missing: there is no record of the request", Truncated: true}
	}
	known := records[:e.Evidence.Seq]
	if told := digestIn(known[0]); told != digest {
		return &evidence.BrokenError{Chain: chain, Seq: 1, Why: fmt.Sprintf("its terms have the digest %.64q, which is not the digest of these terms", told)}
	}
	return checkStates(chain, e.State, known)
}

func checkStates(chain string, want State, records []evidence.Record) error {
	var state State
	told := false // a record names want
	for _, r := range records {
		next, again := stateIn(r)
		if next == "" {
			continue
		}
		if !again && !mayFollow(state, next) {
			return &evidence.BrokenError{Chain: chain, Seq: r.Seq, Why: fmt.Sprintf("an elevation does not become %.20q when it is %q", next, state)}
		}
		state, told = next, told || next == want
	}
	last := int64(len(records))
	switch {
	case state == want:
		return nil
	case told:
		return &evidence.BrokenError{Chain: chain, Seq: last, Why: fmt.Sprintf("the records say %s, but the stored state is %.20q", state, want)}
	}
	return &evidence.BrokenError{
		Chain: chain, Seq: last + 1, Truncated: true,
		Why: fmt.Sprintf("missing: the stored state is %.20q, but the records end with %s", want, state),
	}
}

// stateIn returns the state that a record sets, if any. again: restored from a backup.
func stateIn(r evidence.Record) (s State, again bool) {
	switch kind := State(strings.TrimPrefix(r.Kind, "elevation.")); {
	case kind == "refused":
		return Revoking, false
	case kind == "restored":
		var detail struct {
			State State `json:"state"`
		}
		err := json.Unmarshal(r.Detail, &detail)
		return detail.State, err == nil
	case slices.Contains(States(), kind):
		return kind, false
	}
	return "", false
}

func mayFollow(from, to State) bool {
	if from == "" {
		return to == Requested || to == Approved || to == DeniedState
	}
	return from == to && to == Stuck || MayMove(from, to)
}

func digestIn(r evidence.Record) string {
	var detail struct {
		Digest string `json:"digest"`
	}
	if json.Unmarshal(r.Detail, &detail) != nil {
		return ""
	}
	return detail.Digest
}
