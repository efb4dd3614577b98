package accesstest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// CheckWorld checks the invariants of the design and fails the test for each one broken. It runs after every step of
// every story; only [Story.WorldMayBeWrong] pauses it. Invariants 5 and 12 have stories of their own.
func (w *World) CheckWorld() {
	w.t.Helper()
	if w.checker.paused {
		return
	}
	for _, wrong := range w.BrokenInvariants() {
		w.t.Errorf("invariant %s", wrong)
	}
}

// BrokenInvariants returns the broken invariants as texts that begin with the invariant's number.
func (w *World) BrokenInvariants() []string {
	rows := w.Store.All(record.AccessTable)
	es, ts, err := access.Lives(rows)
	if err != nil {
		return []string{"10: a row cannot be read: " + err.Error()}
	}
	s := snapshot{now: time.Now(), slack: w.checker.slack, elevations: map[string]access.Elevation{}, terms: map[string]access.Terms{}, asked: map[string]string{}, quarantine: map[string]access.Quarantine{}, name: w.Service.Settings.Name}
	for _, row := range rows {
		if _, id, _ := strings.Cut(row.Key.Partition, "#"); row.Key.Sort == "request" {
			var asked struct{ Digest string }
			if err := json.Unmarshal(row.Body, &asked); err != nil {
				return []string{"6: " + err.Error()}
			}
			s.asked[id] = asked.Digest
		}
		if row.Key.Sort == "quarantine" {
			q, err := record.Decode[access.Quarantine](row)
			if err != nil {
				return []string{"1: " + err.Error()}
			}
			s.quarantine[q.ID] = q
		}
	}
	for _, e := range es {
		s.elevations[e.ID] = e
	}
	for _, t := range ts {
		s.terms[t.ID] = t
	}
	s.found = w.Cloud.Grants()
	var wrong []string
	wrong = append(wrong, s.grants()...)
	wrong = append(wrong, s.checkDeadlines()...)
	wrong = append(wrong, s.approvals(w)...)
	wrong = append(wrong, s.suspensions(w)...)
	wrong = append(wrong, s.evidence(w)...)
	wrong = append(wrong, checkFindings(w)...)
	wrong = append(wrong, checkReviews(w, s)...)
	wrong = append(wrong, checkCampaigns(w)...)
	wrong = append(wrong, checkBudgets(w, s, rows)...)
	wrong = append(wrong, w.checker.checkTransitions(s)...)
	wrong = append(wrong, w.checker.checkOtherPolicies(w.IAM)...)
	wrong = append(wrong, w.checker.checkBaselines(w, rows)...)
	return wrong
}

// grants compares each of our policies in IAM with its record: invariants 1, 2, 4, 6 and 9.
func (s snapshot) grants() []string {
	var wrong []string
	there := map[string]bool{}
	for _, f := range s.found {
		id := strings.TrimPrefix(f.Grant, s.name+"-")
		if contained, ok := strings.CutPrefix(id, "q-"); ok {
			wrong = append(wrong, s.containment(f, contained)...)
			continue
		}
		there[id] = true
		e, ok := s.elevations[id]
		if !ok || !e.State.Open() {
			wrong = append(wrong, fmt.Sprintf("1: %s is on %s and its elevation is %q", f.Grant, f.Principal.ARN, e.State))
			continue
		}
		for i, d := range f.Documents {
			wrong = append(wrong, s.document(e, i, d)...)
		}
		if f.Principal.ID != e.Principal.ID {
			wrong = append(wrong, fmt.Sprintf("11: %s is on %s and was granted to %s", f.Grant, f.Principal.ID, e.Principal.ID))
		}
	}
	for _, e := range s.elevations {
		if e.State == access.Active && s.now.Before(e.Deadline) && !there[e.ID] {
			wrong = append(wrong, fmt.Sprintf("9: %s is active until %s and its grant is not there", e.ID, e.Deadline.Format(time.RFC3339)))
		}
	}
	return wrong
}

// containmentMayStay is how long a containment may stay after its elevation ended: until the next Revoke or sweep.
const containmentMayStay = 6 * time.Minute

