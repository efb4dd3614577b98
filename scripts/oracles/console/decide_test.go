package console

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/evidence"
)

// oneRequest is an API with one request that ben may decide, as the rehearsal shows it to ben. change alters each answer.
type oneRequest struct {
	id   string
	told []byte

	mu     sync.Mutex // guards the fields below
	change func(map[string]any)
	sent   []map[string]any // decisions
	answer func(w http.ResponseWriter)
}

func newRequest(t *testing.T) *oneRequest {
	t.Helper()
	r := alone(t)
	var made struct{ ID string }
	r.call(t, "ana", http.MethodPost, "/v1/elevations", map[string]any{
		"entitlement": "admin-30m", "principal": deployer, "task": map[string]string{"kind": "change", "id": "CHG-7"}, "reason": "the deployment is broken", "duration_seconds": 600,
		"parameters": map[string]string{"account": account},
	}, &made)
	t.Cleanup(func() { r.call(t, "ana", http.MethodPost, "/v1/elevations/"+made.ID+"/withdraw", nil, nil) })
	var told json.RawMessage
	if status := r.call(t, "ben", http.MethodGet, "/v1/elevations/"+made.ID, nil, &told); status != http.StatusOK {
		t.Fatalf("the request: %d %s", status, told)
	}
	return &oneRequest{id: made.ID, told: told, change: func(map[string]any) {}}
}

// ServeHTTP is [http.Handler].
func (o *oneRequest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case r.URL.Path == "/v1/me":
		me := operator("ben")
		me["operator"] = false
		answer(w, http.StatusOK, me)
	case r.URL.Path == "/v1/elevations/"+o.id && r.Method == http.MethodGet:
		var e map[string]any
		if err := json.Unmarshal(o.told, &e); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		o.change(e)
		answer(w, http.StatusOK, e)
	case r.URL.Path == "/v1/elevations/"+o.id+"/decisions":
		raw, err := io.ReadAll(r.Body)
		var body map[string]any
		if err != nil || json.Unmarshal(raw, &body) != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		o.sent = append(o.sent, body)
		o.answer(w)
	default:
		answer(w, http.StatusOK, map[string]any{"elevations": []any{}})
	}
}

func (o *oneRequest) set(change func(map[string]any), reply func(w http.ResponseWriter)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.change, o.answer, o.sent = change, reply, nil
}

func (o *oneRequest) decisions() []map[string]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

func refusal(status int, reasons ...string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		answer(w, status, map[string]any{"type": "urn:curfew:problem:denied", "title": "Refused", "status": status, "detail": "it is refused", "reasons": reasons})
	}
}

func part(v any, names ...string) map[string]any {
	for _, name := range names {
		v = v.(map[string]any)[name]
	}
	return v.(map[string]any)
}

func replaced(v any, old, new string) string {
	text := strings.Replace(v.(string), old, new, 1)
	if text == v {
		panic(fmt.Sprintf("%s is not in %s", old, v))
	}
	return text
}

// lies are answers that show other terms than the digest is of, or evidence that is not whole. The API is not trusted with them.
func lies() map[string]func(map[string]any) {
	terms := func(e map[string]any) map[string]any { return part(e, "terms") }
	return map[string]func(map[string]any){
		"another reason":    func(e map[string]any) { e["reason"] = "a small thing" },
		"another duration":  func(e map[string]any) { e["duration_seconds"] = 60 },
		"another session":   func(e map[string]any) { part(e, "session")["value"] = "cem" },
		"another principal": func(e map[string]any) { e["principal"] = backups },
		"another requester": func(e map[string]any) { part(e, "requester")["id"] = "person:x|1" },
		"a smaller policy": func(e map[string]any) {
			terms(e)["policies"] = []any{map[string]any{"Version": "2012-10-17", "Statement": []any{}}}
		},
		"other terms":    func(e map[string]any) { terms(e)["document"] = replaced(terms(e)["document"], "CHG-7", "CHG-8") },
		"no terms":       func(e map[string]any) { delete(terms(e), "document") },
		"another digest": func(e map[string]any) { e["digest"] = strings.Repeat("0", 64) },
		"a changed record": func(e map[string]any) {
			all := e["timeline"].([]any)
			all[0] = replaced(all[0], "the deployment is broken", "the deployment is fine")
		},
		"a record of another elevation": func(e map[string]any) {
			all := e["timeline"].([]any)
			all[0] = replaced(all[0], "elevation#01", "elevation#02")
		},
		"a missing record": func(e map[string]any) { e["timeline"] = []any{} },
		"a later state":    func(e map[string]any) { e["state"] = "approved" },
		"a receipt of no end": func(e map[string]any) {
			e["receipt"] = map[string]any{"elevation": e["id"], "calls": []any{}, "seen": "not there"}
		},
		"an end that cannot follow": func(e map[string]any) { extend(e, "elevation.ended", map[string]any{}); e["state"] = "ended" },
		"another head":              func(e map[string]any) { part(e, "evidence", "head")["hash"] = strings.Repeat("0", 64) },
		"the API's verdict": func(e map[string]any) {
			maps.Copy(part(e, "evidence"), map[string]any{"state": "broken", "why": "record 1 was changed"})
		},
	}
}

// extend adds a record to the chain, and moves the head to it.
func extend(e map[string]any, kind string, detail any) {
	head := part(e, "evidence", "head")
	r, next, err := evidence.Append(evidence.ElevationChain(e["id"].(string)), evidence.Head{Seq: int64(head["seq"].(float64)), Hash: head["hash"].(string)},
		evidence.Entry{At: time.Now(), Kind: kind, Actor: "revoke", Detail: detail})
	if err != nil {
		panic(err)
	}
	e["timeline"] = append(e["timeline"].([]any), r)
	head["seq"], head["hash"] = float64(next.Seq), next.Hash
}

