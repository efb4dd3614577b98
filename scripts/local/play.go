package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/evidence"
)

// playFor is the time limit of a play. A story that hangs is a failure.
const playFor = 45 * time.Second

// story is a list of lines that grows while it runs.
type story struct {
	ctx   context.Context
	h     *house
	base  string
	title string
	began time.Time

	principal string // whose calls the story makes

	mu    sync.Mutex // guards the fields below
	lines []string
	told  chan struct{} // closed and replaced with every line
	done  bool
	err   error
}

// play runs all stories concurrently and prints them one after the other.
func play(ctx context.Context, h *house, base string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, playFor)
	defer cancel()
	began := time.Now()
	var stories []*story
	for _, s := range []struct {
		title string
		tell  func(*story) error
	}{
		{"An engineer, approved, within a change window", engineer},
		{"A backup role, elevated while its job runs", backup},
		{"An AI agent, one secret for one run of a workflow", agent},
		{"An incident, break-glass, ended when the alarm closes", incident},
		{"A rotation, unlocking a key that locks again", rotation},
		{"A standing administrator who does not ask", shadow},
	} {
		st := &story{ctx: ctx, h: h, base: base, title: s.title, began: began, told: make(chan struct{})}
		stories = append(stories, st)
		go func() {
			err := s.tell(st)
			if err == nil {
				err = st.usage()
			}
			st.finish(err)
		}()
	}
	var failed []error
	for i, st := range stories {
		fmt.Fprintf(out, "\n%d. %s\n", i+1, st.title)
		if err := st.print(out); err != nil {
			failed = append(failed, fmt.Errorf("story %d: %w", i+1, err))
		}
	}
	if len(failed) == 0 {
		fmt.Fprintf(out, "\nSix stories in %.0f seconds. Grants left in IAM: %d.\n", time.Since(began).Seconds(), len(h.Cloud.Grants()))
	}
	return errors.Join(failed...)
}

// print writes the lines as they come, until the story ends.
func (s *story) print(out io.Writer) error {
	for next := 0; ; {
		s.mu.Lock()
		lines, told, done, err := s.lines[next:], s.told, s.done, s.err
		s.mu.Unlock()
		for _, l := range lines {
			fmt.Fprintln(out, l)
		}
		next += len(lines)
		if done {
			return err
		}
		<-told
	}
}

func (s *story) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.err = true, err
	close(s.told)
}

// line adds one line: time, who, what, outcome.
func (s *story) line(who, what, outcome string) {
	s.add(fmt.Sprintf("  %5.1fs  %-18s  %-62s %s", time.Since(s.began).Seconds(), who, what, outcome))
}

func (s *story) add(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	close(s.told)
	s.told = make(chan struct{})
}

// as returns the command line's API client for an identity of the catalog.
func (s *story) as(name string) (*client.Client, error) {
	return client.New(client.Config{Endpoint: s.base, Token: s.h.tokens.of(name)})
}

// tries makes a call with a principal's credentials. An unexpected decision of IAM fails the story.
func (s *story) tries(principal, session, action, resource string, want bool) error {
	s.principal = principal
	body, err := json.Marshal(call{Principal: principal, Session: session, Action: action, Resource: resource})
	if err != nil {
		return err
	}
	var got called
	if err := s.post("/local/calls", body, &got); err != nil {
		return err
	}
	outcome := "denied"
	if got.Outcome == "allowed" {
		outcome = "ALLOWED by " + short(got.By[0].Policy)
	}
	s.line(session, "calls "+action+on(resource), outcome)
	if (got.Outcome == "allowed") != want {
		return fmt.Errorf("%s as %s: %s, want allowed = %v", action, session, got.Outcome, want)
	}
	return nil
}

// short shortens a policy's name for one line. Ids differ at their end.
func short(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:] // of an ARN
	if i := strings.LastIndexByte(name, '-'); i >= 0 && len(name)-i > 20 {
		return name[:i+1] + "…" + name[len(name)-4:]
	}
	return name
}

func (s *story) post(path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, resp.Status, answer)
	}
	return json.Unmarshal(answer, into)
}

// asks submits a request that must succeed.
func (s *story) asks(name string, r client.Request) (client.Elevation, error) {
	c, err := s.as(name)
	if err != nil {
		return client.Elevation{}, err
	}
	e, err := c.Request(s.ctx, r)
	if err != nil {
		return e, err
	}
	s.line(name, fmt.Sprintf("asks for %s, %d s, for %s %s", r.Entitlement, r.Duration, r.Task.Kind, tail(r.Task.ID)), e.State)
	return e, nil
}

// refused submits a request that must be refused.
func (s *story) refused(name string, r client.Request) error {
	c, err := s.as(name)
	if err != nil {
		return err
	}
	_, err = c.Request(s.ctx, r)
	return s.wantRefusal(name, fmt.Sprintf("asks for %s, for %s %s", r.Entitlement, r.Task.Kind, tail(r.Task.ID)), err)
}

