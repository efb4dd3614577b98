package trail

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Save gives all that a ledger holds, always the same bytes for the same records.
func (l *Ledger) Save() ([]byte, error) {
	b, err := json.Marshal(l.state)
	if err != nil {
		return nil, fmt.Errorf("saving a ledger: %w", err)
	}
	return b, nil
}

// LoadLedger continues a ledger that was saved with the same key.
func LoadLedger(rights *Rights, key Key, saved []byte) (*Ledger, error) {
	l := NewLedger(rights, key)
	if err := json.Unmarshal(saved, &l.state); err != nil {
		return nil, fmt.Errorf("loading a ledger: %w", err)
	}
	if l.Key != key.name() {
		return nil, errors.New("loading a ledger: it was saved with another key, by which its tables keep other names")
	}
	for _, all := range []map[string]*Usage{l.Elevations, l.Standing} {
		for _, u := range all {
			u.key = key
		}
	}
	l.heldBytes = l.Held.bytes()
	for _, u := range l.Unresolved {
		u.key = key
	}
	return l, nil
}
