package log

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"curfew/shared/evidence"
	"curfew/shared/strictjson"
)

// The partitions of the access table with rows on which a grant depends, before the elevation's id.
const requests, canaries, decisions, signatures, elevations, delegations = "request#", "canary#", "decision#", "signature#", "elevation#", "delegation#"

// RowsOf are where the rows of an elevation, or of a person who delegates, are: partitions, and how their sort keys begin.
func RowsOf(elevation string) map[string]string {
	if strings.HasPrefix(elevation, "person:") {
		return map[string]string{delegations + elevation: ""}
	}
	all := map[string]string{requests + elevation: "", decisions + elevation: "", signatures + elevation: "", elevations + elevation: "terms", canaries + elevation: "request"}
	if elevation == "" {
		all[delegations] = ""
	}
	return all
}

// HasRow reports whether a row of the access table is an entry, in each of its versions.
func HasRow(partition, sort string) bool {
	of, _, _ := strings.Cut(partition, "#")
	switch of + "#" {
	case requests, decisions, signatures:
		return true
	case elevations:
		return sort == "terms"
	case delegations: // the other rows are the head of its chain, and who may ask for it
		return strings.HasPrefix(sort, "made#") || strings.HasPrefix(sort, "ended#")
	case canaries:
		return sort == "request"
	}
	return false
}

// canary is who asks for canaries. Their requests have a partition of their own.
const canary = "machine:canary"

// need is a row on which a record depends, and a hash of what the two must agree on.
type need struct {
	row  rowName
	says [16]byte
}

func needsOf(r *evidence.Record) []need {
	if id, signed := strings.CutPrefix(r.Chain, signatures); signed && isSigned(r.Kind) {
		return []need{{rowName{signatures, id, "signature"}, saysSignature(id, r.Detail, r.Actor)}}
	}
	if id, is := strings.CutPrefix(r.Chain, delegations); is {
		return needsDelegation(id, r)
	}
	id, ok := strings.CutPrefix(r.Chain, elevations)
	if !ok {
		return nil
	}
	switch r.Kind {
	case "elevation.requested", "elevation.approved", "elevation.approval", "elevation.denied", "elevation.approval-withdrawn":
	default:
		return nil
	}
	if r.Seq > 1 { // a person's decision; Actor is who
		return []need{{rowName{decisions, id, decisionSort(r)}, hashOf(r.Detail)}}
	}
	digest := digestIn(r.Detail)
	terms := need{rowName{elevations, id, "terms"}, digest}
	switch {
	case r.Kind == "elevation.denied": // at once: it was no request
		return []need{terms}
	case r.Actor == canary:
		return []need{terms, {rowName{canaries, id, "request"}, digest}}
	}
	return []need{terms, {rowName{requests, id, "request"}, digest}}
}

// needsDelegation: the detail is the row, of which one member says its sort key.
func needsDelegation(person string, r *evidence.Record) []need {
	var d struct{ ID, Delegation string }
	_ = json.Unmarshal(r.Detail, &d) // another form says nothing
	switch r.Kind {
	case "delegation.made":
		return []need{{rowName{delegations, person, "made#" + d.ID}, hashOf(r.Detail)}}
	case "delegation.ended":
		return []need{{rowName{delegations, person, "ended#" + d.Delegation}, hashOf(r.Detail)}}
	}
	return nil
}

// decisionSort is the sort key of a decision: the person, after the number of their decisions before, if any.
func decisionSort(r *evidence.Record) string {
	c := strictjson.Cutter{Text: stringOf(r.Detail)}
	if turn, err := strconv.Atoi(c.Find("turn")); err == nil && turn > 0 {
		return fmt.Sprintf("%04d#%s", turn, r.Actor)
	}
	return r.Actor
}

// digestIn returns the hash of the member digest of canonical JSON, or of "".
func digestIn(detail json.RawMessage) [16]byte {
	c := strictjson.Cutter{Text: stringOf(detail)}
	raw := c.Find("digest")
	if !c.Ended() { // a rare spelling, or no object
		all, _ := strictjson.Members(detail, strictjson.Rules{})
		raw = string(all["digest"])
	}
	if !strings.HasPrefix(raw, `"`) {
		raw = `""`
	}
	return hashOf([]byte(raw))
}

func hashOf(b []byte) [16]byte {
	sum := sha256.Sum256(b)
	return [16]byte(sum[:])
}

// rowName is a key of the table. The partition is a kind and an id.
type rowName struct{ kind, id, sort string }

func (n rowName) String() string { return n.kind + n.id + " " + n.sort }

func (n rowName) clone() rowName { return rowName{n.kind, strings.Clone(n.id), strings.Clone(n.sort)} }

type rowID [16]byte

func (n rowName) hash() rowID {
	var room [256]byte
	return hashOf(append(append(append(append(room[:0], n.kind...), n.id...), 0), n.sort...))
}

func isSigned(kind string) bool {
	switch kind {
	case "review.signed", "catalog.signed", "campaign.signed", "campaign.removed":
		return true
	}
	return false
}

// saysSignature hashes what a signature and its evidence agree on. by is "": the detail is a row, which names the signer.
func saysSignature(of string, detail json.RawMessage, by string) [16]byte {
	switch {
	case strings.HasPrefix(of, "campaign#"):
		return saysAnswer(detail, by)
	case !strings.HasPrefix(of, "catalog#"):
		return digestIn(detail)
	}
	var s struct {
		Catalog string `json:"catalog"`
		InForce string `json:"in_force"`
		Note    string `json:"note"`
		By      string `json:"by"`
	}
	_ = json.Unmarshal(detail, &s) // another form says nothing
	if by != "" {
		s.By = by
	}
	return hashOf(fmt.Appendf(nil, "%q", []string{s.Catalog, s.InForce, s.Note, s.By}))
}

// saysAnswer hashes what an answer to a campaign's item and its evidence agree on.
func saysAnswer(detail json.RawMessage, by string) [16]byte {
	var s struct {
		Item   string `json:"item"`
		Says   string `json:"says"`
		Digest string `json:"digest"`
		Reason string `json:"reason"`
		By     struct {
			ID string `json:"id"`
		} `json:"by"`
	}
	_ = json.Unmarshal(detail, &s) // another form says nothing
	if by != "" {
		s.By.ID = by
	}
	return hashOf(fmt.Appendf(nil, "%q", []string{s.Item, s.Says, s.Digest, s.Reason, s.By.ID}))
}