// wantRefusal adds a line with the refusal and its reasons.
func (s *story) wantRefusal(name, what string, err error) error {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return fmt.Errorf("%s %s: %v, wanted a refusal", name, what, err)
	}
	s.line(name, what, "refused: "+strings.Join(p.Reasons, ", "))
	return nil
}

// decides approves with the digest shown.
func (s *story) decides(name, id string) error {
	c, err := s.as(name)
	if err != nil {
		return err
	}
	d, err := c.Show(s.ctx, id)
	if err != nil {
		return err
	}
	e, err := c.Decide(s.ctx, id, client.Decide{Decision: client.Approve, Digest: d.Digest})
	if err != nil {
		return s.wantRefusal(name, "approves it", err)
	}
	s.line(name, "approves the terms "+d.Digest[:12], e.State)
	return nil
}

// until polls an elevation until is returns true.
func (s *story) until(name, id string, is func(client.Detail) bool) (client.Detail, error) {
	c, err := s.as(name)
	if err != nil {
		return client.Detail{}, err
	}
	for {
		d, err := c.Show(s.ctx, id)
		if err != nil || is(d) {
			return d, err
		}
		if d.Terminal() {
			return d, fmt.Errorf("elevation %s is %s (%s %s)", id, d.State, d.Cause, d.Why)
		}
		select {
		case <-s.ctx.Done():
			return d, fmt.Errorf("elevation %s is still %s: %w", id, d.State, s.ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ready waits until the grant is usable (IAM propagation).
func (s *story) ready(name, id string) (client.Detail, error) {
	d, err := s.until(name, id, func(d client.Detail) bool { return d.Ready(time.Now()) })
	if err == nil {
		s.line("Curfew", fmt.Sprintf("%d policy attached, read back, fenced", len(d.Terms.Policies)), "active")
	}
	return d, err
}

// ends waits for the end, and adds a line with the receipt.
func (s *story) ends(name, id string, want access.Cause) error {
	d, err := s.until(name, id, func(d client.Detail) bool { return d.State == string(access.Ended) })
	if err != nil {
		return err
	}
	if v := d.Check(); v.State != evidence.Verified {
		return fmt.Errorf("the evidence of %s is %s: %s", id, v.State, v.Why)
	}
	if d.Receipt == nil || d.Cause != string(want) {
		return fmt.Errorf("elevation %s ended by %s, wanted %s", id, d.Cause, want)
	}
	s.line("Curfew", fmt.Sprintf("read IAM: the grant is %s; %d records verify", d.Receipt.Seen, len(d.Timeline)),
		fmt.Sprintf("ended: %s, overstay %d s", d.Cause, d.Receipt.Overstay))
	return nil
}

// tail returns the end of a long id, short enough for one line.
func tail(id string) string {
	id = id[strings.LastIndexAny(id, ":/")+1:]
	if len(id) > 20 {
		return id[:8] + "…"
	}
	return id
}

// on names the resource of a call, if it has one.
func on(resource string) string {
	name := strings.TrimSuffix(resource, ":*")
	if name = name[strings.LastIndexByte(name, ':')+1:]; strings.HasSuffix(name, "*") {
		return ""
	}
	if len(name) > 24 {
		name = name[:20] + "…"
	}
	return " on " + name
}

// deadline waits for the deadline, not for Curfew's actions after it.
func (s *story) deadline(name, id string) error {
	c, err := s.as(name)
	if err != nil {
		return err
	}
	d, err := c.Show(s.ctx, id)
	if err != nil {
		return err
	}
	if err := s.wait(time.Until(d.Deadline)); err != nil {
		return err
	}
	s.line("the clock", fmt.Sprintf("%d s have passed", d.Duration), "deadline")
	return nil
}

// stays waits until the end of a task has settled.
func (s *story) stays(name, id string) error {
	_, err := s.until(name, id, func(d client.Detail) bool { return d.State != string(access.Active) })
	if err == nil {
		s.line("the clock", fmt.Sprintf("the alarm stayed closed for %s", settleTask), "settled")
	}
	return err
}

// settled waits until IAM enforces a removal.
func (s *story) settled() error { return s.wait(time.Second) }

func (s *story) wait(d time.Duration) error {
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// paged checks that the owners of a break-glass elevation were paged.
func (s *story) paged(id string) error {
	for _, m := range s.h.Notifier.Messages() {
		if m.Kind == "loud" && m.Elevation == id {
			s.line("Curfew", "tells "+strings.Join(m.To, ", "), "loud")
			return nil
		}
	}
	return fmt.Errorf("no page was sent for elevation %s", id)
}

// signs signs the review, or adds a line with the refusal.
func (s *story) signs(name, id string) error {
	c, err := s.as(name)
	if err != nil {
		return err
	}
	r, err := c.SignReview(s.ctx, id, "looked at what was read; nothing else was touched")
	if err != nil {
		return s.wantRefusal(name, "signs the review", err)
	}
	s.line(name, "signs the review", "signed by "+tail(strings.ReplaceAll(r.SignedBy, "|", "/")))
	return nil
}
