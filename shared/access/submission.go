package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Submission creates requests.
type Submission struct{ *Service }

type repeat struct {
	Elevation string `json:"elevation"`
	Request   string `json:"request"` // SHA-256
}

func (r Request) sum() string {
	b, err := json.Marshal(r)
	if err != nil { // cannot fail
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// repeated returns what an idempotency key stands for, or an empty life. Refusals keep no key. The change takes the key
// on condition that it is unchanged.
func (s Submission) repeated(ctx context.Context, c identity.Caller, r Request) (Life, record.Change, error) {
	take := record.Change{If: record.Absent}
	if r.IdempotencyKey == "" {
		return Life{}, take, nil
	}
	key := idempotencyKey(c.ID, r.IdempotencyKey)
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return Life{}, take, fault.Wrap(err, "reading an idempotency key of %s", c.ID)
	}
	row, ok := rows[key]
	if !ok {
		return Life{}, take, nil
	}
	if !s.Now().Before(row.Expires) { // TTL may be days late
		return Life{}, record.Change{If: record.Unchanged, Version: row.Version}, nil
	}
	was, err := record.Decode[repeat](row)
	if err != nil {
		return Life{}, take, err
	}
	if was.Request != r.sum() {
		return Life{}, take, &fault.Error{Kind: fault.Conflict, Text: "this idempotency key was used for another request", By: []string{ReasonKeyReused}}
	}
	l, err := s.Load(ctx, was.Elevation)
	return l, take, err
}

// rival returns what a lost transaction may have stored: the caller's own retry, or this request, if its answer was
// lost. Empty: neither.
func (s Submission) rival(ctx context.Context, c identity.Caller, t Terms, r Request) (Elevation, error) {
	if done, _, err := s.repeated(ctx, c, r); err != nil || done.Elevation.ID != "" {
		return done.Elevation, err
	}
	if l, err := s.Load(ctx, t.ID); err == nil {
		return l.Elevation, nil
	}
	return Elevation{}, nil
}

// oneOf spreads concurrent requests over 0..n-1.
func oneOf(id string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % uint32(n))
}
