package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
)

// shared/record/keys.go lists all partitions and their writers.

func elevationPartition(id string) string { return "elevation#" + id }

// IDOf returns the elevation id of a key.
func IDOf(k record.Key) string { return strings.TrimPrefix(k.Partition, elevationPartition("")) }

// idIn returns the elevation id of a key of an elevation or a decision.
func idIn(k record.Key) string           { return k.Partition[strings.IndexByte(k.Partition, '#')+1:] }
func decisionPartition(id string) string { return "decision#" + id }

// decisionKey is the key of a person's decision. Package evidence/log knows it.
func decisionKey(id, by string, turn int) record.Key {
	if turn > 0 {
		by = fmt.Sprintf("%04d#%s", turn, by)
	}
	return record.AccessKey(decisionPartition(id), by)
}

// ElevationKey is the key of an elevation.
func ElevationKey(id string) record.Key { return record.AccessKey(elevationPartition(id), "elevation") }

// TermsKey is the key of its terms.
func TermsKey(id string) record.Key { return record.AccessKey(elevationPartition(id), "terms") }

func joinedKey(id, task string) record.Key {
	return record.AccessKey(elevationPartition(id), joinedPrefix+task)
}

const joinedPrefix = "task#"

// ExpiryKey is the key of its TTL record.
func ExpiryKey(id string) record.Key { return record.AccessKey("expiry#"+id, "expiry") }
func idempotencyKey(c, k string) record.Key {
	return record.AccessKey("idempotency#"+c, k)
}

func runKey(trigger string, t task.Task) record.Key {
	return record.AccessKey(task.Key(t).Partition, "run#"+trigger)
}
func containedKey() record.Key { return record.AccessKey("contained#principals", "principals") }

// SurveyKey holds the sweep's position in an account's IAM.
func SurveyKey(account string) record.Key { return record.AccessKey(SurveyPartition, account) }

// SurveyPartition has a row for each account.
const SurveyPartition = "sweep#survey"

// CanaryKey holds whose turn it is.
func CanaryKey() record.Key { return record.AccessKey("canary#turn", "turn") }

// pendingKey blocks a caller's second elevation of one session. Two callers of one role do not block each other.
func pendingKey(t Terms) record.Key {
	who := humanOf(t.Requester) + "#" + t.Session.Value
	if strings.HasPrefix(t.Requester.ID, identity.TriggerID("")) {
		who += "#" + t.Task.String()
	}
	return record.AccessKey("pending#"+t.Principal.ID+"#"+t.Entitlement, who)
}

func callerKey(caller string, day time.Time) record.Key {
	return record.HeadKey(evidence.CallerChain(caller, day))
}

func tokenKey(id string, t Token) record.Key {
	sum := sha256.Sum256([]byte(t.Token))
	return record.AccessKey(elevationPartition(id), "token#"+t.For+"#"+hex.EncodeToString(sum[:8]))
}

// Token is the task token of one try. Never log it.
type Token struct {
	For   string    `json:"for"` // "ask" or "hold"
	Token string    `json:"token"`
	At    time.Time `json:"at"`
}

// Life is a stored elevation without decisions and evidence.
type Life struct {
	Terms     Terms
	Elevation Elevation
	Tokens    []Token

	asked      asked
	granted    record.Stored[granted]
	unreadable bool // see [byID.visible]
}

// Found is an occurrence of a finding about the elevation.
func (l Life) Found(what string) finding.Occurrence {
	return finding.Occurrence{
		Subject: l.Terms.ID, What: what, Elevation: l.Terms.ID, Principal: l.Terms.Principal.ARN, Account: l.Terms.Principal.Account,
	}
}

// Partitions of [record.ByDue]. Waiting requests are apart: their number must not delay access records.
const (
	DueOpen    = "due"
	DueWaiting = "waiting"
)

func termsRow(t Terms) (record.Row, error) {
	r, err := record.Encode(TermsKey(t.ID), 1, t)
	r.Index = map[record.Index]record.Place{record.ByRequester: {Partition: OfTask(t.Task.String()), Sort: t.ID}}
	if t.Principal.Account != "" {
		r.Index[record.ByPrincipal] = record.Place{Partition: InAccount(t.Principal.Account), Sort: t.ID}
	}
	return r, err
}

// OfTask is the partition of [record.ByRequester] with the elevations that were requested for a task.
func OfTask(task string) string { return "task#" + task }

// InAccount is the partition of [record.ByPrincipal] with the elevations of an account's principals.
func InAccount(account string) string { return "account#" + account }

// DecidedBy is the partition of [record.ByRequester] with the elevations that a person decided on.
func DecidedBy(person string) string { return "decided#" + person }

