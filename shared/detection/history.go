package detection

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// History keeps States.
type History interface {
	// Load returns the States that are there.
	Load(ctx context.Context, keys []Key) (map[Key]State, error)
	// Save stores States, all or none. The error is [ErrConflict] if a stored version is not State.Version, which is 0 for a new one.
	Save(ctx context.Context, states map[Key]State) error
}

// ErrConflict means that another writer was faster.
var ErrConflict = errors.New("a state of a detection was changed meanwhile")

// maxTries bounds the retries after conflicts.
const maxTries = 8

// Judge returns the hits of matches, in their order. It loads and saves all their States at once. It is idempotent: a
// caller that failed afterwards calls it again.
func Judge(ctx context.Context, h History, matches []Match) ([]Hit, error) {
	var keys []Key
	for i := range matches {
		keys = append(keys, matches[i].Keys()...)
	}
	slices.SortFunc(keys, compareKeys)
	keys = slices.Compact(keys)
	if len(keys) == 0 {
		hits, _ := Apply(matches, nil)
		return hits, nil
	}
	for range maxTries {
		states, err := h.Load(ctx, keys)
		if err != nil {
			return nil, err
		}
		hits, changed := Apply(matches, states)
		if len(changed) == 0 {
			return hits, nil
		}
		switch err := h.Save(ctx, changed); {
		case err == nil:
			return hits, nil
		case !errors.Is(err, ErrConflict):
			return nil, err
		}
	}
	return nil, ErrConflict
}

// Memory is a History in memory. The zero value is empty.
type Memory struct {
	mu     sync.Mutex
	states map[Key]State
}

// Load returns the States that are there.
func (m *Memory) Load(_ context.Context, keys []Key) (map[Key]State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[Key]State{}
	for _, k := range keys {
		if s, ok := m.states[k]; ok {
			found[k] = s
		}
	}
	return found, nil
}

// Save stores States, as [History] says.
func (m *Memory) Save(_ context.Context, states map[Key]State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, s := range states {
		if m.states[k].Version != s.Version {
			return ErrConflict
		}
	}
	if m.states == nil {
		m.states = map[Key]State{}
	}
	for k, s := range states {
		s.Version++
		m.states[k] = s
	}
	return nil
}

// Expected is a subject from which events are expected.
type Expected struct {
	Subject string // account, principal, session or elevation
	Since   time.Time
}

// Silences returns the detections of the kind silence that count by one subject.
func (s *Set) Silences(by By) (all []Detection) {
	for i := range s.all {
		if d := s.all[i].Detection; d.Silence != nil && d.Silence.By == by {
			all = append(all, d)
		}
	}
	return all
}

// Silent returns the hits of a silence detection at an instant. It changes nothing, and hits until an event comes.
func Silent(ctx context.Context, h History, d *Detection, expected []Expected, now time.Time) (hits []Hit, err error) {
	var keys []Key
	for _, x := range expected {
		keys = append(keys, Key{Detection: d.Name, Subject: x.Subject})
	}
	states, err := h.Load(ctx, keys)
	for i, x := range expected {
		if err == nil && d.Silence.isSilent(states[keys[i]], x.Since, now) {
			hits = append(hits, d.silent(x.Subject, x.Since, now))
		}
	}
	return hits, err
}
