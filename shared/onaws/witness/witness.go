// Package witness has a witness cosign the log's checkpoints: https://c2sp.org/tlog-witness
package witness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// Limits of one checkpoint: a witness must not hold up the log.
const (
	timeout   = 5 * time.Second
	maxAnswer = 64 << 10
)

// witness is [log.Witness]. It is safe for concurrent use.
type witness struct {
	address string
	by      *cosigner
	client  *http.Client
	size    atomic.Int64 // of the newest tree that it cosigned, as far as known
}

// New returns the witness with a submission prefix and a verifier key; nil: both are empty. Invalid: the prefix is not an
// https URL (http is for this host alone), or the key is not one of cosignature/v1.
func New(prefix, verifierKey string) (log.Witness, error) {
	if prefix == "" && verifierKey == "" {
		return nil, nil
	}
	u, err := url.Parse(prefix)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fault.Errorf(fault.Invalid, "the witness %.200q is not an https URL", prefix)
	}
	by, err := newCosigner(verifierKey)
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &witness{address: u.JoinPath("add-checkpoint").String(), by: by, client: client}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Cosign is [log.Witness.Cosign]. If the witness has another size than expected, it proves from there and tries once more.
func (w *witness) Cosign(ctx context.Context, checkpoint []byte, prove func(old int64) (tlog.TreeProof, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	text, _, ok := strings.Cut(string(checkpoint), "\n\n")
	if !ok {
		return nil, fault.Errorf(fault.Invalid, "the checkpoint is not a signed note")
	}
	c, err := log.ParseCheckpoint(text + "\n")
	if err != nil {
		return nil, err
	}
	old := min(w.size.Load(), c.Tree.N)
	a, err := w.add(ctx, old, checkpoint, prove)
	if err == nil && a.status == http.StatusConflict && a.kind == sizeType {
		if old, err = a.size(c.Tree.N); err == nil {
			a, err = w.add(ctx, old, checkpoint, prove)
		}
	}
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fault.Errorf(fault.Transient, "the witness %s answered %d to the size %d after %d: %.200q", w.by.name, a.status, c.Tree.N, old, a.body)
	}
	lines, err := w.by.lines(checkpoint, text+"\n", a.body)
	if err == nil {
		w.size.Store(c.Tree.N)
	}
	return lines, err
}

const sizeType = "text/x.tlog.size"

type answer struct {
	status int
	kind   string
	body   []byte
}

// size reads the size that the witness has.
func (a answer) size(most int64) (int64, error) {
	text := strings.TrimSuffix(string(a.body), "\n")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fault.Errorf(fault.Internal, "the witness has a tree of the size %.40q, and this checkpoint %d", text, most)
	}
	return n, nil
}

// add sends a checkpoint with the proof from the size that the witness is expected to have.
func (w *witness) add(ctx context.Context, old int64, checkpoint []byte, prove func(int64) (tlog.TreeProof, error)) (a answer, err error) {
	body := fmt.Appendf(nil, "old %d\n", old)
	if old > 0 { // every tree continues the empty one
		proof, err := prove(old)
		if err != nil {
			return a, fault.Wrap(err, "proving to the witness the tree after %d entries", old)
		}
		for _, h := range proof {
			body = fmt.Appendf(body, "%s\n", h)
		}
	}
	body = append(append(body, '\n'), checkpoint...)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return a, fault.Errorf(fault.Internal, "the witness %s: %w", w.by.name, err)
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	got, err := w.client.Do(r)
	if err != nil {
		return a, fault.Errorf(fault.Transient, "the witness %s: %w", w.by.name, err)
	}
	defer got.Body.Close()
	a = answer{status: got.StatusCode, kind: got.Header.Get("Content-Type")}
	a.body, err = io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	return a, fault.Wrap(err, "reading the answer of the witness %s", w.by.name)
}
