package access

import (
	"time"

	"curfew/shared/record"
)

// asked says that terms were asked for. Only the functions api and trigger can write its partition, and reconcile that of
// canaries, so that no other function can begin access by making up terms: Grant demands it, whatever the rest of the record says.
type asked struct {
	Digest    string `json:"digest"` // of the terms
	Requester string `json:"requester"`
	// Input is the execution's input, kept byte for byte so that StartExecution may be repeated.
	Input string `json:"input"`
}

// askedKey is where it lies. The sweep asks for canaries, and may not write where requests lie.
func askedKey(t Terms) record.Key {
	if t.CanaryNet() != "" {
		return canaryRequestKey(t.ID)
	}
	return requestKey(t.ID)
}

// granted says that an elevation was granted, and when. Only the function grant can write its partition: a record that is put back
// to approved is not granted once more.
type granted struct {
	Execution string    `json:"execution"`
	At        time.Time `json:"at"`
}

func grantedKey(id string) record.Key       { return record.AccessKey("granted#"+id, "granted") }
func requestKey(id string) record.Key       { return record.AccessKey("request#"+id, "request") }
func canaryRequestKey(id string) record.Key { return record.AccessKey("canary#"+id, "request") }

// of refuses terms that were not asked for.
func (a asked) of(t Terms) error {
	if a.Digest == "" || a.Digest != t.Digest() || a.Requester != t.Requester.ID {
		return deny("curfew.digest", "the terms of %s are not those that were asked for", t.ID)
	}
	return nil
}