// containment checks a Deny policy: it exists only while removal fails, allows nothing, and ends no later than the
// grant.
func (s snapshot) containment(f access.Found, id string) []string {
	if q := s.quarantine[id]; q.Matches(f.Principal, f.Documents...) && !q.Until.After(q.From.Add(time.Hour)) {
		return nil
	}
	e, ok := s.elevations[id]
	if !ok || e.ContainedAt.IsZero() || e.State.Terminal() && s.now.After(e.EndedAt.Add(containmentMayStay)) {
		return []string{fmt.Sprintf("1: %s is on %s and its elevation is %q", f.Grant, f.Principal.ARN, e.State)}
	}
	var wrong []string
	for _, d := range f.Documents {
		doc, err := iampolicy.Parse([]byte(d))
		_, until, unfenced := iampolicy.Fenced([]byte(d))
		if err != nil || unfenced != nil || until.After(e.Deadline) ||
			slices.ContainsFunc(doc.Statements, func(st iampolicy.Statement) bool { return st.Effect != iampolicy.Deny }) {
			wrong = append(wrong, fmt.Sprintf("2: %s allows something, or does not end with its grant: %s", f.Grant, d))
		}
	}
	return wrong
}

func (s snapshot) document(e access.Elevation, i int, d string) []string {
	_, until, err := iampolicy.Fenced([]byte(d))
	if err != nil {
		return []string{fmt.Sprintf("2: the grant of %s has no fence: %v", e.ID, err)}
	}
	var wrong []string
	closed := !e.ContainedAt.IsZero() && until.Before(e.Deadline)
	if !until.Equal(e.Deadline) && !closed {
		wrong = append(wrong, fmt.Sprintf("2: the fence of %s ends %s and its deadline is %s", e.ID, until.Format(time.RFC3339), e.Deadline.Format(time.RFC3339)))
	}
	t := s.terms[e.ID]
	if i >= len(t.Policies) || !iampolicy.SameButInstants([]byte(d), []byte(t.Policies[i])) {
		wrong = append(wrong, fmt.Sprintf("6: the grant of %s is not what its terms say", e.ID))
	}
	if t.Digest() != s.asked[e.ID] {
		wrong = append(wrong, fmt.Sprintf("6: the terms of %s are not those that were asked for", e.ID))
	}
	return wrong
}

// proofMayWait is how long a record may stay in revoking after the grant is gone: attach_by, settling, and the longest
// wait of the state machine between two reads.
const proofMayWait = 6 * time.Minute

func (s snapshot) checkDeadlines() []string {
	var wrong []string
	there := map[string]bool{}
	for _, f := range s.found {
		there[strings.TrimPrefix(f.Grant, s.name+"-")] = true
	}
	for _, e := range s.elevations {
		due := e.Deadline
		if !e.EndDue.IsZero() {
			due = e.EndDue
		}
		switch {
		case !e.State.Open() || due.IsZero():
		case e.GoneAt.IsZero() && s.now.After(due.Add(s.slack)):
			wrong = append(wrong, fmt.Sprintf("3: %s was due to end at %s and is %s", e.ID, due.Format(time.RFC3339), e.State))
		case there[e.ID] && s.now.After(due.Add(s.slack)):
			wrong = append(wrong, fmt.Sprintf("3: %s was due to end at %s and its grant is in IAM", e.ID, due.Format(time.RFC3339)))
		case s.now.After(due.Add(s.slack + proofMayWait)):
			wrong = append(wrong, fmt.Sprintf("3: %s is gone since %s and is %s", e.ID, e.GoneAt.Format(time.RFC3339), e.State))
		}
		if e.State == access.Ended && e.Overstay > int64(s.slack/time.Second) {
			wrong = append(wrong, fmt.Sprintf("3: %s overstayed by %d s", e.ID, e.Overstay))
		}
		if d := e.Deadline; !d.IsZero() {
			t := s.terms[e.ID]
			if d.After(t.LatestEnd) || d.Sub(e.GrantedAt) > time.Duration(t.Duration)*time.Second {
				wrong = append(wrong, fmt.Sprintf("3: the deadline of %s is later than its terms say", e.ID))
			}
		}
	}
	return wrong
}

func (s snapshot) approvals(w *World) []string {
	var wrong []string
	for _, e := range s.elevations {
		t := s.terms[e.ID]
		if e.Execution == "" || t.Approval.Need == 0 {
			continue
		}
		decisions, err := w.decisions(e.ID)
		if err != nil {
			wrong = append(wrong, "7: "+err.Error())
			continue
		}
		if !t.Enough(decisions) {
			wrong = append(wrong, fmt.Sprintf("7: %s was granted without the approvals that it needs", e.ID))
		}
		wrong = append(wrong, checkDelegated(w, t, decisions)...)
		for _, d := range decisions {
			if d.By.ID == t.Requester.ID || d.By.Kind != identity.Person {
				wrong = append(wrong, fmt.Sprintf("7: %s decided on %s", d.By.ID, e.ID))
			}
			if !wasAsked(t, d) {
				wrong = append(wrong, fmt.Sprintf("7: %s decided on %s at %s, and was not asked by then", d.By.ID, e.ID, d.At.Format(time.RFC3339)))
			}
		}
	}
	return wrong
}

