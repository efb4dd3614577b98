package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"curfew/shared/evidence"
)

// seal makes the digest and the evidence of an elevation's answer those of what it says: the page shows no terms that differ from their digest,
// and hostile text must get as far as an approver's eyes.
func (a *answers) seal(v any) error {
	e, ok := v.(map[string]any)
	if !ok || e["timeline"] == nil {
		return nil
	}
	terms := e["terms"].(map[string]any)
	policies := []string{}
	for _, p := range terms["policies"].([]any) {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		policies = append(policies, string(text))
	}
	document := maps.Clone(terms)
	for _, name := range []string{"id", "entitlement", "requester", "task", "reason", "session", "duration_seconds", "start_at", "latest_end", "approval", "heartbeat_seconds", "break_glass", "renews"} {
		document[name] = e[name]
	}
	document["principal"] = map[string]any{"arn": e["principal"], "id": e["principal_id"], "account": e["account"]}
	document["policies"] = policies
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	terms["document"], e["digest"] = string(text), hex.EncodeToString(sum[:])
	return a.chain(e)
}

// chain makes a timeline of hostile records.
func (a *answers) chain(e map[string]any) error {
	var head evidence.Head
	timeline := []evidence.Record{}
	for i := range 3 {
		entry := evidence.Entry{At: time.Now(), Kind: a.text(), Actor: a.text(), Detail: map[string]string{a.text(): a.text()}}
		switch i { // it begins with the terms, and leads to the state
		case 0:
			entry.Detail = map[string]any{"digest": e["digest"], a.text(): a.text()}
		case 2:
			entry.Kind = fmt.Sprint("elevation.", e["state"])
		}
		r, next, err := evidence.Append(evidence.ElevationChain(fmt.Sprint(e["id"])), head, entry)
		if err != nil {
			return err
		}
		head = next
		timeline = append(timeline, r)
	}
	e["timeline"] = timeline
	e["evidence"] = map[string]any{"state": "verified", "head": head}
	return nil
}
