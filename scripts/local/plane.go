package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// call is a call to AWS with a principal's credentials.
type call struct {
	Principal      string            `json:"principal"`
	Session        string            `json:"session"`
	SourceIdentity string            `json:"source_identity"`
	Action         string            `json:"action"`
	Resource       string            `json:"resource"`
	Context        iampolicy.Context `json:"context"`
}

type called struct {
	Outcome iampolicy.Outcome  `json:"outcome"`
	By      []iampolicy.Reason `json:"by"`
	At      time.Time          `json:"at"`
}

// takeCall is the data plane: it returns what IAM enforces now.
func (h *house) takeCall(w http.ResponseWriter, r *http.Request) {
	var c call
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		http.Error(w, "call: "+err.Error(), http.StatusBadRequest)
		return
	}
	if h.iam.UniqueID(c.Principal) == "" {
		http.Error(w, fmt.Sprintf("call: there is no principal %.100q in this world", c.Principal), http.StatusNotFound)
		return
	}
	now := time.Now()
	got := h.iam.Allowed(inprocess.DataCall{
		Principal: c.Principal, SessionName: c.Session, SourceIdentity: c.SourceIdentity,
		Action: c.Action, Resource: c.Resource, Context: c.Context, At: now,
	})
	done := called{Outcome: got.Outcome, By: got.By, At: now.UTC().Truncate(time.Second)}
	h.trail.made(c, done, now)
	if err := h.reviews.reader.Use(c.Principal, c.Action, now); err != nil {
		h.log.WarnContext(r.Context(), "a call is not in the last-accessed data", "error", err)
	}
	answer(w, done)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // an error means that the client is gone
}