func TestLiesCannotBeApproved(t *testing.T) {
	o, s, ben := newRequest(t), newStub(t), newTab(t)
	s.serve(o)
	s.signIn(ben, "decide/"+o.id)
	ben.find("button", "Approve")
	for name, lie := range lies() {
		t.Run(name, func(t *testing.T) {
			o.set(lie, refusal(http.StatusConflict))
			ben.show("decide")
			ben.show("decide/" + o.id)
			ben.sees("Do not decide.")
			if ben.offers("Approve") || ben.offers("Deny") {
				t.Error("there is a button to decide")
			}
			ben.show("elevation/" + o.id)
			ben.sees("Do not trust what is shown.")
		})
	}
}

// TestWhatIsNotShownCannotBeApproved: the API would take an approval that names no difference.
func TestWhatIsNotShownCannotBeApproved(t *testing.T) {
	o, s, ben := newRequest(t), newStub(t), newTab(t)
	s.serve(o)
	s.signIn(ben, "decide/"+o.id)
	ben.find("button", "Approve")
	for name, lie := range map[string]func(map[string]any){
		"no difference": func(e map[string]any) { delete(e, "difference") },
		"no hash":       func(e map[string]any) { delete(part(e, "difference"), "hash") },
		"another hash":  func(e map[string]any) { part(e, "difference")["hash"] = []string{"x"} },
	} {
		t.Run(name, func(t *testing.T) {
			o.set(lie, refusal(http.StatusConflict))
			ben.show("decide")
			ben.show("decide/" + o.id)
			ben.sees("It cannot be approved here")
			ben.find("button", "Deny")
			if ben.offers("Approve") {
				t.Error("there is a button to approve")
			}
		})
	}
}

// ended makes an answer one about an elevation that is over, with its true receipt.
func ended(e map[string]any) {
	const at = "2026-10-05T09:07:00Z"
	call := map[string]any{"action": "iam:DeleteRolePolicy", "at": at, "outcome": "done"}
	run := maps.Clone(call)
	run["times"] = 2
	extend(e, "elevation.approved", map[string]any{})
	extend(e, "elevation.granting", map[string]any{"grant": "curfew-of-granting"})
	extend(e, "elevation.revoking", map[string]any{})
	extend(e, "elevation.ended", map[string]any{"calls": []any{run}, "cause": "released", "due": at, "overstay_seconds": 61, "read_at": at, "seen": "not there"})
	e["state"], e["granted_at"] = "ended", nil
	delete(e, "difference")
	e["receipt"] = map[string]any{
		"elevation": e["id"], "grant": "curfew-of-granting", "principal": map[string]any{"arn": e["principal"], "id": e["principal_id"], "account": e["account"]}, "by": "revoke", "cause": "released", "due": at,
		"calls": []any{call, call}, "read_at": at, "seen": "not there", "gone_at": at, "overstay_seconds": 61, "digest": e["digest"],
	}
}

func TestAReceiptIsHeldAgainstItsRecord(t *testing.T) {
	o, s, ben := newRequest(t), newStub(t), newTab(t)
	s.serve(o)
	o.set(ended, nil)
	s.signIn(ben, "elevation/"+o.id)
	ben.sees("its receipt there: they match")
	for member, lie := range map[string]any{
		"overstay_seconds": 0, "grant": "curfew-other", "by": "person:ben", "cause": "deadline", "due": "2026-10-05T09:08:00Z", "calls": []any{}, "seen": "principal gone", "gone_at": "2026-10-05T09:06:00Z", "digest": "", "principal": map[string]any{},
	} {
		t.Run(member, func(t *testing.T) {
			o.set(func(e map[string]any) {
				ended(e)
				part(e, "receipt")[member] = lie
			}, nil)
			ben.show("home")
			ben.show("elevation/" + o.id)
			ben.sees("another receipt than the record of the end has")
			ben.sees("Do not trust what is shown.")
		})
	}
}

func TestADecisionNamesWhatWasShown(t *testing.T) {
	o, s, ben := newRequest(t), newStub(t), newTab(t)
	s.serve(o)
	same := func(map[string]any) {}
	ben.expect("403")
	ben.expect("409")
	s.signIn(ben, "decide/"+o.id)

	o.set(same, refusal(http.StatusConflict, "curfew.difference"))
	ben.click("button", "Deny")
	ben.sees("Write a reason")
	if all := o.decisions(); len(all) != 0 {
		t.Errorf("without a reason it sends %v", all)
	}
	ben.click("button", "Approve")
	ben.sees("Nothing was decided.")
	var told map[string]any
	if err := json.Unmarshal(o.told, &told); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"decision": "approve", "digest": told["digest"], "seen": part(told, "difference")["hash"]}
	if all := o.decisions(); len(all) != 1 || !maps.Equal(all[0], want) {
		t.Errorf("it sends %v, want %v", all, want)
	}

	o.set(same, refusal(http.StatusForbidden, "curfew.step-up"))
	ben.click("button", "Approve")
	ben.click("button", "Sign in again with MFA")
	ben.await("the issuer is asked for a new sign-in", func() bool { return len(ben.called("max_age=0")) == 1 })
	ben.sees("Your decision")
	if at := eval[string](ben, "location.href"); at != s.base+"/#/decide/"+o.id {
		t.Errorf("it comes back to %s", at)
	}
}
