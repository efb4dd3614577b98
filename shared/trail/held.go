package trail

import (
	"encoding/json"
	"fmt"
)

// maxHeld bounds the records that are held, in bytes.
const maxHeld = 64 << 20

// heldOnDay are the records of one day whose verdict is provisional. Usage would forget what cannot be taken out of a full table again, so
// they are counted only when their verdict is final.
type heldOnDay map[eventKey]json.RawMessage

// hold keeps what attribution needs of a record.
func (l *Ledger) hold(on int64, key eventKey, r *Record) {
	if l.Held[on][key] != nil {
		l.Doubles++
		return
	}
	h := *r
	h.Additional = ""
	if !opens(r) {
		h.Response = ""
	}
	text, err := json.Marshal(&h)
	if err != nil || l.heldBytes+len(text) > maxHeld {
		l.Unheld++
		return
	}
	if l.Held[on] == nil {
		l.Held[on] = heldOnDay{}
	}
	l.Held[on][key] = text
	l.heldBytes += len(text)
}

func (l *Ledger) release(on int64, key eventKey) {
	l.heldBytes -= len(l.Held[on][key])
	delete(l.Held[on], key)
	if len(l.Held[on]) == 0 {
		delete(l.Held, on)
	}
}

// Revise takes new rights, and counts the records that were held and whose verdict is final by them.
func (l *Ledger) Revise(rights *Rights) error {
	l.Rights = rights
	for on := range l.Held {
		if err := l.recount(on, false); err != nil {
			return err
		}
	}
	return nil
}

// expire counts what is too old to be held, by the rights as they are.
func (l *Ledger) expire(oldest int64) {
	for on := range l.Held {
		if on < oldest {
			_ = l.recount(on, true) // hold wrote the texts
		}
	}
}

func (l *Ledger) recount(on int64, provisional bool) error {
	for key, text := range l.Held[on] {
		var r Record
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("a record that is held: %w", err)
		}
		v := l.Rights.Attribute(&r)
		if v.Provisional && !provisional {
			continue
		}
		l.release(on, key)
		l.count(on, key, &r, &v)
	}
	return nil
}
