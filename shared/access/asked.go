package access

import (
	"time"

	"curfew/shared/record"
)

// asked records the request that Grant requires. Only the functions api and trigger (reconcile for canaries) can write
// it: no other function can begin access.
type asked struct {
	Digest    string `json:"digest"`
	Requester string `json:"requester"`
	// Input is the execution's input, byte for byte: StartExecution may be retried.
	Input string `json:"input"`
}

// askedKey: the sweep requests canaries and may not write other requests.
func askedKey(t Terms) record.Key {
	if t.CanaryNet() != "" {
		return canaryRequestKey(t.ID)
	}
	return requestKey(t.ID)
}

// granted prevents a second grant if a record is set back to approved. Only the function grant can write it.
type granted struct {
	Execution string    `json:"execution"`
	At        time.Time `json:"at"`
	// Charged are the minutes that the counters of Per were charged; 0: no budget.
	Charged int64       `json:"charged,omitempty"`
	Per     []BudgetPer `json:"per,omitempty"`
}

func grantedKey(id string) record.Key       { return record.AccessKey("granted#"+id, "granted") }
func requestKey(id string) record.Key       { return record.AccessKey("request#"+id, "request") }
func canaryRequestKey(id string) record.Key { return record.AccessKey("canary#"+id, "request") }

func (a asked) of(t Terms) error {
	if a.Digest == "" || a.Digest != t.Digest() || a.Requester != t.Requester.ID {
		return deny("curfew.digest", "the terms of %s differ from the request", t.ID)
	}
	return nil
}
