package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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

// ways are states that lead to each.
func ways() map[string][]string {
	return map[string][]string{
		"granting": {"approved"}, "active": {"approved", "granting"}, "revoking": {"approved"}, "stuck": {"approved", "revoking"}, "ended": {"approved", "revoking"},
		"withdrawn": {"requested"}, "lapsed": {"requested"},
	}
}

// chain makes a timeline of hostile records. It begins with the terms, and leads to the state. After the head it has the end of the receipt.
func (a *answers) chain(e map[string]any) error {
	var head, known evidence.Head
	timeline := []evidence.Record{}
	add := func(kind string, detail any) error {
		r, next, err := evidence.Append(evidence.ElevationChain(fmt.Sprint(e["id"])), head, evidence.Entry{At: time.Now(), Kind: kind, Actor: "actor " + a.text(), Detail: detail})
		if err == nil {
			head, timeline = next, append(timeline, r)
		}
		return err
	}
	err := errors.Join(add(a.text(), map[string]any{"digest": e["digest"], a.text(): a.text()}), add(a.text(), map[string]string{a.text(): a.text()}))
	for _, state := range append(ways()[fmt.Sprint(e["state"])], fmt.Sprint(e["state"])) {
		err = errors.Join(err, add("elevation."+state, map[string]string{a.text(): a.text()}))
	}
	known = head
	if r, ok := e["receipt"].(map[string]any); ok {
		err = errors.Join(err, add("elevation.ended", r))
		r["elevation"], r["digest"], r["by"] = e["id"], e["digest"], timeline[len(timeline)-1].Actor
		r["principal"] = map[string]any{"arn": e["principal"], "id": e["principal_id"], "account": e["account"]}
	}
	e["timeline"] = timeline
	e["evidence"] = map[string]any{"state": "verified", "head": known}
	return err
}
