package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"curfew/shared/evidence"
)

// This file says what lies where in the two tables. Decisions have a partition of their own, because IAM can confine a
// function to partitions and to nothing finer: only decide may write decision#….

func elevationPartition(id string) string { return "elevation#" + id }
func idOf(k Key) string                   { return strings.TrimPrefix(k.Partition, elevationPartition("")) }
func decisionPartition(id string) string  { return "decision#" + id }

func accessKey(partition, sort string) Key {
	return Key{Table: AccessTable, Partition: partition, Sort: sort}
}

func elevationKey(id string) Key { return accessKey(elevationPartition(id), "elevation") }
func termsKey(id string) Key     { return accessKey(elevationPartition(id), "terms") }
func expiryKey(id string) Key    { return accessKey("expiry#"+id, "expiry") }
func reviewKey(id string) Key    { return accessKey("review#"+id, "review") }
func findingKey(id string) Key   { return accessKey("finding#"+id, "finding") }
func taskKey(t Task) Key         { return accessKey("task#"+t.String(), "task") }
func idempotencyKey(c, k string) Key {
	return accessKey("idempotency#"+c, k)
}

func runKey(trigger string, t Task) Key { return accessKey(taskKey(t).Partition, "run#"+trigger) }
func containedKey() Key                 { return accessKey("contained#principals", "principals") }
func surveyKey() Key                    { return accessKey("sweep#survey", "survey") }
func canaryKey() Key                    { return accessKey("canary#turn", "turn") }

// All suspensions lie in one partition: whoever decides reads those that matter by key, the sweep reads all of them.
const suspendedPartition = "suspended"

func suspendedKey(sc Scope) Key { return accessKey(suspendedPartition, sc.String()) }

// pendingKey is taken by a request until it is granted or over: one caller asks for the same thing, for the same session,
// once at a time. Caller and session are part of it because two people on one role do not wait for each other, and
// nobody may keep another from asking.
func pendingKey(t Terms) Key {
	who := t.Requester.ID + "#" + t.Session.Value
	if strings.HasPrefix(t.Requester.ID, TriggerRef("")) { // its tasks do not wait for each other's approvers
		who += "#" + t.Task.String()
	}
	return accessKey("pending#"+t.Principal.ID+"#"+t.Entitlement, who)
}

func callerKey(caller string, day time.Time) Key {
	return accessKey(evidence.CallerChain(caller, day), "head")
}

func tokenKey(id string, t Token) Key {
	sum := sha256.Sum256([]byte(t.Token))
	return accessKey(elevationPartition(id), "token#"+t.For+"#"+hex.EncodeToString(sum[:8]))
}

// Token is the task token of one try of a waiting task. It gives no authority, and is logged nowhere all the same.
type Token struct {
	For   string    `json:"for"` // "ask" or "hold"
	Token string    `json:"token"`
	At    time.Time `json:"at"`
}

// The partitions of [ByDue]. Requests have their own, so that no number of them stands before records with access.
const (
	dueOpen    = "due"
	dueWaiting = "waiting"
)

// encode makes a row of a value.
func encode(k Key, version int64, v any) (Row, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Row{}, Errorf(Internal, "writing %s: %w", k.Partition, err)
	}
	return Row{Key: k, Version: version, Body: body}, nil
}

func decode[T any](r Row) (T, error) {
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return v, Errorf(Internal, "reading %s %s: %w", r.Key.Partition, r.Key.Sort, err)
	}
	return v, nil
}

// elevationRow places an elevation in its indexes. At rest (terminal) it is due for nothing.
func elevationRow(e Elevation) (Row, error) {
	r, err := encode(elevationKey(e.ID), e.Version, e)
	if err != nil {
		return r, err
	}
	r.Index = map[Index]Place{
		ByState:     {string(e.State), e.ID},
		ByPrincipal: {e.Principal.ARN, e.ID},
		ByRequester: {e.Requester, e.ID},
	}
	if e.Principal.ARN == "" { // refused before the principal was looked at
		delete(r.Index, ByPrincipal)
	}
	if due := e.due(); !due.IsZero() {
		partition := dueOpen
		if e.State.waits() {
			partition = dueWaiting
		}
		r.Index[ByDue] = Place{partition, due.Format(time.RFC3339) + "#" + e.ID}
	}
	return r, nil
}

func evidenceRow(r evidence.Record) (Row, error) {
	k := Key{AuditTable, r.Chain, fmt.Sprintf("%012d", r.Seq)}
	body, err := r.JSON()
	if err != nil {
		return Row{}, Errorf(Internal, "writing %s: %w", k.Partition, err)
	}
	return Row{Key: k, Version: 1, Body: body}, nil
}

// expiryRow is the TTL record: when DynamoDB removes it, the stream brings the order in it to Revoke.
func expiryRow(e Elevation) (Row, error) {
	r, err := encode(expiryKey(e.ID), 1, e.order("ttl", e.Deadline))
	r.Expires = e.Deadline
	return r, err
}

func decodeLife(id string, rows []Row) (life, error) {
	var l life
	var err error
	for _, r := range rows {
		switch {
		case r.Key.Sort == "terms":
			l.terms, err = read[Terms](r)
		case r.Key.Sort == "elevation":
			l.elevation, err = read[Elevation](r)
			l.elevation.Version = r.Version
		case strings.HasPrefix(r.Key.Sort, "token#"):
			// A token that cannot be read is one that cannot be answered: its task times out by itself.
			if t, err := read[Token](r); err == nil {
				l.tokens = append(l.tokens, t)
			}
		}
		if err != nil {
			return l, err
		}
	}
	if l.elevation.ID != id || l.terms.ID != id {
		return l, Errorf(NotFound, "there is no elevation %q", printable(id))
	}
	return l, nil
}

// Lives gives all elevations among the rows of a partition or table, for whoever checks a whole table against the
// invariants. Rows of anything else are passed over.
func Lives(rows []Row) ([]Elevation, []Terms, error) {
	var es []Elevation
	var ts []Terms
	for _, r := range rows {
		var err error
		var e Elevation
		var t Terms
		switch {
		case r.Key.Table != AccessTable:
		case r.Key.Sort == "elevation":
			e, err = read[Elevation](r)
			e.Version = r.Version
			es = append(es, e)
		case r.Key.Sort == "terms":
			t, err = read[Terms](r)
			ts = append(ts, t)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return es, ts, nil
}

// ValidID reports whether id is a lower-case ULID: 26 characters of Crockford's base 32.
func ValidID(id string) bool {
	if len(id) != 26 || id[0] > '7' {
		return false
	}
	for _, c := range []byte(id) {
		if !strings.ContainsRune("0123456789abcdefghjkmnpqrstvwxyz", rune(c)) {
			return false
		}
	}
	return true
}

// printable is what may be repeated to a caller or a log of a text that was not understood.
func printable(s string) string {
	const most = 40
	out := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(out) > most {
		out = out[:most] + "…"
	}
	return out
}