func elevationRow(e Elevation) (record.Row, error) {
	r, err := record.Encode(ElevationKey(e.ID), e.Version, e)
	if err != nil {
		return r, err
	}
	r.Index = map[record.Index]record.Place{
		record.ByState:     {Partition: e.State.Indexed(), Sort: e.ID},
		record.ByPrincipal: {Partition: e.Principal.ARN, Sort: e.ID},
		record.ByRequester: {Partition: e.Requester, Sort: e.ID},
	}
	if e.Principal.ARN == "" {
		delete(r.Index, record.ByPrincipal)
	}
	if due := e.Due(); !due.IsZero() {
		partition := DueOpen
		if e.State.Waits() {
			partition = DueWaiting
		}
		r.Index[record.ByDue] = record.Place{Partition: partition, Sort: due.Format(time.RFC3339) + "#" + e.ID}
	}
	if e.State == Ended && !e.GrantedAt.IsZero() && e.Principal.ARN != "" {
		r.Index[record.ByDue] = record.Place{Partition: EndedIn(accountOf(e.Principal.ARN)), Sort: e.EndedAt.Format(time.RFC3339) + "#" + e.ID}
	}
	return r, nil
}

// EndedIn is the partition of [record.ByDue] with the granted elevations of an account that ended, in order of their ends.
func EndedIn(account string) string { return "ended#" + account }

// expiryRow is the TTL record. DynamoDB deletes it, and the stream brings its order to Revoke.
func expiryRow(e Elevation) (record.Row, error) {
	r, err := record.Encode(ExpiryKey(e.ID), 1, e.Order("ttl", e.Deadline))
	r.Expires = e.Deadline
	return r, err
}

// DecodeElevation does not set the terms' fields.
func DecodeElevation(r record.Row) (Elevation, error) {
	e, err := record.Decode[Elevation](r)
	e.Version, e.Principal.ARN, e.Requester = r.Version, r.Index[record.ByPrincipal].Partition, r.Index[record.ByRequester].Partition
	return e, err
}

func lifeRows(rows record.Rows, id string) (of []record.Row) {
	for _, k := range []record.Key{ElevationKey(id), TermsKey(id)} {
		if row, there := rows[k]; there {
			of = append(of, row)
		}
	}
	return of
}

// DecodeLife decodes a partition. NotFound: no terms or no elevation.
func DecodeLife(id string, rows []record.Row) (Life, error) {
	var l Life
	var err error
	var joined []string
	for _, r := range rows {
		switch {
		case strings.HasPrefix(r.Key.Sort, joinedPrefix):
			joined = append(joined, r.Key.Sort[len(joinedPrefix):])
		case r.Key.Sort == "terms":
			l.Terms, err = record.Decode[Terms](r)
		case r.Key.Sort == "elevation":
			l.Elevation, err = DecodeElevation(r)
		case strings.HasPrefix(r.Key.Sort, "token#"):
			// Its task times out.
			if t, err := record.Decode[Token](r); err == nil {
				l.Tokens = append(l.Tokens, t)
			}
		}
		if err != nil {
			return l, err
		}
	}
	if l.Elevation.ID != id || l.Terms.ID != id {
		return l, fault.Errorf(fault.NotFound, "there is no elevation %q", fault.Printable(id))
	}
	l.Elevation = l.Elevation.Of(l.Terms)
	l.Elevation.Tasks = append(l.Elevation.Tasks, joined...)
	return l, nil
}

// Lives decodes all elevations among rows, for invariant checks.
func Lives(rows []record.Row) ([]Elevation, []Terms, error) {
	var es []Elevation
	var ts []Terms
	joined := map[string][]string{}
	for _, r := range rows {
		var err error
		var e Elevation
		var t Terms
		switch {
		case r.Key.Table != record.AccessTable:
		case strings.HasPrefix(r.Key.Sort, joinedPrefix):
			joined[IDOf(r.Key)] = append(joined[IDOf(r.Key)], r.Key.Sort[len(joinedPrefix):])
		case r.Key.Sort == "elevation":
			e, err = DecodeElevation(r)
			es = append(es, e)
		case r.Key.Sort == "terms":
			t, err = record.Decode[Terms](r)
			ts = append(ts, t)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	terms := map[string]Terms{}
	for _, t := range ts {
		terms[t.ID] = t
	}
	for i, e := range es {
		if t, there := terms[e.ID]; there {
			es[i] = e.Of(t)
			es[i].Tasks = append(es[i].Tasks, joined[e.ID]...)
		}
	}
	return es, ts, nil
}

// ValidID reports whether id is a lower-case ULID.
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
