package baseline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Current is the newest value of a marked principal.
type Current struct {
	Value
	Hash  string
	Since time.Time // when a survey first saw it
}

// Get returns the newest value of a principal; false: it is not marked.
func Get(ctx context.Context, s record.Store, principalID string) (Current, bool, error) {
	was, err := record.Get[stored](ctx, s, currentKey(principalID))
	if err != nil || !was.Exists() {
		return Current{}, false, err
	}
	v, err := record.Decode[Value](record.Row{Key: was.Row.Key, Body: was.Value.Value})
	return Current{v, was.Value.Hash, was.Value.Since}, err == nil && !v.Gone, err
}

// Find is [Get] by a principal's ARN, without its path: records of IAM's calls have only the name.
func Find(ctx context.Context, s record.Store, arn string) (Current, bool, error) {
	was, err := record.Get[named](ctx, s, namedKey(arn))
	if err != nil || !was.Exists() {
		return Current{}, false, fault.Wrap(err, "looking for the baseline of %s", arn)
	}
	v, marked, err := Get(ctx, s, was.Value.ID)
	return v, marked && withoutPath(v.ARN) == withoutPath(arn), err
}

// Has reports whether the value has a policy: an inline one by name and digest, an attached one by ARN, or without a
// name the trust policy.
func (v Value) Has(policy, digest string) bool {
	switch {
	case policy == "":
		return v.Trust != "" && Digest(v.Trust) == digest
	case strings.HasPrefix(policy, "arn:"):
		return slices.Contains(v.Attached, policy)
	}
	document, there := v.Inline[policy]
	return there && (digest == "" || Digest(document) == digest) // without a digest, a document that was there before counts
}

// Digest is the SHA-256 of a document without white space between its tokens.
func Digest(document string) string {
	sum := sha256.Sum256([]byte(small(document)))
	return hex.EncodeToString(sum[:])
}

// named is a row: which principal has a name. A name is unique in all paths.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
type named struct {
	ID string `json:"id"`
}

func namedKey(arn string) record.Key { return record.AccessKey("baseline#"+withoutPath(arn), "id") }

// withoutPath leaves "arn:aws:iam::account:role/name".
func withoutPath(arn string) string {
	first, last := strings.IndexByte(arn, '/'), strings.LastIndexByte(arn, '/')
	if first < 0 {
		return arn
	}
	return arn[:first] + arn[last:]
}
