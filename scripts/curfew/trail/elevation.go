package trail

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/correlate"
	"curfew/shared/iampolicy"
	"curfew/shared/task"
	"curfew/shared/trail"
)

// Elevation is what attribution needs of an elevation: members of what "curfew show ID -o json" prints. Others are ignored.
type Elevation struct {
	ID          string `json:"id"`
	Principal   string `json:"principal"` // ARN
	PrincipalID string `json:"principal_id"`
	Account     string `json:"account"`
	Entitlement string `json:"entitlement"`
	Task        struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"task"`
	Session *struct {
		Bind  string `json:"bind"`
		Value string `json:"value"`
	} `json:"session"`
	GrantedAt time.Time `json:"granted_at"` // zero: nothing was granted
	Deadline  time.Time `json:"deadline"`
	GoneAt    time.Time `json:"gone_at,omitzero"` // or that of the receipt
	Receipt   *struct {
		GoneAt time.Time `json:"gone_at"`
	} `json:"receipt"`
	Terms struct {
		Policies []json.RawMessage `json:"policies"` // with marks for the two instants
	} `json:"terms"`
}

// FromDetail is an elevation that the API gave.
func FromDetail(d client.Detail) (e Elevation, err error) {
	b, err := json.Marshal(d)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

// ReadElevations reads elevations: one object after another, on one line each or not, or lists of them. Those that were never granted
// are left out. An error names the elevation.
func ReadElevations(content []byte) (all []Elevation, err error) {
	d := json.NewDecoder(bytes.NewReader(content))
	for {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("no JSON at byte %d: %w", d.InputOffset(), err)
		}
		several := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &several); err != nil {
				return nil, err
			}
		}
		for _, one := range several {
			var e Elevation
			if err := json.Unmarshal(one, &e); err != nil {
				return nil, fmt.Errorf("elevation %d: %w", len(all)+1, err)
			}
			all = append(all, e)
		}
	}
	for _, e := range all {
		if err := e.check(); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(e Elevation) bool { return e.GrantedAt.IsZero() }), nil
}

// check refuses what attribution could not use, before any record is read.
func (e Elevation) check() error {
	switch {
	case e.ID == "":
		return errors.New("an elevation has no id: want what curfew show ID -o json prints")
	case e.GrantedAt.IsZero():
		return nil
	case e.PrincipalID == "" || e.Deadline.IsZero() || len(e.Terms.Policies) == 0:
		return fmt.Errorf("elevation %s lacks principal_id, deadline or terms.policies: want what curfew show %s -o json prints; curfew list prints less", e.ID, e.ID)
	}
	for _, p := range e.Terms.Policies {
		if _, err := iampolicy.Fill(p, e.GrantedAt.UTC(), e.Deadline.UTC()); err != nil {
			return fmt.Errorf("elevation %s: its policy: %w", e.ID, err)
		}
	}
	return nil
}

// task is kind/id.
func (e Elevation) task() string { return e.Task.Kind + "/" + e.Task.ID }

// gone is when IAM was read without the grant; zero: it is not known.
func (e Elevation) gone() time.Time {
	if e.GoneAt.IsZero() && e.Receipt != nil {
		return e.Receipt.GoneAt.UTC()
	}
	return e.GoneAt.UTC()
}

// Over is the last instant that the grant may be behind a call.
func (e Elevation) Over() time.Time {
	if g := e.gone(); !g.IsZero() && g.Before(e.Deadline) {
		return g
	}
	return e.Deadline
}

// grant is the elevation as attribution takes it.
func (e Elevation) grant() trail.Grant {
	l := access.Life{
		Terms:     access.Terms{ID: e.ID, Principal: access.Principal{ID: e.PrincipalID, Account: e.Account}, Task: task.Task{Kind: e.Task.Kind, ID: e.Task.ID}, Policies: e.policies()},
		Elevation: access.Elevation{GrantedAt: e.GrantedAt.UTC(), Deadline: e.Deadline.UTC(), GoneAt: e.gone()},
	}
	if s := e.Session; s != nil {
		l.Terms.Session = access.Session{Bind: access.Bind(s.Bind), Value: s.Value}
	}
	g, _ := correlate.GrantOf(l)
	return g
}

func (e Elevation) policies() (all []string) {
	for _, p := range e.Terms.Policies {
		all = append(all, string(p))
	}
	return all
}

// byStart orders elevations by time.
func byStart(a, b Elevation) int {
	return cmp.Or(a.GrantedAt.Compare(b.GrantedAt), cmp.Compare(a.ID, b.ID))
}
