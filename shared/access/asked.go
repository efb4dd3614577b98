package access

import (
	"time"

	"curfew/shared/record"
)

// asked records that terms were requested. Grant demands it. Only the functions api and trigger can write its partition
// (reconcile for canaries), so no other function can begin access with invented terms.
type asked struct {
	Digest    string `json:"digest"` // of the terms
	Requester string `json:"requester"`
	// Input is the execution's input, byte for byte, so that StartExecution can be retried.
	Input string `json:"input"`
}

// askedKey depends on the requester: the sweep requests canaries and may not write other requests.
func askedKey(t Terms) record.Key {
	if t.CanaryNet() != "" {
		return canaryRequestKey(t.ID)
	}
	return requestKey(t.ID)
}

// granted records when an elevation was granted. Only the function grant can write its partition. A record that is set
// back to approved is therefore not granted again.
type granted struct {
	Execution string    `json:"execution"`
	At        time.Time `json:"at"`
}

func grantedKey(id string) record.Key       { return record.AccessKey("granted#"+id, "granted") }
func requestKey(id string) record.Key       { return record.AccessKey("request#"+id, "request") }
func canaryRequestKey(id string) record.Key { return record.AccessKey("canary#"+id, "request") }

// of returns Denied if the terms are not the requested ones.
func (a asked) of(t Terms) error {
	if a.Digest == "" || a.Digest != t.Digest() || a.Requester != t.Requester.ID {
		return deny("curfew.digest", "the terms of %s are not those that were asked for", t.ID)
	}
	return nil
}
