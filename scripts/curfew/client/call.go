package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
)

// A call is sent at most tries times, with a growing wait between that never exceeds maxWait.
const (
	tries     = 4
	firstWait = 200 * time.Millisecond
	maxWait   = 5 * time.Second
)

// call is one call of the API, as it may be sent more than once.
type call struct {
	method  string
	url     string
	body    []byte
	key     string // the idempotency key
	repeats bool   // it may be sent twice
}

func get[T any](ctx context.Context, c *Client, query url.Values, path ...string) (T, error) {
	var out T
	u := c.at(path...)
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // verifiers of signatures do not read a plus as a space
	err := c.do(ctx, call{method: http.MethodGet, url: u.String(), repeats: true}, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, in any, key string, path ...string) (T, error) {
	var out T
	call := call{method: http.MethodPost, url: c.at(path...).String(), key: key, repeats: key != ""}
	if in != nil {
		var err error
		if call.body, err = json.Marshal(in); err != nil {
			return out, fmt.Errorf("writing the request: %w", err)
		}
	}
	err := c.do(ctx, call, &out)
	return out, err
}

// at is the address of a path below /v1, each part escaped: an id is one part, whatever it contains.
func (c *Client) at(path ...string) *url.URL {
	parts := []string{"v1"}
	for _, p := range path {
		p = url.PathEscape(p)
		if p == "." || p == ".." { // a path is cleaned of these, and would lead elsewhere
			p = strings.ReplaceAll(p, ".", "%2E")
		}
		parts = append(parts, p)
	}
	return c.base.JoinPath(parts...)
}

// do sends a call until it is answered, it may not be sent again, or the tries are used up. The wait that the API asks for
// is stretched: it asks the same of all jobs that began together.
func (c *Client) do(ctx context.Context, call call, out any) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := c.once(ctx, call, out)
		if err == nil || try == tries || !again(err, call.repeats) {
			return err
		}
		ask := asked(err)
		wait = max(wait, ask)
		if sleep(ctx, min(maxWait, ask+jitter(wait))) != nil {
			return err
		}
		wait *= 2
	}
}

// again reports whether the same call may succeed a little later. A throttled call had no effect: any may be sent again.
// Too many open requests last longer.
func again(err error, repeats bool) bool {
	if p, ok := errors.AsType[*Problem](err); ok {
		throttled := p.Status == http.StatusTooManyRequests && !slices.Contains(p.Reasons, access.ReasonOpen)
		return throttled || repeats && p.Status == http.StatusServiceUnavailable
	}
	_, ok := errors.AsType[*NoAnswerError](err)
	return ok && repeats
}

// asked is how long the API asks to wait before the next try.
func asked(err error) time.Duration {
	if p, ok := errors.AsType[*Problem](err); ok {
		return time.Duration(p.RetryAfter) * time.Second
	}
	return 0
}

// once sends a call and reads its answer.
func (c *Client) once(ctx context.Context, call call, out any) error {
	r, err := c.request(ctx, call)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return noAnswer(ctx, err)
	}
	body, err := readAnswer(answer)
	if err != nil {
		return noAnswer(ctx, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return readProblem(answer, body)
	}
	if err := decode(body, out); err != nil {
		return &UnreadableError{err}
	}
	return nil
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, call.method, call.url, bytes.NewReader(call.body))
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	r.Header.Set("Accept", "application/json, application/problem+json")
	if len(call.body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if call.key != "" {
		r.Header.Set("Idempotency-Key", call.key)
	}
	switch {
	case c.token != "":
		r.Header.Set("Authorization", "Bearer "+c.token)
	case c.sign != nil:
		if err := c.sign.Sign(r, call.body); err != nil {
			return nil, fmt.Errorf("signing the request: %w", err)
		}
	}
	return r, nil
}

// noAnswer names the error of a call that was not answered. It returns the error of an ended context unchanged.
func noAnswer(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if _, ok := errors.AsType[*UnreadableError](err); ok {
		return err
	}
	if u, ok := errors.AsType[*url.Error](err); ok { // it repeats method and address
		err = u.Err
	}
	return &NoAnswerError{err}
}

// jitter is between half of d and d, so that many callers do not come back at once.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

// sleep waits, or gives the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
