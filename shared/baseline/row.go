package baseline

import (
	"encoding/json"
	"time"

	"curfew/shared/record"
)

func currentKey(id string) record.Key { return record.AccessKey("baseline#"+id, current) }

const current = "current"

func surveyKey(account string) record.Key { return record.AccessKey(survey, account) }

const survey = "baseline#survey"

// confirmedKey is read before any value: [Load] knows the account only afterwards.
func confirmedKey() record.Key { return record.AccessKey(survey, "confirmed") }

// confirmed is when the last complete survey of each account began.
type confirmed map[string]time.Time

// stored is a row's body. Hash is first: [Keep] compares the beginning of the bytes.
type stored struct {
	Hash  string    `json:"hash"` // SHA-256 of value
	Since time.Time `json:"since"`
	// Until is how far a replaced value was confirmed.
	Until time.Time       `json:"until,omitzero"`
	Value json.RawMessage `json:"value"`
}

// surveyed is which marked principals surveys saw in an account. IAM's quotas allow 10,000 principals, which take 240 KB.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type surveyed struct {
	Survey time.Time `json:"survey"` // when it began
	Seen   []string  `json:"seen,omitempty"`
	Unseen []string  `json:"unseen,omitempty"` // seen before, and not yet by this survey
	// Moved is when principals were first seen with another value, until [Unexplained] has judged it.
	Moved map[string]time.Time `json:"moved,omitempty"`
}