// evidence verifies every chain and its head, and that the last state has a record: invariant 10.
func (s snapshot) evidence(w *World) []string {
	rows := w.Store.All(record.AuditTable)
	if len(rows) == w.checker.audited {
		return nil
	}
	w.checker.audited = len(rows)
	chains := map[string][]evidence.Record{}
	for _, row := range rows {
		r, err := record.DecodeRecord(row)
		if err != nil {
			return []string{"10: " + err.Error()}
		}
		chains[r.Chain] = append(chains[r.Chain], r)
	}
	heads, err := record.ChainHeads(w.Store.All(record.AccessTable))
	if err != nil {
		return []string{"10: " + err.Error()}
	}
	for _, name := range w.checker.chainsWithoutHead {
		delete(chains, name)
	}
	wrong := BrokenChains(chains, heads)
	for id, e := range s.elevations {
		if err := access.CheckEvidence(e, s.terms[id].Digest(), chains[evidence.ElevationChain(id)]); err != nil {
			wrong = append(wrong, "10: "+err.Error())
		}
	}
	return wrong
}

// BrokenChains verifies chains against their stored heads. A chain without a head could be truncated unseen. A head
// without a chain shows a deleted chain.
func BrokenChains(chains map[string][]evidence.Record, heads map[string]evidence.Head) []string {
	var wrong []string
	for name, head := range heads {
		if head.Seq > 0 && len(chains[name]) == 0 {
			wrong = append(wrong, fmt.Sprintf("10: %s goes to %d and has no record", name, head.Seq))
		}
	}
	for name, records := range chains {
		slices.SortFunc(records, func(a, b evidence.Record) int { return cmp.Compare(a.Seq, b.Seq) })
		got, err := evidence.Verify(name, records, heads[name])
		switch {
		case err != nil:
			wrong = append(wrong, "10: "+err.Error())
		case got != heads[name]:
			wrong = append(wrong, fmt.Sprintf("10: %s goes to %d and the head that is kept is of %d", name, got.Seq, heads[name].Seq))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// checkTransitions compares each elevation with the check before: terminal states and computed instants do not change.
func (c *checker) checkTransitions(s snapshot) []string {
	var wrong []string
	for id, was := range c.last {
		is, ok := s.elevations[id]
		if !ok {
			wrong = append(wrong, fmt.Sprintf("10: the record of %s is gone", id))
			continue
		}
		if was.State.Terminal() && (is.State != was.State || is.Cause != was.Cause || is.Overstay != was.Overstay && !is.GoneAt.After(was.GoneAt)) {
			wrong = append(wrong, fmt.Sprintf("8: %s was %s (%s) and is %s (%s)", id, was.State, was.Cause, is.State, is.Cause))
		}
		if is.Version < was.Version || !was.Deadline.IsZero() && !is.Deadline.Equal(was.Deadline) {
			wrong = append(wrong, fmt.Sprintf("12: the deadline of %s moved from %s to %s", id, was.Deadline, is.Deadline))
		}
	}
	c.last = s.elevations
	return wrong
}

// checkOtherPolicies checks that everything else in IAM is as at the start: invariant 11.
func (c *checker) checkOtherPolicies(iam *inprocess.IAM) []string {
	var wrong []string
	is := otherPolicies(iam)
	for _, arn := range slices.Sorted(maps.Keys(c.otherPolicies)) {
		if !c.editedByHand[arn] && is[arn] != c.otherPolicies[arn] {
			wrong = append(wrong, fmt.Sprintf("11: %s was changed in what is not ours", arn))
		}
	}
	return wrong
}

// otherPolicies returns what every principal has that is not from the installation "curfew".
func otherPolicies(iam *inprocess.IAM) map[string]string { return iam.OtherPolicies("curfew") }

func (w *World) allowEditsByHand(arn string) {
	if w.checker.editedByHand == nil {
		w.checker.editedByHand = map[string]bool{}
	}
	w.checker.editedByHand[arn] = true
}

func (w *World) decisions(id string) ([]access.Decision, error) {
	rows, err := w.Store.Partition(context.Background(), record.AccessTable, "decision#"+id, "")
	if err != nil {
		return nil, err
	}
	return access.Decisions(rows)
}
