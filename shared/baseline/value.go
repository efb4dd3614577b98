package baseline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"curfew/shared/record"
)

// Value is what a principal, a managed policy or a group has, without what Curfew attached.
type Value struct {
	// ID is the unique id of a principal, the ARN of a policy, or [GroupARN].
	ID      string `json:"id"`
	ARN     string `json:"arn,omitempty"`     // of a principal
	Account string `json:"account,omitempty"` // of a principal

	Inline   map[string]string `json:"inline,omitempty"`   // documents by name
	Attached []string          `json:"attached,omitempty"` // ARNs
	Boundary string            `json:"boundary,omitempty"` // ARN
	Trust    string            `json:"trust,omitempty"`    // of a role: no call is weighed by it
	Groups   []string          `json:"groups,omitempty"`   // of a user: each a [GroupARN]

	Version  string `json:"version,omitempty"` // of a policy: its default version
	Document string `json:"document,omitempty"`

	Unknown string `json:"unknown,omitempty"` // why it is not known
	Gone    bool   `json:"gone,omitempty"`    // the principal was deleted, or is no longer marked
}

// GroupARN is a group's ARN without its path: IAM names a user's groups without it, and names are unique in an account.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html
func GroupARN(account, name string) string { return "arn:aws:iam::" + account + ":group/" + name }

// maxValue leaves room in a row for keys and instants. IAM's quotas do not count white space and JSON escapes: a larger
// value is stored as unknown.
const maxValue = record.MaxSize - 16<<10

// Entry is a value as it is stored. It does not change: share it.
type Entry struct {
	Value  Value
	key    record.Key
	begins []byte // of a row's body with this value
	hash   string
	text   json.RawMessage
}

// Encode brings a value into its one form: without white space in documents, lists sorted.
func Encode(v Value) *Entry {
	v.Inline = smallAll(v.Inline)
	v.Document, v.Trust = small(v.Document), small(v.Trust)
	v.Attached, v.Groups = slices.Sorted(slices.Values(v.Attached)), slices.Sorted(slices.Values(v.Groups))
	text, err := json.Marshal(v)
	if err != nil || len(text) > maxValue { // strings alone: Marshal does not fail
		return Encode(Value{ID: v.ID, ARN: v.ARN, Account: v.Account, Unknown: "its policies are larger than a row may be"})
	}
	sum := sha256.Sum256(text)
	e := &Entry{Value: v, key: currentKey(v.ID), hash: hex.EncodeToString(sum[:]), text: text}
	e.begins = []byte(`{"hash":"` + e.hash + `",`)
	return e
}

// differs names what two values of a principal do not have in common.
func (v Value) differs(w Value) (parts []string) {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"inline policies", maps.Equal(v.Inline, w.Inline)},
		{"attached policies", slices.Equal(v.Attached, w.Attached)},
		{"permissions boundary", v.Boundary == w.Boundary},
		{"trust policy", v.Trust == w.Trust},
		{"groups", slices.Equal(v.Groups, w.Groups)},
		{"ARN", v.ARN == w.ARN},
		{"mark", v.Gone == w.Gone},
	} {
		if !part.same {
			parts = append(parts, part.name)
		}
	}
	if v.Unknown != w.Unknown { // such a value has no parts
		return []string{"size: one is too large to be stored"}
	}
	return parts
}

func smallAll(documents map[string]string) map[string]string {
	all := make(map[string]string, len(documents))
	for name, d := range documents {
		all[name] = small(d)
	}
	return all
}

// small removes white space between the tokens of JSON, and leaves other text.
func small(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	return b.String()
}
