package trail

import (
	"encoding/json"
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

// LoadLedger continues a ledger that was saved.
func LoadLedger(rights *Rights, saved []byte) (*Ledger, error) {
	l := NewLedger(rights)
	if err := json.Unmarshal(saved, &l.state); err != nil {
		return nil, fmt.Errorf("loading a ledger: %w", err)
	}
	return l, nil
}
